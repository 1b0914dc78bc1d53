"""Writes the definitions of docs/reporting.md from the service's own: python -m scripts.make_reporting_definitions.

With --check a difference is an error.
"""

import sys
from pathlib import Path

from messaging.reporting.definitions import DEFINITIONS
from scripts.generated import ROOT, write_or_check

PAGE = ROOT / "docs" / "reporting.md"
BEGIN, END = "<!-- made by scripts.make_reporting_definitions -->\n", "<!-- end -->\n"


def made() -> dict[Path, str]:
    """The page as it should stand."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return {PAGE: f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"}


def table() -> str:
    """The definitions in Markdown."""
    rows = [
        f"| {each.number} | `{each.measure}` | {each.says.en} | {each.of.en if each.of is not None else ''} |"
        for each in DEFINITIONS
    ]
    return "\n".join(["| n° | measure | is | of |", "|---|---|---|---|", *rows]) + "\n"


def main() -> int:
    return write_or_check(__doc__, made(), "python -m scripts.make_reporting_definitions")


if __name__ == "__main__":
    sys.exit(main())
