"""JSON Schemas (draft 2020-12) of the relation events, made from the structs of `vocabulary`. Pure."""

from typing import Any, Final

import msgspec

from messaging.relations.vocabulary import KINDS, Kind

_HEX_32: Final = "^[0-9a-f]{32}$"


def schema_uri(source: str, kind: Kind) -> str:
    """What `dataschema` of an event says: where its schema is served."""
    return f"{source}/schemas/{kind.type}/{kind.version}"


def schema(kind: Kind) -> dict[str, Any]:
    """Of a whole event, envelope and data. Attributes and fields that it does not name are allowed: later ones."""
    (data,), components = msgspec.json.schema_components([kind.data], ref_template="#/$defs/{name}")
    text = {"type": "string", "minLength": 1}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.type,
        "description": kind.when,
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "dataschema", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "pattern": "^[0-9a-f]{32}-[0-9]+$"},
            "source": {**text, "format": "uri-reference"},
            "type": {"const": kind.type},
            "subject": {"type": "string", "pattern": _HEX_32},
            "time": {**text, "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "dataschema": {**text, "format": "uri", "pattern": f"/{kind.version}$"},
            "data": data,
        },
        "$defs": components,
    }


def find(type_: str, version: str) -> Kind | None:
    """The kind of a served schema; None where there is none."""
    kind = KINDS.get(type_)
    return kind if kind is not None and version == str(kind.version) else None
