"""The HTTP interface as an OpenAPI 3.1 document, made from the structs that travel. Pure: the same in, the same out."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from messaging.domain import limits
from messaging.http.described import DESCRIBED, Described
from messaging.wire.commands import Hello
from messaging.wire.events import Problem
from messaging.wire.rest import ServiceInfo

Json = dict[str, Any]

_REF: Final = "#/components/schemas/{name}"
_ABOUT: Final = """\
End-to-end encrypted, consent-gated conversations. What is inside payloads, records and statements is in
messaging/e2ee/SPEC.md; the protocol in messaging/ws/PROTOCOL.md; the frames of the WebSocket, and of the second carrier
here, in docs/asyncapi.json.

Bytes are base64 with padding. Ids in addresses are 32 lower-case hex digits. Times are milliseconds since 1970, UTC.
Unknown and forbidden answer alike, `not_found`. A field that is not known is ignored."""
_SECURITY: Final[Json] = {
    "person": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token that the platform signed for a person.",
    },
    "platform": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token whose scope is `platform`, or a scoped key `plk_<id>_<secret>`.",
    },
}
_STREAM: Final[Json] = {
    "type": "apiKey",
    "in": "header",
    "name": "Pli-Stream",
    "description": "64 lower-case hex digits, drawn by the client for each stream.",
}
_ID: Final[Json] = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
_KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": f"The same key and request get the first answer again for {limits.idempotency_h} h.",
    "schema": {"type": "string", "minLength": 1, "maxLength": limits.idempotency_key_chars_max},
}
_PROBLEM: Final[Json] = {"$ref": "#/components/responses/Problem"}


def document(routes: Sequence[tuple[str, str, str]], version: str) -> Json:
    """`routes`: (method, address, name of the operation), as the service answers them. Raises: KeyError, for a route
    that nobody described.
    """
    described = [(method, path, name, DESCRIBED[method, path]) for method, path, name in routes]
    kinds = [kind for *_, each in described for kind in (each.body, each.answer) if kind is not None]
    named = list(dict.fromkeys([*kinds, ServiceInfo, Problem, Hello]))
    _, schemas = msgspec.json.schema_components(named, ref_template=_REF)
    paths: Json = _public() | _carrier()
    for method, path, name, each in described:
        paths.setdefault(path, {})[method.lower()] = _operation(path, name, each, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Pli", "version": version, "description": _ABOUT},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {**_SECURITY, "stream": _STREAM},
            "responses": {
                "Problem": {
                    "description": "Refused: an RFC 9457 problem; `type` is a page that explains it.",
                    "content": {"application/problem+json": {"schema": _reference(Problem)}},
                }
            },
        },
    }


def _operation(path: str, name: str, each: Described, schemas: Mapping[str, Any]) -> Json:
    made: Json = {
        "operationId": name,
        "summary": each.summary,
        "tags": ["people" if each.scope is None else "platform"],
        "security": [{"person": []} if each.scope is None else {"platform": []}],
    }
    if each.scope is not None:
        made["description"] = f"Scope: `{each.scope}`."
    parameters = [
        {"name": word, "in": "path", "required": True, "schema": _ID} for word in re.findall(r"{(\w+)}", path)
    ]
    parameters += [
        {"name": word, "in": "query", "schema": {"type": "string", "pattern": form}} for word, form in each.queries
    ]
    if each.scope is not None and each.body is not None and each.idempotent:
        parameters.append(_KEY)
    if parameters:
        made["parameters"] = parameters
    if each.body is not None:
        made["requestBody"] = {
            "required": True,
            "description": f"At most {each.body_bytes_max:,} bytes.",
            "content": {"application/json": {"schema": _reference(each.body)}},
        }
    made["responses"] = _responses(each)
    return made


def _responses(each: Described) -> Json:
    if each.answer is None:
        return {"204": {"description": "Done."}, "default": _PROBLEM}
    answer = {"application/json": {"schema": _reference(each.answer)}}
    none = {"204": {"description": each.may_be_none}} if each.may_be_none else {}
    return {str(each.status): {"description": "Done.", "content": answer}, **none, "default": _PROBLEM}


def _public() -> Json:
    """What needs no token."""
    text = {"text/plain": {"schema": {"type": "string"}}}
    page = {"text/html": {"schema": {"type": "string"}}}
    info = {"application/json": {"schema": _reference(ServiceInfo)}}
    code = {"name": "code", "in": "path", "required": True, "schema": {"type": "string"}}
    token = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}

    def get(name: str, summary: str, content: Json, **more: Any) -> Json:
        answer = {"200": {"description": "Done.", "content": content}, **more.pop("responses", {})}
        return {
            "get": {
                "operationId": name,
                "summary": summary,
                "security": [],
                "tags": ["public"],
                **more,
                "responses": answer,
            }
        }

    return {
        "/healthz": get("health", "The process answers", text),
        "/readyz": get(
            "readiness",
            "Whether newcomers are welcome",
            text,
            responses={"503": {"description": "Draining.", "content": text}},
        ),
        "/v1/service": get("service", "The service's own data", info),
        "/problems/{code}": get(
            "problem_page", "The page behind a problem", page, parameters=[code], responses={"default": _PROBLEM}
        ),
        "/events/schemas/{type}/{version}": get(
            "event_schema",
            "The JSON Schema of a type of relation event",
            {"application/schema+json": {"schema": {"type": "object"}}},
            parameters=[{**code, "name": "type"}, {**code, "name": "version"}],
            responses={"default": _PROBLEM},
        ),
        **{
            f"/alerts/{name}/{{token}}": {
                method: {
                    "operationId": f"{method}_{name}",
                    "summary": f"{what} {summary}",
                    "security": [],
                    "tags": ["public"],
                    "parameters": [token],
                    "responses": {"200": {"description": "A page.", "content": page}, "default": _PROBLEM},
                }
                for method, what in (("get", "Asks whether"), ("post", "Does so:"))
            }
            for name, summary in (("confirm", "alerts go to this address"), ("unsubscribe", "no more mails are sent"))
        },
    }


def _carrier() -> Json:
    """The second carrier (PROTOCOL.md section 2.1), whose frames are in the AsyncAPI document."""

    def post(name: str, summary: str, schema: Json, answer: Json, **more: Any) -> Json:
        return {
            "post": {
                "operationId": name,
                "summary": summary,
                "tags": ["carrier"],
                "security": [{"stream": []}],
                "requestBody": {
                    "required": True,
                    "description": f"At most {limits.frame_bytes_max:,} bytes. Frames are in docs/asyncapi.json.",
                    "content": {"application/json": {"schema": schema}},
                },
                "responses": {**answer, "default": _PROBLEM},
                **more,
            }
        }

    place = {"description": "Where the stream stands, sealed.", "schema": {"type": "string"}}
    said_back = [{"name": "Pli-Place", "in": "header", "required": False, **place}]
    events = {"text/event-stream": {"schema": {"type": "string"}}}
    lasts = "The stream; it lasts as long as the connection."
    opened = {"200": {"description": lasts, "headers": {"Pli-Place": place}, "content": events}}
    command: Json = {"type": "object", "required": ["t", "ref"]}
    most = limits.commands_per_frame_max
    frame = {"oneOf": [command, {"type": "array", "maxItems": most, "items": command}]}
    taken = {"204": {"description": "Taken."}}
    return {
        "/v1/stream": post("open_stream", "Opens a stream with a hello", _reference(Hello), opened),
        "/v1/commands": post("put_frame", "Brings a frame to a stream", frame, taken, parameters=said_back),
    }


def _reference(kind: type[msgspec.Struct]) -> Json:
    return {"$ref": _REF.format(name=kind.__name__)}
