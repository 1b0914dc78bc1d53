"""Writes the wire of the web client from the structs: python -m scripts.make_wire_types. With --check a difference is
an error.

`types.ts` has the types, which leave nothing behind when they are compiled; `constants.ts` the close codes and bounds.
Annotations are read from the sources, since the names of the field types (`Id`, `Seq`) are gone at run time; what is
optional, the tags and the bounds come from the structs themselves.
"""

import ast
import inspect
import sys
import typing
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import cache
from types import ModuleType
from typing import Any, Final

import msgspec

from messaging.domain import limits
from messaging.domain.consent import CardState
from messaging.domain.relation import Stage
from messaging.domain.vocabulary import (
    CardField,
    CaseOrigin,
    ClosingReason,
    EventKind,
    Ground,
    MailboxKind,
    Measure,
    MessageKind,
    ReportCategory,
    Role,
)
from messaging.http.described import DESCRIBED
from messaging.reporting.publication import PeriodKind
from messaging.services.reporting import FiguresView
from messaging.wire import closing, commands, events, rest, types
from messaging.wire.answers import ANSWERS
from messaging.wire.problems import CATALOGUE
from scripts.generated import ROOT, write_or_check

FOLDER = ROOT / "clients" / "web" / "src" / "wire"

WORDS: Final = (
    *(MailboxKind, Role, EventKind, MessageKind, CardField, ClosingReason, Stage, CardState),
    *(ReportCategory, CaseOrigin, Measure, Ground, PeriodKind),
)
"""Closed lists of words. A newer service may know more: where a field is not of such a type, any string may come."""

BOUNDS: Final = (
    "frame_bytes_max",
    "commands_per_frame_max",
    "unacked_commands_max",
    "payload_bytes_max",
    "notice_bytes_max",
    "card_payload_bytes_max",
    "cards_waiting_per_side_max",
    "desk_entry_bytes_max",
    "pull_events_max",
    "pull_bytes_max",
    "vault_bytes_max",
    "vault_wraps_max",
    "prekeys_per_batch_max",
    "prekeys_per_target_max",
    "prekeys_per_removal_and_target_max",
    "seats_per_mailbox_max",
    "kits_per_mailbox_max",
    "ticket_s",
)
"""The bounds that a client keeps to."""

_HEAD: Final = """\
// Made from the structs of messaging/wire by scripts/make_wire_types.py: change those, then run it.
// What each field means is in messaging/ws/PROTOCOL.md.
"""
_ABOUT_TYPES: Final = """\
//
// Every number is an integer that JavaScript holds exactly (at most 2^53 - 1), but for the value of a figure. The
// 64-bit numbers of SPEC.md are inside bytes: read those as BigInt.

declare const length: unique symbol;

/**
 * Bytes as they stand on the wire: base64 with padding (RFC 4648 section 4), of which `Length` counts the bytes that it
 * decodes to. An id in an address is not this, but 32 lower-case hex digits.
 */
export type Base64<Length extends number = number> = string & { readonly [length]: Length };
"""
_ABOUT_CONSTANTS: Final = """
/** Close codes (PROTOCOL.md section 7): 4000 to 4499 reconnect, 4500 to 4999 are final. */
"""
_PLAIN: Final = {"str": "string", "bool": "boolean", "int": "number", "float": "number", "bytes": "Base64"}
_EXACT_MAX: Final = 2**53 - 1


class Unmapped(Exception):
    """An annotation that has no counterpart yet."""


def types_made() -> str:
    """`types.ts` as it should stand in the file."""
    bodies, answers = _bodies()
    upwards = set(_reached([*typing.get_args(commands.AnyCommand), *bodies]))
    structs = _reached([*typing.get_args(commands.AnyCommand), *typing.get_args(events.AnyDown), *bodies, *answers])
    parts = [
        _ABOUT_TYPES,
        *(_alias(name, node) for name, node in _aliases(types)),
        *(_words(each) for each in WORDS),
        _union("ProblemCode", sorted(map(_quoted, CATALOGUE)), "Every `code` of a problem that this version knows."),
        *(_interface(each, each in upwards) for each in structs),
        _union("AnyCommand", [each.__name__ for each in typing.get_args(commands.AnyCommand)], "What a client sends."),
        _union("AnyDown", [each.__name__ for each in typing.get_args(events.AnyDown)], "What the service sends."),
        _answers(),
    ]
    return _HEAD + "\n".join(parts)


