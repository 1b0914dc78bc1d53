"""Carriage: frames of the second carrier that reach another process than the one where their stream stands."""

from collections.abc import Callable
from typing import NewType, Protocol

Place = NewType("Place", bytes)
"""A process, as the others name it."""

TakeFrame = Callable[[bytes], None]
"""Hands a frame to its stream. Raises: NotFound, Busy."""


class Carriage(Protocol):
    """Keys are hashes of streams' secrets: who knows one may speak for its stream."""

    def stand(self, key: bytes, take: TakeFrame) -> None:
        """A stream stands here, until `end`."""

    def end(self, key: bytes) -> None: ...

    def sealed_place(self, key: bytes) -> str:
        """That it stands here, for its client to say with each frame; empty where there is no other process."""
        ...

    def find(self, key: bytes, sealed: str) -> Place:
        """Where it stands: here, or where its client says by `sealed_place`. Raises: NotFound."""
        ...

    async def hand_over(self, place: Place, key: bytes, frame: bytes) -> None:
        """Returns when the stream has the frame. Raises: NotFound, also where nobody knows; Busy, and then nothing of
        it was taken."""
        ...
