"""Which sockets of an account are too many, pure: every process that knows of the same ones comes to the same answer.

The oldest stay. One more of a device that has one takes the place of that device's oldest, which may be a dead line
that nobody closed; one more of any other device goes (PROTOCOL.md section 3).
"""

from collections.abc import Iterable
from typing import NamedTuple


class Standing(NamedTuple):
    """One socket, ordered by how long it stands; `origin`, `number`: of whom and which, so that no two are equal."""

    since: int
    """ms, by the clock of its process."""
    origin: bytes
    number: int
    device: bytes


def surplus(standing: Iterable[Standing], most: int) -> list[Standing]:
    """Those that have to go, so that `most` stay."""
    kept: list[Standing] = []
    gone: list[Standing] = []
    for one in sorted(standing):
        if len(kept) >= most:
            replaced = next((older for older in kept if older.device == one.device), None)
            if replaced is None:
                gone.append(one)
                continue
            kept.remove(replaced)
            gone.append(replaced)
        kept.append(one)
    return gone