def constants_made() -> str:
    """`constants.ts` as it should stand in the file."""
    codes = {name: value for name, value in vars(closing).items() if name.isupper()}
    bounds = {name: getattr(limits, name) for name in BOUNDS}
    of_limits = "\n/** Of messaging/domain/limits.py. */\n"
    return "".join([_HEAD, _ABOUT_CONSTANTS, _object("CLOSE", codes), of_limits, _object("LIMITS", bounds)])


FILES: Final = {"types.ts": types_made, "constants.ts": constants_made}


def _bodies() -> tuple[list[type[msgspec.Struct]], list[type[msgspec.Struct]]]:
    """What people's requests hold, and what answers them. The platform's back end is no business of a browser."""
    people = [each for each in DESCRIBED.values() if each.scope is None]
    answers = [each.answer for each in people if each.answer is not None]
    return [each.body for each in people if each.body is not None], [*answers, rest.ServiceInfo, FiguresView]


def _reached(roots: Iterable[type[msgspec.Struct]]) -> list[type[msgspec.Struct]]:
    """These structs and those in their fields, each before what uses it."""
    found: dict[type[msgspec.Struct], None] = {}

    def visit(kind: type[msgspec.Struct]) -> None:
        for hint in typing.get_type_hints(kind, include_extras=True).values():
            for inner in _leaves(hint):
                if isinstance(inner, type) and issubclass(inner, msgspec.Struct) and inner not in found:
                    visit(inner)
        found[kind] = None

    for root in roots:
        visit(root)
    return list(found)


def _leaves(hint: Any) -> Iterator[Any]:
    arguments = typing.get_args(hint)
    if not arguments:
        yield hint
    for argument in arguments:
        yield from _leaves(argument)


# declarations


def _aliases(module: ModuleType) -> Iterator[tuple[str, ast.expr]]:
    """The module's names for field types, with what each one stands for."""
    for node in _parsed(module).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value


def _alias(name: str, node: ast.expr) -> str:
    return _comment(_bounds(getattr(types, name)), "") + f"export type {name} = {_type(node)};\n"


def _words(kind: type[StrEnum]) -> str:
    about = ast.get_docstring(_class(sys.modules[kind.__module__], kind.__name__))
    return _union(kind.__name__, [_quoted(word.value) for word in kind], _first(about))


def _union(name: str, members: Sequence[str], about: str) -> str:
    listed = "".join(f"\n  | {member}" for member in members)
    return _comment(about, "") + f"export type {name} ={listed};\n"


def _interface(kind: type[msgspec.Struct], is_sent: bool) -> str:
    lines = [_comment(_first(kind.__doc__), ""), f"export interface {kind.__name__} {{\n"]
    config = kind.__struct_config__
    if config.tag is not None:
        lines.append(f'  readonly {config.tag_field}: "{config.tag}";\n')
    hints = typing.get_type_hints(kind, include_extras=True)
    sources = _sources(kind)
    for field in msgspec.structs.fields(kind):
        annotation, about = sources[field.name]
        may_be_absent = not field.required and (is_sent or config.omit_defaults)
        written = _type(annotation)
        if may_be_absent and not is_sent:
            written = written.removesuffix(" | null")
        about = " ".join(filter(None, (about, _bounds(hints[field.name]) if _is_bounded_here(annotation) else "")))
        lines.append(_comment(about, "  "))
        lines.append(f"  readonly {field.encode_name}{'?' if may_be_absent else ''}: {written};\n")
    return "".join([*lines, "}\n"])


def _answers() -> str:
    lines = [f'  readonly "{sent.__struct_config__.tag}": {got.__name__};\n' for sent, got in ANSWERS.items()]
    about = _comment("What answers each command, by its tag, where it is not refused with `err`.", "")
    return "".join([about, "export interface Answers {\n", *lines, "}\n"])


def _object(name: str, values: dict[str, int]) -> str:
    return (
        f"export const {name} = {{\n"
        + "".join(f"  {key}: {value},\n" for key, value in values.items())
        + ("} as const;\n")
    )


