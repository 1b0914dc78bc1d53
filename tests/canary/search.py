"""Looks for secrets in bytes, in every dress in which something could have written them down.

A secret is looked for as it is, in hex of both cases, in base64 of both alphabets at each of the three places where it
may begin within a longer value, percent-encoded, as Python and JSON escape it, and, if it is text, in UTF-16 of both
orders.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import quote

SECRET_BYTES_MIN: Final = 16
"""Shorter ones would be found by chance, or not at all once base64 took up to four bytes of their ends."""
_READABLE: Final = re.compile(rb"[\x20-\x7e]{16,}")
_BLOCK: Final = 8_192
_MARGIN: Final = 1_024
"""More than the longest form of a secret."""


class Finding(NamedTuple):
    """A secret that was found: which one, in which form, and where."""

    secret: str
    form: str
    place: str


def forms(secret: bytes) -> Mapping[str, bytes]:
    """Every form of a secret, by name. Raises: ValueError for one that is too short to be told from chance."""
    if len(secret) < SECRET_BYTES_MIN:
        raise ValueError("a secret of less than 16 bytes cannot be looked for")
    latin = secret.decode("latin-1")
    found = {
        "raw": secret,
        "hex": secret.hex().encode(),
        "HEX": secret.hex().upper().encode(),
        "percent": quote(secret, safe="").encode(),
        "Python": repr(secret)[2:-1].encode(),
        "JSON": json.dumps(latin)[1:-1].encode(),
    }
    if secret.isascii():
        found |= {"UTF-16 LE": latin.encode("utf-16-le"), "UTF-16 BE": latin.encode("utf-16-be")}
    for skip in range(3):
        whole = secret[skip : skip + (len(secret) - skip) // 3 * 3]
        found[f"base64+{skip}"] = base64.b64encode(whole)
        found[f"base64url+{skip}"] = base64.urlsafe_b64encode(whole)
    return {name: form for at, (name, form) in enumerate(found.items()) if form not in list(found.values())[:at]}


def search(secrets: Mapping[str, bytes], places: Iterable[tuple[str, bytes]]) -> list[Finding]:
    """All findings. What can only stand in readable text is looked for in that part of a place: most of it is not."""
    needles = [(name, form, needle) for name, secret in secrets.items() for form, needle in forms(secret).items()]
    found: list[Finding] = []
    for place, content in places:
        readable = b"\n".join(_READABLE.findall(content))
        for name, form, needle in needles:
            if needle in (readable if _READABLE.fullmatch(needle) else content):
                found.append(Finding(name, form, place))
    return found


def distinct(places: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """The places without the blocks that stand in an earlier one: a database is mostly empty pages and copies of its
    templates. What may begin or end in a block that is left out is kept.
    """
    seen = {bytes(_BLOCK)}
    return [(place, b"".join(_new_blocks(content, seen))) for place, content in places]


def _new_blocks(content: bytes, seen: set[bytes]) -> Iterator[bytes]:
    for at in range(0, len(content), _BLOCK):
        block = content[at : at + _BLOCK]
        if block not in seen:
            seen.add(block)
            yield content[max(0, at - _MARGIN) : at + _BLOCK + _MARGIN]
