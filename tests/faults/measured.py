"""What a trial measured, kept in a file of JSON if PLI_FAULTS names one: docs/faults.md is made from it.

A trial that is done again replaces what it measured before; the others stay.
"""

import os
from pathlib import Path
from typing import Final

import msgspec

FILE_VARIABLE: Final = "PLI_FAULTS"


class Measured(msgspec.Struct, frozen=True):
    """One line of the table."""

    fault: str
    """In words; what tells the trials apart."""
    times: int
    clients: int
    acked: int
    """Messages whose sender was promised that they are stored."""
    per_s: float
    """Acknowledged in a second, over all of the time in which senders sent, faults included."""
    lost: int
    """Of those acknowledged, not stored as the ack says."""
    doubled: int
    """Messages that are stored twice."""
    missing: int
    """Gaps in logs, and events that somebody who listened did not hear as they are stored."""
    converged_s: float | None
    """From the end of the last fault until everybody had everything; None: it was not waited for."""
    seconds: float
    """In all."""
    also: dict[str, float] = {}
    """Figures of this trial alone, by their names with units."""


def keep(measured: Measured) -> None:
    """Into the file that PLI_FAULTS names."""
    named = os.environ.get(FILE_VARIABLE)
    if named is None:
        return
    file = Path(named)
    kept = [each for each in read(file) if each.fault != measured.fault] if file.exists() else []
    file.write_bytes(msgspec.json.format(msgspec.json.encode([*kept, measured])) + b"\n")


def read(file: Path) -> list[Measured]:
    """Raises: OSError, msgspec.DecodeError."""
    return msgspec.json.decode(file.read_bytes(), type=list[Measured])
