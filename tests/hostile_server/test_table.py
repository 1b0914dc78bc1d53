"""The table of docs/security.md and the tests name the same attacks, and the same errors."""

import ast
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_CELL = re.compile(r"(?<!\\)\|")


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    attack: str
    errors: tuple[str, ...]


def rows() -> list[Row]:
    listed: list[Row] = []
    for line in (ROOT / "docs" / "security.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in _CELL.split(line)[1:-1]]
        if len(cells) == 4 and cells[0] != "attack" and not cells[0].startswith("-"):
            listed.append(Row(cells[0], tuple(re.findall(r"`(\w+)`", cells[2]))))
    return listed


@lru_cache(maxsize=1)
def tried() -> dict[str, str]:
    """Each attack that a test is marked with, and the source of that test."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        if "mark.attack(" not in text:
            continue
        tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for name, more in _marked(node, _lies(tree)):
                    assert name not in found, f"two tests of: {name}"
                    found[name] = ast.unparse(node) + ast.unparse(more)
    return found


def _lies(tree: ast.Module) -> ast.Dict:
    """The module's table `LIES` of what one test tries in turn, by attack."""
    tables = [
        each.value
        for each in tree.body
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name) and each.target.id == "LIES"
    ]
    return next((table for table in tables if isinstance(table, ast.Dict)), ast.Dict([], []))


def _marked(node: ast.FunctionDef | ast.AsyncFunctionDef, lies: ast.Dict) -> list[tuple[str, ast.AST]]:
    """The attacks that a test is marked with, each with what says more of it."""
    calls = [each for part in node.decorator_list for each in ast.walk(part) if isinstance(each, ast.Call)]
    named: list[tuple[str, ast.AST]] = []
    for mark in calls:
        if not (isinstance(mark.func, ast.Attribute) and mark.func.attr == "attack"):
            continue
        if isinstance(mark.args[0], ast.Starred):
            named += [(ast.literal_eval(key), more) for key, more in zip(lies.keys, lies.values, strict=True) if key]
        else:
            named.append((ast.literal_eval(mark.args[0]), mark))
    return named


def test_each_attack_of_the_table_is_tried_and_each_that_is_tried_stands_there() -> None:
    listed = [row.attack for row in rows()]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(tried())


def test_each_attack_ends_in_the_error_that_the_table_names() -> None:
    sources = tried()
    for row in rows():
        for error in row.errors:
            assert re.search(rf"\b{error}\b", sources[row.attack]), f"{row.attack}: {error}"
