"""`pli report` and `pli simulate`: the published figures in four formats, and made-up relations to see them with."""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from msgspec import MsgspecError

from messaging.cli.command import Commands, say
from messaging.config import Settings
from messaging.operations import Nothing, OperationFailed, carry_out, figures
from messaging.reporting import tidy
from messaging.reporting.calendar import PARIS, Month
from messaging.reporting.publication import PeriodKind, due, publish
from messaging.services.reporting import PublishedCell

_WRITTEN: Final[dict[str, Callable[[Sequence[PublishedCell]], str]]] = {
    "table": tidy.as_text,
    "csv": tidy.as_csv,
    "json": lambda cells: tidy.as_json(cells).decode(),
}
_FORMATS: Final = (*_WRITTEN, "parquet")


def add(commands: Commands) -> None:
    report = commands.add_parser("report", help="publish the figures that are due, and show all that were published")
    report.add_argument("--format", choices=_FORMATS, default="table")
    report.add_argument("--output", type=Path, help="a file instead of the standard output; Parquet needs one")
    report.add_argument(
        "--events", type=Path, help="count a file of relation events (JSON lines) instead, and publish nothing"
    )
    report.add_argument(
        "--as-of",
        type=_day,
        metavar="DAY",
        help="count the file as on that day, 2026-03-31 say; if not, as of its last event",
    )
    report.set_defaults(command=_report)
    simulate = commands.add_parser("simulate", help="fill an empty database with made-up relations")
    simulate.add_argument("--relations", type=int, default=4_000)
    simulate.add_argument("--seed", type=int, default=1)
    simulate.add_argument("--first", type=_month, required=True, help="the month of the first ones, 2025-01 say")
    simulate.add_argument("--until", type=_month, required=True, help="the month before which all of it happened")
    simulate.set_defaults(command=_simulate)


async def _report(settings: Settings, options: argparse.Namespace) -> int:
    if options.format == "parquet" and options.output is None:
        raise OperationFailed("Parquet is not for a terminal. Name a file with --output.")
    if options.as_of is not None and options.events is None:
        raise OperationFailed("--as-of is for a file. Name one with --events.")
    if options.output is not None:
        _check_writable(options.output)  # before anything is published
    if options.events is not None:
        cells = await asyncio.to_thread(_counted, options.events, options.as_of)
    else:
        cells = await _published(settings)
    if options.output is None:
        sys.stdout.write(_text(options.format, cells))
    else:
        _write(options.format, cells, options.output)
    return 0


def _text(format_: str, cells: Sequence[PublishedCell]) -> str:
    return _WRITTEN[format_](cells).rstrip("\n") + "\n"


def _write(format_: str, cells: Sequence[PublishedCell], file: Path) -> None:
    """Raises: OperationFailed."""
    from duckdb import Error  # heavy, and no other command needs it

    try:
        if format_ == "parquet":
            tidy.write_parquet(cells, file)
        else:
            file.write_text(_text(format_, cells), encoding="utf-8")
    except (OSError, Error) as error:
        why = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise OperationFailed(f"{file} cannot be written ({why}). Name another file with --output.") from error


def _check_writable(file: Path) -> None:
    """Raises: OperationFailed."""
    if file.is_dir():
        raise OperationFailed(f"{file} is a folder. Name a file with --output.")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise OperationFailed(f"{file} cannot be written. Name another file with --output, in a folder that is there.")


async def _published(settings: Settings) -> list[PublishedCell]:
    made = await carry_out(settings, figures.PUBLISH, Nothing(), say)
    cells: list[PublishedCell] = []
    for kind in PeriodKind:
        for year in made.years:
            cells += (await carry_out(settings, figures.READ, figures.Wanted(kind, year), say)).cells
    return cells


def _counted(file: Path, as_of: int | None) -> list[PublishedCell]:
    """What would be published of these events at `as_of` (ms; None: when the last of them was told), and no more than
    was due then. Raises: OperationFailed.
    """
    from messaging.reporting.ledger import Ledger, histories  # heavy, and no other command needs it

    try:
        with file.open("rb") as lines:
            found = histories(lines, as_of)
    except OSError as error:
        raise OperationFailed(f"{file} cannot be read ({error.strerror}).") from error
    except (ValueError, MsgspecError) as error:
        raise OperationFailed(f"{file} holds relation events that this version does not understand.") from error
    with Ledger() as ledger:
        ledger.add(found)
        if not found:
            before = "" if as_of is None else " from before that day"
            raise OperationFailed(
                f"{file} holds no relation events{before}. Name a file of them, one JSON document a line."
            )
        first = min(history.opened_at for history in found)
        now = max(history.last_at for history in found) if as_of is None else as_of
        return [
            PublishedCell(period.kind, *(getattr(cell, name) for name in cell.__struct_fields__))
            for period in sorted(due(first, now))
            for cell in publish(ledger, period)
        ]


async def _simulate(settings: Settings, options: argparse.Namespace) -> int:
    wanted = figures.Simulation(options.seed, options.relations, options.first.begins, options.until.begins)
    await carry_out(settings, figures.SIMULATE, wanted, say)
    say(f"{options.relations:,} made-up relations are in the book. See `pli report`.")
    return 0


def _day(text: str) -> int:
    """Its first millisecond."""
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=PARIS).timestamp()) * 1_000
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day; write 2025-01-31") from None


def _month(text: str) -> Month:
    try:
        moment = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no month; write 2025-01") from None
    return Month(moment.year, moment.month)
