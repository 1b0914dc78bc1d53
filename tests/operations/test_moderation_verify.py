"""`pli moderation verify`: what the file of an excerpt proves, and nothing shown of one that proves nothing."""

import json
from pathlib import Path

import msgspec
import pytest

from messaging.cli import main
from messaging.e2ee.excerpt import encode_excerpt
from messaging.wire.rest import ServiceInfo
from tests.e2ee.case import Input
from tests.e2ee.making.group import Group
from tests.e2ee.making.group_excerpt import Reported, given_of, keys_at, report_of
from tests.e2ee.making.stream import flipped
from tests.e2ee.making.world import DOCTOR, SERVICE, STAMP_KEY, text_message
from tests.e2ee.operations_moderation import excerpt_of

PINS = ("--service", SERVICE.hex(), "--stamp-key", STAMP_KEY.public.hex())
EXCERPT = bytes.fromhex(
    json.loads((Path(__file__).parents[1] / "vectors" / "excerpt.json").read_text())["shared"]["excerpt"]
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PLI_DATABASE_URL", "PLI_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "case.pli-excerpt"
    path.write_bytes(EXCERPT)
    return path


def test_it_shows_proven_lines_and_closed_neighbours(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["moderation", "verify", str(file), *PINS]) == 0
    out = capsys.readouterr().out
    assert "ok        report" in out
    assert ", harassment\n" in out
    assert "words     Il insiste.\n" in out
    assert "range     seq 3 to 6, 2 opened\n" in out
    assert "proven         5  2026-09-21T14:13:25+00:00  party 0  message: Puis-je le visiter ?\n" in out
    assert "closed         6  2026-09-21T14:13:26+00:00  party 1  message\n" in out
    assert "Avec plaisir" not in out, "what was not opened stays closed"


def test_it_takes_its_pins_from_what_the_service_said_when_it_was_trusted(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pins = file.with_name("service.json")
    pins.write_bytes(msgspec.json.encode(ServiceInfo(SERVICE, STAMP_KEY.public, 1, "pli.v1")))
    assert main(["moderation", "verify", str(file), "--pins", str(pins)]) == 0
    pins.write_bytes(msgspec.json.encode(ServiceInfo(bytes(16), STAMP_KEY.public, 1, "pli.v1")))
    assert main(["moderation", "verify", str(file), "--pins", str(pins)]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "WRONG  BadReport: the excerpt is of another service"
    pins.write_text("{}")
    assert main(["moderation", "verify", str(file), "--pins", str(pins)]) == 1
    assert "no answer to /v1/service" in capsys.readouterr().err


@pytest.mark.parametrize("at", range(7, len(EXCERPT), len(EXCERPT) // 40))
def test_a_bit_that_was_changed_shows_nothing(file: Path, at: int, capsys: pytest.CaptureFixture[str]) -> None:
    """All over the file; what is not proven (a proof that nobody needs) may be changed."""
    file.write_bytes(flipped(EXCERPT, at))
    code = main(["moderation", "verify", str(file), *PINS])
    out = capsys.readouterr().out
    if code == 1:
        assert out.startswith("WRONG  ")
        assert out.count("\n") == 1
    else:
        assert "proven         5" in out
        assert b"pli1/proof" in EXCERPT[at - 900 : at]


def test_words_of_a_participant_are_harmless_to_a_terminal(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = Reported()
    epoch = told.talk.openings[1]
    told.log.commit(("message", 0, text_message(epoch, DOCTOR, "a\x1b[2J\r\nok   \u202eb", 6, told.log.head)))
    given = given_of(told.log, report_of(told.log, [keys_at(told.log, 7, epoch)], first=7, last=7), told.key)
    file.write_bytes(encode_excerpt(excerpt_of(Input(Group("", "", "")._encode(given), {}))))
    assert main(["moderation", "verify", str(file), *PINS]) == 0
    assert "message: a\\x1b[2J\\r\\nok   \\u202eb\n" in capsys.readouterr().out


def test_wrong_usage(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["moderation", "verify", str(file)]) == 1
    assert "Say whose stamps count" in capsys.readouterr().err
    assert main(["moderation", "verify", str(file.with_name("missing")), *PINS]) == 1
    assert "cannot be read" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["moderation", "verify", str(file), "--service", "00"])
