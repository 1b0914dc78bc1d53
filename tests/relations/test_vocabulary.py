"""The events, their schemas, and the page that lists them say the same; what was published is kept."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator, ValidationError

from messaging.domain.progress import Step
from messaging.domain.relation import Stage
from messaging.domain.vocabulary import ClosingReason, MailboxKind
from messaging.ports import OutboxRow
from messaging.relations import facts
from messaging.relations.envelopes import envelope
from messaging.relations.schemas import schema, schema_uri
from messaging.relations.vocabulary import KINDS, PREFIX, Kind
from messaging.wire.rest import Dimensions
from scripts.make_event_schemas import made

SOURCE = "https://messages.example.org/events"
PUBLISHED = Path(__file__).parent / "published.json"
"""What readers rely on, by type and version: made once, and only ever added to."""
R, AT = b"r" * 16, 1_790_000_000_123
REFS = {"territory_ref": "ab" * 32, "project_ref": "cd" * 32}
PLACE = Dimensions(profession_group="Santé", population_tier="<500", departement="22", region="53")

TOLD: list[OutboxRow] = [
    facts.solicited(R, 0, AT, origin=MailboxKind.PROJECT, dimensions=PLACE, refs=REFS),
    facts.message_accepted(R, 1, AT, 0),
    facts.engaged(R, 2, AT),
    facts.consent_requested(R, 3, AT, 1),
    facts.consent_given(R, 4, AT, 0),
    facts.consent_withdrawn(R, 5, AT, 0),
    facts.identities_revealed(R, 6, AT),
    *(facts.step(R, 7, AT, party, step, confirms=party == 1) for party in (0, 1) for step in Step),
    *(facts.closed(R, 8, AT, 0, reason) for reason in ClosingReason),
    facts.reopened(R, 9, AT, 1),
    *(facts.stage_changed(R, 10, AT, stage, Stage.CLOSED) for stage in Stage),
    facts.third_invited(R, 11, AT, 0),
    *(facts.third_joined(R, 12, AT, kind) for kind in MailboxKind),
    *(facts.third_left(R, 13, AT, party) for party in (0, 1, 2)),
    facts.flagged(R, 14, AT, "rule"),
    facts.decided(R, 15, AT, "frozen"),
    facts.decided(R, 15, AT, "none", on_appeal=True),
    facts.appealed(R, 16, AT, "third"),
    facts.rated(R, 17, AT, 1, satisfied=5, recommends=1),
    facts.purged(R, 18, AT),
    facts.corrected(R, 19, AT, 8, {"side": "initiator", "reason": "housing"}),
    facts.corrected(R, 20, AT, 8, None),
]


def validator(kind: Kind) -> Draft202012Validator:
    return Draft202012Validator(schema(kind), format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize("row", TOLD, ids=[f"{row.type.removeprefix(PREFIX)} {row.data!r}" for row in TOLD])
def test_what_is_told_is_of_its_schema(row: OutboxRow) -> None:
    event, kind = json.loads(envelope(row, SOURCE)), KINDS[row.type]
    validator(kind).validate(event)
    assert event["dataschema"] == schema_uri(SOURCE, kind)
    msgspec.json.decode(row.data, type=kind.data)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_every_schema_is_one_and_refuses(kind: Kind) -> None:
    Draft202012Validator.check_schema(schema(kind))
    row = next((row for row in TOLD if row.type == kind.type), OutboxRow(R, 0, kind.type, AT, b'{"side":"initiator"}'))
    good = json.loads(envelope(row, SOURCE))
    validator(kind).validate(good | {"later": 1} | {"data": good["data"] | {"later": 1}})
    wrong: list[dict[str, Any]] = [{"specversion": "0.3"}, {"type": "x"}, {"subject": "name"}, {"time": 5}]
    wrong += [{"data": {}}] if good["data"] else []
    for each in wrong:
        with pytest.raises(ValidationError):
            validator(kind).validate(good | each)


def test_files_and_page_are_what_the_structs_say() -> None:
    for path, text in made().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run python -m scripts.make_event_schemas"


def test_what_was_published_still_holds() -> None:
    """Rule 1 of docs/events.md: the same fields are required, and none is gone or narrower."""
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    today = {f"{kind.type}/{kind.version}": promise(kind) for kind in KINDS.values()}
    assert not published.keys() - today.keys()
    for name, before in published.items():
        now = today[name]
        assert now["required"] == before["required"], name
        for field, was in before["fields"].items():
            assert is_at_least(now["fields"].get(field), was), f"{name}: {field}"
    assert published.keys() == today.keys(), f"add to {PUBLISHED.name}: {json.dumps(today)}"


def test_the_check_finds_a_change_that_breaks_readers() -> None:
    was = {"enum": ["a", "b"]}
    assert is_at_least({"enum": ["a", "b", "c"]}, was)
    assert not is_at_least({"enum": ["a"]}, was)
    assert not is_at_least(None, was)
    assert not is_at_least({"type": "integer"}, {"type": "string"})


def promise(kind: Kind) -> dict[str, Any]:
    """What a schema lets readers rely on."""
    components = schema(kind)["$defs"]
    data = components[kind.data.__name__]
    fields = {name: flat(each, components) for name, each in data["properties"].items()}
    return {"required": sorted(data.get("required", [])), "fields": fields}


def flat(field: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    """A field's schema without words and references."""
    if "$ref" in field:
        field = components[field["$ref"].rpartition("/")[2]]
    return {key: value for key, value in field.items() if key not in ("title", "description")}


def is_at_least(now: dict[str, Any] | None, was: dict[str, Any]) -> bool:
    if now is None:
        return False
    if "enum" in was:
        return set(was["enum"]) <= set(now.get("enum", []))
    return now == was
