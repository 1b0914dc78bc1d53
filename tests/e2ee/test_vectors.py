"""Every frozen vector through the code, and the files against their sums (SPEC.md section 13)."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from messaging.e2ee import errors
from messaging.e2ee.errors import E2EEError
from scripts.make_vectors import make
from tests.e2ee import operations_keys, operations_moderation, operations_shown, operations_third, operations_thread
from tests.e2ee.case import OPERATIONS, run

FOLDER = Path(__file__).resolve().parent.parent / "vectors"
FILES = sorted(FOLDER.glob("*.json"))
REGISTERED = (operations_keys, operations_moderation, operations_shown, operations_third, operations_thread)


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


CASES = [
    pytest.param(case, body["shared"], id=f"{path.stem}: {case['name']}")
    for path in FILES
    for body in [load(path)]
    for case in body["cases"]
]


@pytest.mark.parametrize(("case", "shared"), CASES)
def test_a_vector_gives_what_it_says(case: dict[str, Any], shared: dict[str, str]) -> None:
    outcome, output = run(case, shared)
    assert outcome == case["expect"], output
    if outcome == "accept":
        assert output == case["output"]
    else:
        assert len(output) > 10, "an error says why"


def test_the_files_are_the_frozen_ones() -> None:
    lines = (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {name: hexadecimal for hexadecimal, name in (line.split("  ", 1) for line in lines)}
    present = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.json")}
    assert present == set(sums)
    for name, expected in sums.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == expected, name


def test_the_files_come_out_the_same_again() -> None:
    for name, text in make().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, name


def test_every_error_and_every_operation_has_a_vector() -> None:
    cases = [case for path in FILES for case in load(path)["cases"]]
    assert {case["operation"] for case in cases} == set(OPERATIONS)
    bases = {"E2EEError", "BadMessage"}
    named = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, E2EEError) and name not in bases
    }
    assert {case["expect"] for case in cases} == named | {"accept"}


def test_the_specification_lists_every_operation_with_its_inputs_and_outputs() -> None:
    """`name(input, [input that some cases leave out]) -> output`, as the files have them."""
    given: dict[str, set[str]] = {}
    for case in (case for path in FILES for case in load(path)["cases"]):
        names = given.setdefault(case["operation"], set())
        names |= set(case["input"]) | set(case.get("output", {}))
    spec = (FOLDER.parent.parent / "messaging" / "e2ee" / "SPEC.md").read_text(encoding="utf-8").split("## 13.")[1]
    listed = {
        name: set(re.findall(r"\w+", f"{inputs} {outputs}")) - {"nothing"}
        for name, inputs, outputs in re.findall(r"^    (\w+)\(([^)]*)\)\s+->\s+((?:\w+,\s+)*\w+)$", spec, re.MULTILINE)
    }
    assert listed == given


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_well_formed(path: Path) -> None:
    body = load(path)
    assert set(body) == {"description", "spec", "version", "shared", "cases"}
    assert body["version"] == 1
    names = [case["name"] for case in body["cases"]]
    assert len(names) == len(set(names))
    expected = {case["expect"] for case in body["cases"]}
    assert "accept" in expected
    assert len(expected) > 1, "every group has negatives"
