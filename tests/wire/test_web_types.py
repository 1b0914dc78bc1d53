"""The web client's wire types are what the structs say, and what really stands on the wire."""

import re
import typing
from typing import Any

import msgspec
import pytest

from messaging.connection.handlers import HANDLERS
from messaging.wire.answers import ANSWERS
from messaging.wire.commands import AnyCommand
from scripts.make_wire_types import FILES, FOLDER
from tests.wire.examples import COMMANDS, DOWNS

TYPES = (FOLDER / "types.ts").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(FILES))
def test_the_file_is_what_the_structs_say(name: str) -> None:
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert text == FILES[name](), "run: python -m scripts.make_wire_types"


@pytest.mark.parametrize("example", [*COMMANDS, *DOWNS], ids=lambda each: type(each).__name__)
def test_every_field_on_the_wire_is_typed(example: msgspec.Struct) -> None:
    sent: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(example))
    fields = interface(type(example).__name__)
    assert set(sent) <= fields.keys()
    assert {name for name, (mark, _) in fields.items() if not mark} <= set(sent)
    assert fields["t"] == ("", f'"{sent["t"]}"')
    assert {name: kind for name, value in sent.items() if not suits(value, kind := fields[name][1])} == {}


def test_every_command_has_its_answer() -> None:
    assert set(ANSWERS) == set(typing.get_args(AnyCommand))


@pytest.mark.parametrize("command", HANDLERS, ids=lambda each: each.__name__)
def test_the_answer_is_the_use_cases(command: Any) -> None:
    given = typing.get_type_hints(HANDLERS[command].run)["return"]
    assert (typing.get_args(given) or (given,)) == (ANSWERS[command],)


def interface(name: str) -> dict[str, tuple[str, str]]:
    """Field -> ("?" or "", type)."""
    body = TYPES.partition(f"export interface {name} {{\n")[2].partition("\n}\n")[0]
    assert body, name
    found = re.findall(r'^  readonly "?([\w.]+)"?(\??): (.+);$', body, re.MULTILINE)
    return {field: (mark, kind) for field, mark, kind in found}


def suits(value: Any, kind: str) -> bool:
    """Whether a value of JSON is of the kind that TypeScript would expect, as far as plain kinds go."""
    if value is None:
        return kind.endswith(" | null")
    kind = resolved(kind.removesuffix(" | null"))
    if kind in ("number", "boolean"):
        return isinstance(value, bool) == (kind == "boolean") and isinstance(value, int)
    if kind == "string" or kind.startswith(("Base64", '"', "\n")):
        return isinstance(value, str)
    return isinstance(value, list) == kind.startswith("readonly ") and isinstance(value, list | dict)


def resolved(kind: str) -> str:
    found = re.search(rf"^export type {re.escape(kind)} =([^;]+);", TYPES, re.MULTILINE)
    return resolved(found[1].removeprefix(" ")) if found else kind
