"""Who was a third party in a thread, from which event to which: what a reader keeps of joinings and leavings.

One at a time (SPEC.md section 7.6). Nothing is verified here.
"""

from typing import NamedTuple

from messaging.e2ee.third import Third


class Stay(NamedTuple):
    """A third party's time in a thread, by seq."""

    third: Third
    joined: int
    left: int | None = None

    def holds(self, seq: int) -> bool:
        """Whether the third party was in when the event of that seq came; its leaving is the last one."""
        return self.joined < seq and (self.left is None or seq <= self.left)


class Stays:
    """All of one thread, in order."""

    def __init__(self) -> None:
        self._all: tuple[Stay, ...] = ()

    def at(self, seq: int) -> Third | None:
        """The third party that was in when the event of that seq came."""
        return next((stay.third for stay in self._all if stay.holds(seq)), None)

    def begun(self, seq: int) -> Third | None:
        """The third party whose joining stands there."""
        return next((stay.third for stay in self._all if stay.joined == seq), None)

    def knows(self, third: bytes, seq: int) -> bool:
        """Whether a stay of that name began before the event of that seq."""
        return any(stay.third.id == third and stay.joined < seq for stay in self._all)

    @property
    def last_left(self) -> int:
        """The seq of the newest leaving; 0 if there was none."""
        return max((stay.left or 0 for stay in self._all), default=0)

    def enter(self, third: Third, seq: int) -> None:
        self._all = (*self._all, Stay(third, seq))

    def leave(self, seq: int) -> None:
        """The one that is in leaves."""
        self._all = tuple(stay._replace(left=seq) if stay.left is None else stay for stay in self._all)

    def back_to(self, seq: int) -> None:
        """Forgets what came after that seq."""
        kept = (stay for stay in self._all if stay.joined <= seq)
        self._all = tuple(s._replace(left=None) if s.left is not None and s.left > seq else s for s in kept)
