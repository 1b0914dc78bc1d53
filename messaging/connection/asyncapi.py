"""Both carriers of the conversation as an AsyncAPI 3.0 document, made from the structs that travel. Pure."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, get_args

import msgspec

from messaging.domain import limits
from messaging.wire.answers import ANSWERS
from messaging.wire.commands import AnyCommand, Command, Hello
from messaging.wire.events import AnyDown, Err

Json = dict[str, Any]
Kinds = Sequence[type[msgspec.Struct]]

_SCHEMA: Final = "#/components/schemas/{name}"
_COMMANDS: Final[Sequence[type[Command]]] = get_args(AnyCommand)
_DOWNS: Final[Kinds] = get_args(AnyDown)
_UNASKED: Final[Kinds] = [kind for kind in _DOWNS if "ref" not in kind.__struct_fields__]
_ABOUT: Final = f"""\
What travels in an end-to-end encrypted, consent-gated conversation, seen from the service: it receives commands and
sends their answers and events. The rules are in messaging/ws/PROTOCOL.md; what is inside payloads, records and
statements in messaging/e2ee/SPEC.md; tickets and keys in docs/openapi.json.

A frame is one message, or a JSON array of at most {limits.commands_per_frame_max} of them; upwards it has at most
{limits.frame_bytes_max:,} bytes. Every command carries a `ref`, and its one answer the same. The hello goes first, and
alone. Bytes are base64 with padding. Times are milliseconds since 1970, UTC. A field that is not known is ignored."""


def document(version: str) -> Json:
    """`version`: of the protocol."""
    _, schemas = msgspec.json.schema_components([*_COMMANDS, *_DOWNS], ref_template=_SCHEMA)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Pli", "version": version, "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": {
            "socket": {
                "address": "/v1/ws",
                "title": "The first carrier",
                "description": "A WebSocket of the subprotocol `pli.v1`; frames are text messages.",
                "messages": _listed([*_COMMANDS, *_DOWNS]),
                "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
            },
            "stream": {
                "address": "/v1/stream",
                "title": "The second carrier, down",
                "description": "The answer to a POST of the hello: server-sent events whose `data` is a frame. "
                "The last one is named `close`, and its data is the close code.",
                "messages": _listed([Hello, *_DOWNS]),
            },
            "commands": {
                "address": "/v1/commands",
                "title": "The second carrier, up",
                "description": "Each frame by a POST of its own, one at a time; answers come on the stream.",
                "messages": _listed([kind for kind in _COMMANDS if kind is not Hello]),
            },
        },
        "operations": dict(_operations()),
        "components": {
            "messages": {_key(kind): _message(kind) for kind in _named([*_COMMANDS, *_DOWNS])},
            "schemas": {name: _draft_7(schema) for name, schema in sorted(schemas.items())},
        },
    }


def _operations() -> Iterator[tuple[str, Json]]:
    for kind in _COMMANDS:
        yield (
            f"socket.{_key(kind)}",
            {
                "action": "receive",
                "channel": _channel("socket"),
                "summary": _about(kind),
                "messages": _references("socket", [kind]),
                "reply": {"channel": _channel("socket"), "messages": _references("socket", [ANSWERS[kind], Err])},
            },
        )
    yield "socket.events", _operation("send", "socket", "What nobody asked for.", _UNASKED)
    yield "stream.open", _operation("receive", "stream", "Opens a stream.", [Hello], is_http=True)
    yield "stream.frames", _operation("send", "stream", "Answers and events, in one order.", _DOWNS)
    taken = [kind for kind in _COMMANDS if kind is not Hello]
    yield "commands.put", _operation("receive", "commands", "Brings a frame.", taken, is_http=True)


def _operation(action: str, channel: str, summary: str, kinds: Kinds, *, is_http: bool = False) -> Json:
    made: Json = {
        "action": action,
        "channel": _channel(channel),
        "summary": summary,
        "messages": _references(channel, kinds),
    }
    if is_http:
        made["bindings"] = {"http": {"method": "POST", "bindingVersion": "0.3.0"}}
    return made


def _message(kind: type[msgspec.Struct]) -> Json:
    payload = {"$ref": _SCHEMA.format(name=kind.__name__)}
    made: Json = {"name": _tag(kind), "title": kind.__name__, "payload": payload}
    return {**made, "summary": _about(kind)} if _about(kind) else made


def _listed(kinds: Kinds) -> Json:
    return {_key(kind): {"$ref": f"#/components/messages/{_key(kind)}"} for kind in _named(kinds)}


def _references(channel: str, kinds: Kinds) -> list[Json]:
    return [{"$ref": f"#/channels/{channel}/messages/{_key(kind)}"} for kind in kinds]


def _channel(name: str) -> Json:
    return {"$ref": f"#/channels/{name}"}


def _named(kinds: Kinds) -> Kinds:
    """Each once, and no two under one key."""
    named = {_key(kind): kind for kind in kinds}
    if len(named) != len(kinds):
        raise ValueError("two messages have one name")
    return list(named.values())


def _key(kind: type[msgspec.Struct]) -> str:
    """The key of a message: the struct's name, since a command and its answer may have the same tag."""
    return kind.__name__


def _tag(kind: type[msgspec.Struct]) -> str:
    return str(kind.__struct_config__.tag)


def _about(kind: type[msgspec.Struct]) -> str:
    """The first paragraph of a struct's own docstring."""
    return " ".join(inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0].split())


def _draft_7(schema: Any) -> Any:
    """AsyncAPI's own dialect is JSON Schema draft 7, which has another word for a tuple's items."""
    if isinstance(schema, list):
        return [_draft_7(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    changed = {key: _draft_7(value) for key, value in schema.items()}
    if "prefixItems" in changed:
        changed["items"], changed["additionalItems"] = changed.pop("prefixItems"), changed.get("items", True)
    return changed
