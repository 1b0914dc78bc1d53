"""Cells as files: the same ones as on the page, one line each. Pure but for DuckDB, which writes Parquet."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

COLUMNS: Final = ("kind", "period", "table", "row", "column", "measure", "value")
"""Of every format; a value that is missing is not published, or more than 90 days."""


def as_csv(cells: Iterable[msgspec.Struct]) -> str:
    """RFC 4180 with a header; numbers as in JSON."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(["" if value is None else _plain(value) for value in values] for values in rows(cells))
    return text.getvalue()


def as_json(cells: Sequence[msgspec.Struct]) -> bytes:
    return msgspec.json.encode({"cells": cells})


def write_parquet(cells: Iterable[msgspec.Struct], file: Path) -> None:
    """Raises: OSError, duckdb.Error."""
    import duckdb  # heavy, and nothing else here needs it

    with duckdb.connect() as connection:
        connection.execute(
            'CREATE TABLE cells (kind VARCHAR, period VARCHAR, "table" VARCHAR, "row" VARCHAR, "column" VARCHAR, '
            "measure VARCHAR, value DOUBLE)"
        )
        listed = [list(values) for values in rows(cells)]
        if listed:
            connection.executemany("INSERT INTO cells VALUES (?, ?, ?, ?, ?, ?, ?)", listed)
        connection.table("cells").write_parquet(str(file))


def as_text(cells: Iterable[msgspec.Struct]) -> str:
    """Aligned columns, to be read in a terminal."""
    listed = [COLUMNS, *([_shown(value) for value in values] for values in rows(cells))]
    widths = [max(len(line[i]) for line in listed) for i in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(
            text.rjust(width) if i == len(COLUMNS) - 1 else text.ljust(width)
            for i, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in listed
    )


def rows(cells: Iterable[msgspec.Struct]) -> Iterable[tuple[object, ...]]:
    for cell in cells:
        values = msgspec.structs.asdict(cell)
        yield tuple(str(values[name]) if name != "value" else values[name] for name in COLUMNS)


def _plain(value: object) -> str:
    """As JSON has it, but for a fraction that is none."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _shown(value: object) -> str:
    return "n. p." if value is None else _plain(value)
