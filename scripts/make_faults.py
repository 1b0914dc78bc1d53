"""Writes docs/faults.md from docs/faults.json, what trials measured: python -m scripts.make_faults.

With --check a difference is an error. `PLI_FAULTS=docs/faults.json` makes the trials of tests/faults measure again.
"""

import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from scripts.generated import ROOT, write_or_check

PAGE: Final = ROOT / "docs" / "faults.md"
FIGURES: Final = ROOT / "docs" / "faults.json"
BEGIN, END = "<!-- made by scripts.make_faults -->\n", "<!-- end -->\n"


def made() -> dict[Path, str]:
    """The page as it should stand."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    return {PAGE: f"{before}{BEGIN}{tables()}{END}{rest.partition(END)[2]}"}


def tables() -> str:
    """What was measured, in Markdown."""
    trials: list[dict[str, Any]] = msgspec.json.decode(FIGURES.read_bytes())
    rows = [_row(trial) for trial in trials]
    also = [f"| {trial['fault']} | {name} | {value:g} |" for trial in trials for name, value in trial["also"].items()]
    return "\n".join([*_HEADER, *rows, "", *_ALSO_HEADER, *also]) + "\n"


_HEADER: Final = (
    "| what broke | times | messages acknowledged | a second | lost | doubled | gaps | converged after | in all |",
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
)
_ALSO_HEADER: Final = ("| in this trial | also | |", "|---|---|---:|")


def _row(trial: dict[str, Any]) -> str:
    converged = trial["converged_s"]
    cells = [
        trial["fault"],
        str(trial["times"]),
        f"{trial['acked']:,}",
        f"{trial['per_s']:.0f}",
        *(str(trial[name]) for name in ("lost", "doubled", "missing")),
        "" if converged is None else f"{converged:.1f} s",
        f"{trial['seconds']:.0f} s",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> int:
    return write_or_check(__doc__, made(), "python -m scripts.make_faults")


if __name__ == "__main__":
    sys.exit(main())
