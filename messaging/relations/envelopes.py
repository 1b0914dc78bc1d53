"""Relation events as CloudEvents 1.0 in JSON (https://github.com/cloudevents/spec, version 1.0.2). Pure.

`id` is `{subject}-{n}`: unique, stable across repeated deliveries, and numbered without a gap per relation.
"""

from datetime import UTC, datetime

import msgspec

from messaging.ports import OutboxRow

SCHEMA_VERSION = 1


def envelope(row: OutboxRow, source: str) -> bytes:
    """One event as JSON. `source` names the deployment, `subject` the relation, under a pseudonym of its own."""
    subject = row.subject.hex()
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": f"{subject}-{row.n}",
            "source": source,
            "type": row.type,
            "subject": subject,
            "time": _rfc3339(row.at),
            "datacontenttype": "application/json",
            "dataschema": f"{source}/schemas/{row.type}/{SCHEMA_VERSION}",
            "data": msgspec.Raw(row.data),
        }
    )


def _rfc3339(ms: int) -> str:
    stamp = datetime.fromtimestamp(ms // 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{stamp}.{ms % 1_000:03d}Z"
