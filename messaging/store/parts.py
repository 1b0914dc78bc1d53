"""The parts in which `relation_logs` keeps the records of each relation: only the last one is ever rewritten. Pure."""

from collections.abc import Mapping
from typing import Final

from messaging.reporting.records import RECORD

PART_BYTES_MAX: Final = 64 * RECORD.size


def parts(last: Mapping[bytes, tuple[int, bytes]], records: Mapping[bytes, bytes]) -> list[tuple[bytes, int, bytes]]:
    """(subject, part, records) of all parts to be written: new ones, and last ones that grew.

    `last`: part and records of the last part that is stored of a subject. `records`: what comes behind it, not empty.
    """
    found = []
    for subject, added in records.items():
        part, held = last.get(subject, (0, b""))
        grown = held + added
        for start in range(0, len(grown), PART_BYTES_MAX):
            piece = grown[start : start + PART_BYTES_MAX]
            if start or piece != held:
                found.append((subject, part, piece))
            part += 1
    return found
