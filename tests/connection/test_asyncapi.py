"""docs/asyncapi.json is what the structs say, and what really travels is what it says."""

import json
from typing import Any, get_args

import msgspec
import pytest
from jsonschema import Draft7Validator

from messaging.wire.commands import AnyCommand
from messaging.wire.events import AnyDown
from scripts.make_asyncapi import FILE, made
from tests.support.web import WEB
from tests.wire.examples import COMMANDS, DOWNS

DOCUMENT: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
SPECIFICATION = WEB / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0-without-$id.json"
"""The AsyncAPI initiative's own JSON Schema of such documents."""
VALID = Draft7Validator(json.loads(SPECIFICATION.read_text(encoding="utf-8")))


def test_the_file_is_what_the_structs_say() -> None:
    assert FILE.read_text(encoding="utf-8") == made(), "run: python -m scripts.make_asyncapi"


def test_the_document_is_valid() -> None:
    VALID.validate(DOCUMENT)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("asyncapi", "2.6.0"),
        ("info", {"version": "1"}),
        ("operations", {"x": {"action": "publish", "channel": {"$ref": "#/channels/socket"}}}),
        ("channels", {"socket": {"address": 7}}),
    ],
)
def test_a_document_that_is_not_valid_is_found(place: str, value: Any) -> None:
    assert not VALID.is_valid(DOCUMENT | {place: value})


def test_references_lead_somewhere() -> None:
    for reference in references(DOCUMENT):
        assert reference.startswith("#/")
        node: Any = DOCUMENT
        for word in reference.removeprefix("#/").split("/"):
            node = node[word]
        assert isinstance(node, dict)


def test_every_command_is_received_over_both_carriers_and_answered() -> None:
    operations = DOCUMENT["operations"]
    for kind in get_args(AnyCommand):
        operation = operations[f"socket.{kind.__name__}"]
        answers = [each["$ref"].rpartition("/")[2] for each in operation["reply"]["messages"]]
        assert operation["action"] == "receive"
        assert answers[1:] == ["Err"]
    put = {each["$ref"].rpartition("/")[2] for each in operations["commands.put"]["messages"]}
    assert put | {"Hello"} == {kind.__name__ for kind in get_args(AnyCommand)}
    sent = {each["$ref"].rpartition("/")[2] for each in operations["stream.frames"]["messages"]}
    assert sent == {kind.__name__ for kind in get_args(AnyDown)}


@pytest.mark.parametrize("example", [*COMMANDS, *DOWNS], ids=lambda each: type(each).__name__)
def test_what_travels_is_what_the_schema_says(example: msgspec.Struct) -> None:
    sent: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(example))
    message = DOCUMENT["components"]["messages"][type(example).__name__]
    schema = Draft7Validator(DOCUMENT | message["payload"])
    assert message["name"] == sent["t"]
    schema.validate(sent)
    assert not schema.is_valid(sent | {"t": "other"})
    for field in {"ref", "thread", "state", "mailbox"} & sent.keys() - {"ref" if sent["t"] == "err" else ""}:
        assert not schema.is_valid({key: value for key, value in sent.items() if key != field}), field


@pytest.mark.parametrize("name", list(DOCUMENT["components"]["schemas"]))
def test_schemas_are_of_the_dialect_that_asyncapi_takes(name: str) -> None:
    schema = DOCUMENT["components"]["schemas"][name]
    Draft7Validator.check_schema(schema)
    assert not {"prefixItems", "discriminator", "$defs"} & set(words(schema))


def references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [each for value in node.values() for each in references(value)]
    return [each for value in node for each in references(value)] if isinstance(node, list) else []


def words(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [*node, *(word for value in node.values() for word in words(value))]
    return [word for value in node for word in words(value)] if isinstance(node, list) else []
