"""`pli report` in its four formats: the same numbers, which are those of the events; and what it says of bad wishes."""

import asyncio
import csv
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from messaging.app import initialise
from messaging.cli import main, reporting
from messaging.config import Settings
from messaging.reporting import tidy
from messaging.reporting.publication import PeriodKind
from messaging.services.reporting import PublishedCell
from tests.reporting.events import figures, lines, rows

COLUMNS = ("kind", "period", "table", "row", "column", "measure")

Told = dict[tuple[str, ...], float | None]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLI_DATA_DIR", str(tmp_path))
    (tmp_path / "events.jsonl").write_bytes(b"\n".join(lines(rows(700))) + b"\n")
    return tmp_path


def reported(folder: Path, format_: str, as_of: str = "2026-06-15") -> Path:
    file = folder / f"figures.{format_}"
    wanted = ["--events", str(folder / "events.jsonl"), "--format", format_, "--output", str(file)]
    assert main(["report", *wanted, *(("--as-of", as_of) if as_of else ())]) == 0
    return file


def number(text: str) -> float | None:
    return None if text in ("", "n. p.") else float(text)


def of_csv(file: Path) -> Told:
    with file.open(encoding="utf-8", newline="") as text:
        return {tuple(line[name] for name in COLUMNS): number(line["value"]) for line in csv.DictReader(text)}


def of_json(file: Path) -> Told:
    cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    return {tuple(cell[name] for name in COLUMNS): cell["value"] for cell in cells}


def of_parquet(file: Path) -> Told:
    import duckdb

    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet($file)", {"file": str(file)}).fetchall()
    return {line[:-1]: line[-1] for line in found}


def of_table(file: Path) -> Told:
    _, *listed = (re.split(" {2,}", line.strip()) for line in file.read_text(encoding="utf-8").splitlines())
    return {tuple(fields[:-1]): number(fields[-1]) for fields in listed}


@pytest.mark.slow
def test_four_formats_hold_the_same_numbers(folder: Path) -> None:
    told = of_json(reported(folder, "json"))
    assert len(told) > 100
    assert None in told.values()
    assert of_csv(reported(folder, "csv")) == told
    assert of_parquet(reported(folder, "parquet")) == told
    assert of_table(reported(folder, "table")) == told
    counted = {
        (period.kind.value, cell.period, cell.table, cell.row, cell.column, cell.measure): cell.value
        for period, cells in figures(lines(rows(700))).items()
        for cell in cells
        if period.kind is not PeriodKind.WAITING
    }
    assert len(counted) > 100
    assert told.items() >= counted.items()


@pytest.mark.slow
def test_a_file_is_counted_as_if_nothing_had_happened_since(folder: Path) -> None:
    """What waited at the end of a month is what waits in a file that ends there."""
    file = folder / "events.jsonl"
    whole = file.read_bytes()
    until = (datetime(2025, 4, 1, tzinfo=ZoneInfo("Europe/Paris"))).astimezone(UTC).isoformat()[:19]
    as_of = of_json(reported(folder, "json", as_of="2025-04-01"))
    kept = [line for line in whole.splitlines(keepends=True) if json.loads(line)["time"] < until]
    assert 0 < len(kept) < len(whole.splitlines())
    file.write_bytes(b"".join(kept))
    try:
        assert of_json(reported(folder, "json", as_of="2025-04-01")) == as_of
    finally:
        file.write_bytes(whole)


def test_a_day_is_for_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--as-of", "2025-04-01"]) == 1
    assert "--events" in capsys.readouterr().err


def test_a_file_tells_only_what_was_due_at_its_last_event(folder: Path) -> None:
    """It ends with June 2025: no cohort after March is 90 days old, and none of last year's relations is a year old."""
    told = of_json(reported(folder, "json", as_of=""))
    assert {key[1] for key in told if key[0] == "month"} >= {"2025-02"}
    assert max(key[1] for key in told if key[0] == "month") <= "2025-03"
    assert max(key[1] for key in told if key[0] == "waiting") <= "2025-06"
    assert {key[1] for key in told if key[0] in ("year", "late")} == {"2024"}
    assert not [key for key in told if key[0] == "late"]


def test_numbers_are_written_whole() -> None:
    """Whoever has more than a million relations reads all their digits; and a share has its four."""
    made = [
        PublishedCell(PeriodKind.YEAR, "2025", "total", "*", "*", "contacts", value) for value in (1_234_567.0, 0.0)
    ]
    made.append(PublishedCell(PeriodKind.YEAR, "2025", "total", "*", "*", "answer_rate_15", 0.4563))
    values = [line.rpartition(",")[2] for line in tidy.as_csv(made).splitlines()[1:]]
    assert values == ["1234567", "0", "0.4563"]
    assert [line.split()[-1] for line in tidy.as_text(made).splitlines()[1:]] == values


def test_parquet_wants_a_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--events", str(folder / "events.jsonl"), "--format", "parquet"]) == 1
    assert "Name a file with --output." in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, b"", b"\n\n", b"no JSON\n", b"[]\n", b'{"id": 5}\n', b"\xff\x00"])
def test_a_file_without_events(folder: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "others.jsonl"
    if content is not None:
        file.write_bytes(content)
    assert main(["report", "--events", str(file)]) == 1
    told = capsys.readouterr()
    says = "cannot be read (No such file" if content is None else "holds no relation events"
    assert told.out == "" and told.err.startswith(f"pli: {file} ") and says in told.err


def test_events_that_are_not_understood(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "events.jsonl"
    file.write_text(re.sub(r'"id": ?"[^"]*"', '"id":"x"', file.read_text()))
    assert main(["report", "--events", str(file)]) == 1
    assert "does not understand" in capsys.readouterr().err


@pytest.mark.parametrize("format_", ["csv", "parquet"])
@pytest.mark.parametrize("output", ["nowhere/figures", "."])
def test_an_output_that_cannot_be_written_is_told_before_anything_is_published(
    folder: Path, format_: str, output: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def published(_: Settings) -> None:
        pytest.fail("it was published")

    monkeypatch.setattr(reporting, "_published", published)
    assert main(["report", "--format", format_, "--output", str(folder / output)]) == 1
    assert "--output" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["csv", "parquet"])
def test_an_output_that_cannot_be_written_after_all(
    folder: Path, format_: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reporting, "_check_writable", lambda file: None)
    wanted = ["report", "--events", str(folder / "events.jsonl"), "--format", format_]
    assert main([*wanted, "--output", str(folder / "nowhere" / "figures")]) == 1
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.slow
def test_what_is_simulated_is_published_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLI_DATA_DIR", str(tmp_path))
    asyncio.run(initialise(Settings.from_env({"PLI_DATA_DIR": str(tmp_path)})))
    wanted = ["simulate", "--relations", "400", "--first", "2024-01", "--until", "2024-07"]
    assert main(wanted) == 0
    assert main(wanted) == 1
    assert "There are relations already." in capsys.readouterr().err
    assert main(["report", "--format", "csv"]) == 0
    first = capsys.readouterr().out
    assert first.count("\n") > 100
    assert main(["report", "--format", "csv"]) == 0
    assert capsys.readouterr().out == first
