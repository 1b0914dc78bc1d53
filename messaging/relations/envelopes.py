"""Relation events as CloudEvents 1.0 in JSON (https://github.com/cloudevents/spec, version 1.0.2). Pure.

`id` is `{subject}-{n}`: unique, stable across repeated deliveries, and numbered without a gap per relation.
"""

from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from messaging.ports import OutboxRow

SCHEMA_VERSION = 1


def envelope(row: OutboxRow, source: str) -> bytes:
    """One event as JSON. `source` names the deployment, `subject` the relation, under a pseudonym of its own."""
    subject = row.subject.hex()
    named, described = _of_type(row.type, source)
    second, ms = divmod(row.at, 1_000)
    head = (
        f'{{"specversion":"1.0","id":"{subject}-{row.n}",{named},"subject":"{subject}",'
        f'"time":"{_second(second)}.{ms:03d}Z",{described},"data":'
    )
    return b"%b%b}" % (head.encode(), row.data)


def event_id(row: OutboxRow) -> str:
    """Unique, and the same whenever the event is delivered."""
    return f"{row.subject.hex()}-{row.n}"


@lru_cache(maxsize=256)
def _of_type(type_: str, source: str) -> tuple[str, str]:
    """What all events of a type have alike, as JSON: before their subject, and after their time."""
    schema = f"{source}/schemas/{type_}/{SCHEMA_VERSION}"
    return (
        f'"source":{_text(source)},"type":{_text(type_)}',
        f'"datacontenttype":"application/json","dataschema":{_text(schema)}',
    )


def _text(value: str) -> str:
    return msgspec.json.encode(value).decode()


@lru_cache(maxsize=64)
def _second(s: int) -> str:
    """RFC 3339 up to the second: events come in bursts of the same one."""
    return datetime.fromtimestamp(s, UTC).strftime("%Y-%m-%dT%H:%M:%S")
