"""docs/faults.md: it says what was measured, of all faults that are tried and of no others, and nothing was lost but by
the control.
"""

import re
from pathlib import Path
from typing import Final

from scripts.make_faults import FIGURES, made
from tests.faults.measured import read
from tests.faults.trial import CONVERGED_S_MAX

_HERE: Final = Path(__file__).parent
_CONTROL: Final = "control:"
_NAMED: Final = re.compile(r'\b(?:tried\(\s*|fault\s*=\s*)"([^"]+)"')
"""Where a trial says what it breaks."""


def test_the_page_is_what_was_measured() -> None:
    for path, text in made().items():
        assert path.read_text(encoding="utf-8") == text, "run python -m scripts.make_faults"


def test_what_is_tried_was_measured() -> None:
    tests = [file.read_text(encoding="utf-8") for file in _HERE.glob("test_*.py") if file != Path(__file__)]
    assert {each.fault for each in read(FIGURES)} == {fault for test in tests for fault in _NAMED.findall(test)}


def test_nothing_was_lost_but_by_the_control() -> None:
    for each in read(FIGURES):
        assert (each.lost > 0) is each.fault.startswith(_CONTROL), each
        assert (each.doubled, each.missing) == (0, 0) or each.fault.startswith(_CONTROL), each
        assert each.converged_s is None or each.converged_s <= CONVERGED_S_MAX, each
