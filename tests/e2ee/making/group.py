"""One file of vectors in the making. Each case is run when it is added: no file says what the code does not do."""

import json
from collections.abc import Mapping
from typing import Any

from tests.e2ee import operations_keys, operations_moderation, operations_shown, operations_third, operations_thread
from tests.e2ee.case import encode_value, run

SPEC = "messaging/e2ee/SPEC.md"
MODULES = (operations_keys, operations_moderation, operations_shown, operations_third, operations_thread)
"""Imported for the operations that they register."""


class Text(str):
    """Text as such in a case, told apart from hex."""

    __slots__ = ()


class Group:
    """A file of vectors: what it is about, the bytes that its cases share, and the cases."""

    def __init__(self, name: str, description: str, section: str) -> None:
        self.name = name
        self._head = {"description": description, "spec": f"{SPEC} section {section}", "version": 1}
        self._shared: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._cases: list[dict[str, Any]] = []

    def share(self, **values: bytes) -> None:
        """Long bytes that several cases use: written once."""
        for name, value in values.items():
            self._shared[name] = value.hex()
            self._names[value.hex()] = f"${name}"

    def accept(self, name: str, operation: str, **given: Any) -> None:
        case = self._case(name, operation, given)
        outcome, output = run(case, self._shared)
        if outcome != "accept":
            raise AssertionError(f"{self.name}: {name}: {outcome}: {output}")
        self._cases.append(case | {"expect": "accept", "output": output})

    def reject(self, name: str, error: str, operation: str, **given: Any) -> None:
        case = self._case(name, operation, given)
        outcome, output = run(case, self._shared)
        if outcome != error:
            raise AssertionError(f"{self.name}: {name}: {outcome} ({output}) instead of {error}")
        self._cases.append(case | {"expect": error})

    def reject_each(
        self, error: str, operation: str, good: dict[str, Any], changes: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """One rejected case for each named change to an input that is accepted."""
        for name, change in changes.items():
            self.reject(name, error, operation, **good | dict(change))

    def _case(self, name: str, operation: str, given: dict[str, Any]) -> dict[str, Any]:
        if any(case["name"] == name for case in self._cases):
            raise AssertionError(f"{self.name}: two cases named {name}")
        return {"name": name, "operation": operation, "input": self._encode(given)}

    def _encode(self, value: Any) -> Any:
        if isinstance(value, Text):
            return {"text": str(value)}
        if isinstance(value, dict):
            return {name: self._encode(item) for name, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._encode(item) for item in value]
        encoded = encode_value(value)
        return self._names.get(encoded, encoded) if isinstance(encoded, str) else encoded

    def encoded(self) -> str:
        """The file's text."""
        used = json.dumps(self._cases)
        shared = {name: value for name, value in self._shared.items() if f'"${name}"' in used}
        body = self._head | {"shared": shared, "cases": self._cases}
        return json.dumps(body, indent=1, ensure_ascii=False) + "\n"
