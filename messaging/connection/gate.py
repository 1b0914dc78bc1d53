"""Who may try: the origin of a page, and room in this process, also for who never greets. One gate for all carriers."""

import contextlib
from collections.abc import Callable, Collection, Iterator
from typing import Final

from messaging.domain import limits


class Gate:
    """Counts the connections that stand."""

    def __init__(self, allowed_origins: Collection[str], ready: Callable[[], bool]) -> None:
        """`ready`: whether the process takes newcomers; not while it drains."""
        self._origins: Final = frozenset(allowed_origins)
        self._ready = ready
        self._inside = 0

    def knows(self, origin: str | None) -> bool:
        """Exact allowlist of `Origin` values. A browser always sends one; None: no browser."""
        return origin is None or origin in self._origins

    @property
    def has_room(self) -> bool:
        return self._inside < limits.sockets_per_process_max and self._ready()

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
