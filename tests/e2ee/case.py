"""A test vector as data: how a case is read, run and judged (SPEC.md section 13).

In a file, bytes are hex; `{"text": "..."}` is text; `"$name"` stands for the bytes under that name in the file's
`shared` part. An operation is a function from a case's input to its output.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from messaging.e2ee import errors
from messaging.e2ee.errors import E2EEError

Output = dict[str, Any]
Operation = Callable[["Input"], Output]
OPERATIONS: dict[str, Operation] = {}


def operation(function: Operation) -> Operation:
    """Registers an operation under its function's name."""
    OPERATIONS[function.__name__] = function
    return function


class Input:
    """The input of a case, read by type."""

    def __init__(self, fields: Mapping[str, Any], shared: Mapping[str, str]) -> None:
        self._fields = fields
        self.shared = shared

    def has(self, name: str) -> bool:
        return name in self._fields

    def raw(self, name: str) -> bytes:
        return self._decode(self._fields[name])

    def raws(self, name: str) -> list[bytes]:
        return [self._decode(item) for item in self._fields[name]]

    def number(self, name: str) -> int:
        value = self._fields[name]
        assert type(value) is int
        return value

    def text(self, name: str) -> str:
        value = self._fields[name]["text"]
        assert isinstance(value, str)
        return value

    def value(self, name: str) -> Any:
        """A list or an object, as it stands."""
        return self._fields[name]

    def inputs(self, name: str) -> "list[Input]":
        return [Input(item, self.shared) for item in self._fields[name]]

    def _decode(self, given: Any) -> bytes:
        assert isinstance(given, str)
        return bytes.fromhex(self.shared[given[1:]] if given.startswith("$") else given)


def encode_value(value: Any) -> Any:
    """Makes an input or output value ready for JSON."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return {name: encode_value(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [encode_value(item) for item in value]
    return value


def run(case: Mapping[str, Any], shared: Mapping[str, str]) -> tuple[str, Any]:
    """Runs a case; returns ("accept", output) or (name of the error, its message)."""
    try:
        output = OPERATIONS[case["operation"]](Input(case["input"], shared))
    except E2EEError as error:
        assert getattr(errors, type(error).__name__) is type(error)
        return type(error).__name__, str(error)
    return "accept", encode_value(output)
