"""The tables of tests/vectors/README.md: every case that they name is frozen, and expects what its table says."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "vectors"
_FILE = re.compile(r"`(\w+)`: (.+)")


def expectations(group: str) -> dict[str, str]:
    """What each case of a file expects, by its name."""
    body = json.loads((FOLDER / f"{group}.json").read_text(encoding="utf-8"))
    return {case["name"]: case["expect"] for case in body["cases"]}


def listed(heading: str) -> Iterator[tuple[str, str, str]]:
    """(row, file, name) of the table under a heading."""
    section = (FOLDER / "README.md").read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    for line in section.splitlines():
        if not line.startswith("| ") or line.startswith("| what is wrong |") or line.startswith("| what |"):
            continue
        row, cases = (cell.strip() for cell in line.strip("|").split("|"))
        for part in cases.split(" · "):
            found = _FILE.fullmatch(part)
            assert found is not None, part
            yield from ((row, found[1], name) for name in found[2].split("; "))


def outcomes(group: str, name: str) -> list[str]:
    """What the case of this name expects, or, of a name that ends in a star, all that begin so."""
    known = expectations(group)
    if name.endswith("*"):
        return [expect for each, expect in known.items() if each.startswith(name[:-1])]
    return [known[name]] if name in known else []


def test_each_negative_case_is_frozen_and_expects_an_error() -> None:
    cases = list(listed("Negative cases"))
    assert len({row for row, *_ in cases}) > 40
    for row, group, name in cases:
        expected = outcomes(group, name)
        assert expected, f"{row}: {group} has no case {name!r}"
        assert "accept" not in expected, f"{row}: {group}: {name} is accepted"


def test_each_case_that_is_accepted_all_the_same_is() -> None:
    for row, group, name in listed("Accepted all the same"):
        assert outcomes(group, name) == ["accept"], f"{row}: {group}: {name}"