# annotations


def _type(node: ast.expr) -> str:
    """An annotation in TypeScript. Raises: Unmapped."""
    if isinstance(node, ast.Constant) and node.value is None:
        return "null"
    if isinstance(node, ast.Name):
        return _PLAIN.get(node.id, node.id)
    if isinstance(node, ast.BinOp):
        return f"{_type(node.left)} | {_type(node.right)}"
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        return _generic(node.value.id, node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice])
    raise Unmapped(ast.unparse(node))


def _generic(name: str, arguments: Sequence[ast.expr]) -> str:
    if name == "Annotated":
        return _sized(_type(arguments[0]), arguments[1])
    if name == "list":
        inner = _type(arguments[0])
        return f"readonly ({inner})[]" if " " in inner else f"readonly {inner}[]"
    if name == "tuple":
        return f"readonly [{', '.join(map(_type, arguments))}]"
    raise Unmapped(name)


def _sized(written: str, meta: ast.expr) -> str:
    """`Base64<16>` for bytes of one length."""
    said = {word.arg: ast.unparse(word.value) for word in meta.keywords} if isinstance(meta, ast.Call) else {}
    least, most = said.get("min_length"), said.get("max_length")
    return f"Base64<{most}>" if written == "Base64" and least == most and least is not None else written


def _is_bounded_here(node: ast.expr) -> bool:
    """Whether an annotation has bounds of its own, that no alias says already."""
    return any(isinstance(inner, ast.Name) and inner.id == "Annotated" for inner in ast.walk(node))


def _bounds(hint: Any) -> str:
    """The bounds of the outermost annotated part of a type, in words."""
    if typing.get_origin(hint) is not typing.Annotated:
        return next(filter(None, map(_bounds, typing.get_args(hint))), "")
    inner, meta = typing.get_args(hint)[0], hint.__metadata__[0]
    if meta.le is not None or meta.ge is not None:
        if meta.le == _EXACT_MAX:
            return "At most 2^53 - 1."
        return f"From {meta.ge:,} to {meta.le:,}." if meta.le is not None else f"At least {meta.ge}."
    if meta.max_length is None or (inner is bytes and meta.min_length == meta.max_length):
        return ""
    unit = {bytes: "bytes", str: "characters"}.get(inner, "entries")
    least = f"From {meta.min_length:,} to" if meta.min_length else "At most"
    return f"{least} {meta.max_length:,} {unit}."


# sources


@cache
def _parsed(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module))


def _sources(kind: type[msgspec.Struct]) -> dict[str, tuple[ast.expr, str]]:
    """Each field's annotation and the docstring behind it, also of inherited fields."""
    found: dict[str, tuple[ast.expr, str]] = {}
    for base in reversed(kind.__mro__):
        module = sys.modules[base.__module__]
        if module.__name__.startswith("messaging."):
            found |= _fields_of(_class(module, base.__name__))
    return found


def _class(module: ModuleType, name: str) -> ast.ClassDef:
    return next(node for node in _parsed(module).body if isinstance(node, ast.ClassDef) and node.name == name)


def _fields_of(node: ast.ClassDef) -> dict[str, tuple[ast.expr, str]]:
    found: dict[str, tuple[ast.expr, str]] = {}
    for field, behind in zip(node.body, [*node.body[1:], None], strict=True):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            about = behind.value.value if _is_text(behind) else ""
            found[field.target.id] = field.annotation, _first(about)
    return found


def _is_text(node: ast.stmt | None) -> typing.TypeGuard[Any]:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


# text


def _first(about: str | None) -> str:
    """A docstring's first paragraph, on one line."""
    return " ".join(inspect.cleandoc(about or "").partition("\n\n")[0].split())


def _comment(about: str, indent: str) -> str:
    return f"{indent}/** {about} */\n" if about else ""


def _quoted(word: str) -> str:
    return f'"{word}"'


def main() -> int:
    FOLDER.mkdir(parents=True, exist_ok=True)
    files = {FOLDER / name: made() for name, made in FILES.items()}
    return write_or_check(__doc__, files, "python -m scripts.make_wire_types")


if __name__ == "__main__":
    sys.exit(main())
