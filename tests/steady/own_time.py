"""A clock that stands still while processes wait for a core: how long what they did would have taken on a machine of
their own.

A thread that could run and may not is counted by the scheduler (`schedstat` in proc(5)): what it waited is the
machine's, and tells of nothing that it did.
"""

import contextlib
import time
from pathlib import Path


class OwnTime:
    """Of some processes, with all their threads."""

    def __init__(self, *pids: int) -> None:
        self._tasks = [Path(f"/proc/{pid}/task") for pid in pids]
        self._loop = self._tasks[0] / str(pids[0])
        self._waited: dict[Path, float] = {}
        """By thread; what one that ended has waited stays."""

    def now(self) -> float:
        """s, without those in which one of them waited for its turn. A wait is counted once it is over: so this is
        asked when what is measured is done.
        """
        for tasks in self._tasks:
            with contextlib.suppress(FileNotFoundError):  # of one that ended, what it waited stays
                for task in tasks.iterdir():
                    self._waited[task] = max(_schedstat(task)[1], self._waited.get(task, 0.0))
        return time.monotonic() - sum(self._waited.values())

    def used(self) -> float:
        """s of a core that the main thread of the first of them, where its loop runs, had so far."""
        return _schedstat(self._loop)[0]


def _schedstat(task: Path) -> tuple[float, float]:
    """s that a thread ran, and that it waited; none of one that ended just now."""
    try:
        ran, waited, _ = (task / "schedstat").read_text(encoding="ascii").split()
    except OSError:
        return 0.0, 0.0
    return int(ran) / 1e9, int(waited) / 1e9
