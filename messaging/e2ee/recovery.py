"""The recovery code: what a person writes down to get the vault back on a new device (SPEC.md section 3.2).

16 random bytes as 26 Crockford base32 characters (the last 2 bits are 0) and 2 check characters, shown in groups of 4:
XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX. It is 128 bits strong, so that no password stretching is needed.
"""

from typing import Final

from messaging.e2ee.encoding import ID_BYTES, exactly, frame
from messaging.e2ee.entropy import Entropy, draw
from messaging.e2ee.errors import WrongRecoveryCode
from messaging.e2ee.suite import hkdf, sha256

CODE_BYTES: Final = 16
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_CHARACTERS: Final = 26
_CHECK_CHARACTERS: Final = 2
_PAD_BITS: Final = 5 * _CODE_CHARACTERS - 8 * CODE_BYTES
_GROUP: Final = 4
_LOOKALIKES: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_DROPPED: Final = frozenset(map(chr, (*range(0x09, 0x0E), 0x20, 0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000)))
"""White space, as SPEC.md section 3.2 lists it: what a language calls white space is not the same everywhere."""
_DASHES: Final = frozenset("-‐‑‒–—−_")


def new_code(entropy: Entropy) -> str:
    """Draws a recovery code and formats it."""
    return format_code(draw(entropy, CODE_BYTES))


def format_code(code: bytes) -> str:
    """Formats 16 bytes as seven groups of four characters."""
    exactly(code, CODE_BYTES, "the recovery code")
    value = int.from_bytes(code, "big") << _PAD_BITS
    text = _base32(value, _CODE_CHARACTERS) + _base32(_check(code), _CHECK_CHARACTERS)
    return "-".join(text[at : at + _GROUP] for at in range(0, len(text), _GROUP))


def parse_code(text: str) -> bytes:
    """Reads a code as a person typed it: any case, spaces, dashes, I and L for 1, O for 0. Raises WrongRecoveryCode."""
    kept = "".join(c for c in text if c not in _DROPPED and c not in _DASHES)
    if not kept.isascii():
        # Before the case is changed: some letters of other scripts become ASCII by that.
        raise WrongRecoveryCode("the code holds a character that no code has")
    kept = kept.upper().translate(_LOOKALIKES)
    if len(kept) != _CODE_CHARACTERS + _CHECK_CHARACTERS:
        raise WrongRecoveryCode(f"the code has {len(kept)} characters instead of 28")
    if not set(kept) <= set(_ALPHABET):
        raise WrongRecoveryCode("the code holds a character that no code has")
    value = _read_base32(kept[:_CODE_CHARACTERS])
    if value % 2**_PAD_BITS:
        raise WrongRecoveryCode("the code is mistyped")
    code = (value >> _PAD_BITS).to_bytes(CODE_BYTES, "big")
    if _check(code) != _read_base32(kept[_CODE_CHARACTERS:]):
        raise WrongRecoveryCode("the code is mistyped: its check characters do not match")
    return code


def recovery_key(code: bytes, account: bytes) -> bytes:
    """The key that wraps the vault key for the method `recovery`: 32 bytes, of this account only."""
    exactly(code, CODE_BYTES, "the recovery code")
    return hkdf(code, b"", frame("pli1/recovery", exactly(account, ID_BYTES, "the account id")))


def _check(code: bytes) -> int:
    """The first 10 bits of the hash of the code: what the two check characters hold."""
    return int.from_bytes(sha256(frame("pli1/recovery-check", code))[:2], "big") >> 6


def _base32(value: int, characters: int) -> str:
    return "".join(_ALPHABET[(value >> (5 * place)) % 32] for place in reversed(range(characters)))


def _read_base32(text: str) -> int:
    value = 0
    for character in text:
        value = value * 32 + _ALPHABET.index(character)
    return value
