"""Signed tree heads of the audit log: checkpoints (c2sp.org/tlog-checkpoint) in signed notes (c2sp.org/signed-note).

    <origin>\\n<size>\\n<root in base64>\\n\\n— <origin> <base64(key id || signature)>\\n

key id = first 4 bytes of SHA256(name || 0x0A || 0x01 || public key), Ed25519 over the text before the empty line. The
key's name is the origin. Signatures of others (witnesses) may stand beside it; they are passed over here.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import Final, NamedTuple

from messaging.e2ee.encoding import HASH_BYTES
from messaging.e2ee.errors import BadAudit, BadSignature
from messaging.e2ee.suite import SigningKey, sha256, verify

NOTE_CHARS_MAX: Final = 4_096
SIGNATURES_MAX: Final = 16
_ED25519: Final = b"\x01"
_KEY_ID_BYTES: Final = 4
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,14}")
_NAME: Final = re.compile(r"[!-*,-~]{1,255}")
_DASH: Final = "— "


class TreeHead(NamedTuple):
    """The state of the log at one size."""

    origin: str
    """Which log: a name of ASCII characters without white space or `+`."""
    size: int
    """How many leaves it has."""
    root: bytes
    """The RFC 6962 root over them, 32 bytes."""


def origin_of(service: bytes) -> str:
    """The origin of a service's audit log."""
    return f"pli-audit/{service.hex()}"


def verifier_key(origin: str, public: bytes) -> str:
    """The key in C2SP's form, for tools that read such logs: name+key id+base64(0x01 || public key)."""
    return f"{origin}+{_key_id(origin, public).hex()}+{b64encode(_ED25519 + public).decode()}"


def sign_head(head: TreeHead, key: SigningKey) -> str:
    """The signed note. Raises BadAudit for an origin that is no name."""
    if _NAME.fullmatch(head.origin) is None:
        raise BadAudit("an origin is ASCII, without white space and +")
    text = _text(head)
    signature = _key_id(head.origin, key.public) + key.sign(text.encode())
    return f"{text}\n{_DASH}{head.origin} {b64encode(signature).decode()}\n"


def open_head(note: str, origin: str, public: bytes) -> TreeHead:
    """Verifies a checkpoint of that log under its pinned key. Raises BadAudit, BadSignature."""
    text, signatures = _take_apart(note)
    head = _parse(text)
    if head.origin != origin:
        raise BadAudit("the checkpoint is of another log")
    wanted = _key_id(origin, public)
    for name, signature in signatures:
        if name == origin and signature[:_KEY_ID_BYTES] == wanted:
            verify(public, signature[_KEY_ID_BYTES:], text.encode())
            return head
    raise BadSignature("the checkpoint is not signed by the pinned key")


def parse_head(note: str) -> TreeHead:
    """What a checkpoint says. Raises BadAudit. Nothing in it is verified but its form."""
    return _parse(_take_apart(note)[0])


def _text(head: TreeHead) -> str:
    return f"{head.origin}\n{head.size}\n{b64encode(head.root).decode()}\n"


def _key_id(name: str, public: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + _ED25519 + public)[:_KEY_ID_BYTES]


def _take_apart(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    text, empty, rest = note.rpartition("\n\n")
    if len(note) > NOTE_CHARS_MAX or not empty or not rest.endswith("\n") or _has_control(note):
        raise BadAudit("not a signed note")
    lines = rest[:-1].split("\n")
    if len(lines) > SIGNATURES_MAX:
        raise BadAudit("the note has too many signatures")
    return text + "\n", [_signature(line) for line in lines]


def _has_control(note: str) -> bool:
    return any(char < " " and char != "\n" for char in note)


def _signature(line: str) -> tuple[str, bytes]:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or _NAME.fullmatch(name) is None:
        raise BadAudit("a signature line of the note is malformed")
    signature = _base64(encoded)
    if len(signature) <= _KEY_ID_BYTES:
        raise BadAudit("a signature of the note is cut")
    return name, signature


def _parse(text: str) -> TreeHead:
    lines = text.split("\n")
    if len(lines) != 4 or lines[3] or _SIZE.fullmatch(lines[1]) is None or _NAME.fullmatch(lines[0]) is None:
        raise BadAudit("not a checkpoint: three lines, the second a number")
    root = _base64(lines[2])
    if len(root) != HASH_BYTES:
        raise BadAudit("the root of the checkpoint has not 32 bytes")
    return TreeHead(lines[0], int(lines[1]), root)


def _base64(text: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        data = b""
    if not data or b64encode(data).decode() != text:
        raise BadAudit("the note holds what is not base64")
    return data
