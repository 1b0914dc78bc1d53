"""Writes docs/events/*.json and the table of docs/events.md from the structs: python -m scripts.make_event_schemas.

With --check a difference is an error.
"""

import json
import sys
from pathlib import Path

import msgspec

from messaging.relations.schemas import schema
from messaging.relations.vocabulary import KINDS, PREFIX, Kind
from scripts.generated import ROOT, write_or_check

FOLDER = ROOT / "docs" / "events"
PAGE = ROOT / "docs" / "events.md"
BEGIN, END = "<!-- made by scripts.make_event_schemas -->\n", "<!-- end -->\n"


def made() -> dict[Path, str]:
    """Every file as it should stand."""
    schemas = {
        FOLDER / f"{kind.type}.{kind.version}.json": json.dumps(schema(kind), ensure_ascii=False, indent=2) + "\n"
        for kind in KINDS.values()
    }
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    return {**schemas, PAGE: f"{before}{BEGIN}{table()}{END}{after}"}


def table() -> str:
    """The catalogue in Markdown."""
    rows = [
        f"| [`{kind.type.removeprefix(PREFIX)}`](events/{kind.type}.{kind.version}.json) "
        f"| {kind.version} | {kind.when} | {fields(kind)} |"
        for kind in KINDS.values()
    ]
    return "\n".join(["| type | version | when | data |", "|---|---|---|---|", *rows]) + "\n"


def fields(kind: Kind) -> str:
    """The names of its data, optional ones with a question mark."""
    return ", ".join(
        f"`{field.encode_name}{'' if field.required else '?'}`" for field in msgspec.structs.fields(kind.data)
    )


def main() -> int:
    return write_or_check(__doc__, made(), "python -m scripts.make_event_schemas")


if __name__ == "__main__":
    sys.exit(main())
