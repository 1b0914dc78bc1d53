"""HPKE draws its own randomness, so what it sealed once is kept: the next run takes the same bytes again.

A capture is found by what was sealed to whom and with which info; a new one is made only when there is none.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

from messaging.e2ee import epoch, mailbox, report, third
from messaging.e2ee.suite import hpke_seal


class Captures:
    """The kept HPKE outputs of one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        self._used: dict[str, str] = {}

    def seal(self, public: bytes, plaintext: bytes, info: bytes) -> bytes:
        """`hpke_seal` that remembers."""
        parts = b"".join(len(part).to_bytes(4, "big") + part for part in (public, plaintext, info))
        name = hashlib.sha256(parts).hexdigest()
        if name not in self._known:
            self._known[name] = hpke_seal(public, plaintext, info).hex()
        self._used[name] = self._known[name]
        return bytes.fromhex(self._known[name])

    def encoded(self) -> str:
        """The file's new text, with the captures that are still used."""
        return json.dumps(self._used, indent=1, sort_keys=True) + "\n"

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """While it lasts, epochs, seed wraps, shares and reports are sealed through the captures."""
        with ExitStack() as patched:
            for module in (epoch, mailbox, report, third):
                patched.enter_context(patch.object(module, "hpke_seal", self.seal))
            yield
