"""What one check found: one line for an operator."""

from enum import StrEnum

from msgspec import Struct


class State(StrEnum):
    OK = "ok"
    NOTE = "note"
    """Not wrong, but worth knowing."""
    WRONG = "wrong"


class Check(Struct, frozen=True):
    """`says`: what is the case, and for `wrong` what to do."""

    name: str
    state: State
    says: str

    @classmethod
    def ok(cls, name: str, says: str) -> "Check":
        return cls(name, State.OK, says)

    @classmethod
    def note(cls, name: str, says: str) -> "Check":
        return cls(name, State.NOTE, says)

    @classmethod
    def wrong(cls, name: str, says: str) -> "Check":
        return cls(name, State.WRONG, says)
