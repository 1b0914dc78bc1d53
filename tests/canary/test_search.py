"""The control of the canaries: the same search finds a secret in each dress, wherever it stands."""

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.canary.search import Finding, distinct, forms, search

TEXT = b"Kanari 5f2c9a: c'est moi"
BINARY = bytes(range(0xF0, 0x100)) + b"\n\"'\\%" + bytes(range(0x78, 0x84))

WRITERS: dict[str, Callable[[bytes], bytes]] = {
    "raw": lambda secret: secret,
    "hex": lambda secret: secret.hex().encode(),
    "HEX": lambda secret: secret.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "UTF-16 LE": lambda secret: secret.decode("latin-1").encode("utf-16-le"),
    "UTF-16 BE": lambda secret: secret.decode("latin-1").encode("utf-16-be"),
    "percent": lambda secret: quote(secret, safe="").encode(),
    "repr": lambda secret: repr(secret).encode(),
    "JSON": lambda secret: json.dumps(secret.decode("latin-1")).encode(),
}


@pytest.mark.parametrize("secret", [TEXT, BINARY], ids=["text", "binary"])
@pytest.mark.parametrize("before", range(5))
@pytest.mark.parametrize("writer", WRITERS)
def test_a_secret_is_found_however_and_wherever_it_was_written(writer: str, before: int, secret: bytes) -> None:
    if writer.startswith("UTF-16"):
        secret = TEXT  # bytes that are no text do not come in UTF-16
    longer = b"x" * before + secret + b"y" * 7
    found = search({"it": secret}, [("here", b"..." + WRITERS[writer](longer) + b"...")])
    assert found
    assert {(finding.secret, finding.place) for finding in found} == {("it", "here")}


def test_what_is_not_there_is_not_found() -> None:
    assert search({"it": TEXT}, [("here", TEXT[:-1] + b"?"), ("there", b"")]) == []


def test_a_finding_says_what_how_and_where() -> None:
    places = [("empty", b""), ("file", TEXT.hex().encode())]
    assert search({"other": BINARY, "it": TEXT}, places) == [Finding("it", "hex", "file")]


def test_a_secret_that_chance_could_write_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        forms(b"short")


def test_leaving_out_what_was_seen_loses_nothing() -> None:
    first = bytes(20_000) + TEXT + bytes(50_000)
    across = bytes(range(256)) * 32 + b"new" * 10_000
    second = across[: 8_192 - 5] + BINARY + across[8_192:]
    kept = distinct([("first", first), ("same", first), ("across", across), ("second", second)])
    assert sum(len(content) for _, content in kept) < (2 * len(first) + len(across) + len(second)) / 2
    found = {(finding.secret, finding.place) for finding in search({"text": TEXT, "binary": BINARY}, kept)}
    assert found == {("text", "first"), ("binary", "second")}
