"""Relation events as CloudEvents 1.0 in JSON (https://github.com/cloudevents/spec, version 1.0.2). Pure.

`id` is `{subject}-{n}`: unique, stable across repeated deliveries, and numbered without a gap per relation.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import msgspec

from messaging.ports import OutboxRow

SCHEMA_VERSION = 1


class _Envelope(msgspec.Struct):
    """The attributes in the order in which they are written."""

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: str
    dataschema: str
    data: msgspec.Raw


_encode: Final = msgspec.json.Encoder().encode


def envelope(row: OutboxRow, source: str) -> bytes:
    """One event as JSON. `source` names the deployment, `subject` the relation, under a pseudonym of its own."""
    subject = row.subject.hex()
    return _encode(
        _Envelope(
            specversion="1.0",
            id=f"{subject}-{row.n}",
            source=source,
            type=row.type,
            subject=subject,
            time=f"{_second(row.at // 1_000)}.{row.at % 1_000:03d}Z",
            datacontenttype="application/json",
            dataschema=f"{source}/schemas/{row.type}/{SCHEMA_VERSION}",
            data=msgspec.Raw(row.data),
        )
    )


@lru_cache(maxsize=64)
def _second(s: int) -> str:
    """RFC 3339 up to the second: events come in bursts of the same one."""
    return datetime.fromtimestamp(s, UTC).strftime("%Y-%m-%dT%H:%M:%S")
