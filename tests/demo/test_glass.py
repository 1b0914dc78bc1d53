"""What the demo looks through finds what is there: a search that finds nothing, and two lines that are equal, count."""

import base64
import json
from pathlib import Path

import pytest

from messaging.demo import glass
from messaging.demo.line import Line, without_what_is_drawn

THREAD, OTHER = bytes(range(16)), bytes(16)


def test_the_search_finds_every_form(tmp_path: Path) -> None:
    secret = "Camille Le Goff, médecin"
    forms = {
        "text": secret.encode(),
        "hex": secret.encode().hex().encode(),
        "base64": base64.b64encode(b"x" + secret.encode() + b"yz"),
    }
    for name, content in forms.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "file").write_bytes(b"before" + content + b"after")
        assert glass.search(folder, [secret]), name
    (tmp_path / "clean").mkdir()
    (tmp_path / "clean" / "file").write_bytes(b"nothing here")
    assert not glass.search(tmp_path / "clean", [secret])


def test_what_is_too_short_in_base64_is_not_found_by_chance(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"zzTWFpzz")
    assert not glass.search(tmp_path, ["Maire"])
    (tmp_path / "file").write_bytes(b"Maire")
    assert glass.search(tmp_path, ["Maire"])


def encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def frame(value: object, opcode: int = 1) -> bytes:
    """A whole frame as a server sends it (RFC 6455 section 5.2)."""
    payload = json.dumps(value).encode()
    size = len(payload)
    width = b"" if size < 126 else size.to_bytes(2, "big") if size < 65_536 else size.to_bytes(8, "big")
    return bytes([0x80 | opcode, size if not width else 126 if len(width) == 2 else 127]) + width + payload


@pytest.mark.parametrize("filling", [0, 200, 70_000])
def test_a_line_reads_what_was_said_about_one_thread(filling: int) -> None:
    ack = {"t": "ack", "thread": encoded(THREAD), "seq": 3, "pad": "x" * filling}
    state = {"thread": encoded(THREAD), "peer_read_seq": 0}
    line = Line("http://127.0.0.1:1")
    line._came.append(bytearray(b"HTTP/1.1 200 OK\r\n\r\n" + frame(ack)))
    line._came.append(
        bytearray(
            b"HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n"
            + frame([{"t": "ok", "ref": 1}, ack, {"t": "ack", "thread": encoded(OTHER)}])
            + frame("ping", opcode=9)
            + frame({"t": "welcome", "threads": [state]})
        )
    )
    assert line.about(THREAD) == [ack, state]
    assert line.about(bytes([9]) * 16) == []


def test_what_is_drawn_is_left_out_and_nothing_else() -> None:
    one = {
        "t": "event",
        "thread": encoded(THREAD),
        "seq": 2,
        "at": 5,
        "peer": {"words": "Notre village"},
        "kind": "message",
    }
    assert without_what_is_drawn(one) == without_what_is_drawn({**one, "thread": encoded(OTHER), "at": 6})
    for name, value in (
        ("seq", 3),
        ("kind", "closed"),
        ("thread", encoded(bytes(20))),
        ("peer", {"words": "Notre petit village de Lozère"}),
    ):
        assert without_what_is_drawn(one) != without_what_is_drawn({**one, name: value}), name
