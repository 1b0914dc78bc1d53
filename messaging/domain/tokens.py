"""Secrets that stand for something once: what their bearer holds, and what the service keeps."""

import hashlib
from base64 import urlsafe_b64encode
from typing import Final

TOKEN_BYTES: Final = 32


def token_text(secret: bytes) -> str:
    """base64url without padding: 43 characters for 32 bytes."""
    return urlsafe_b64encode(secret).rstrip(b"=").decode()


def token_digest(token: str) -> bytes:
    """SHA-256, 32 bytes: who reads the database cannot use it."""
    return hashlib.sha256(token.encode()).digest()
