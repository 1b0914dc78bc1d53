"""All that the process logs, at the level that tells most."""

import contextlib
import logging
from collections.abc import Iterator

from messaging import logs
from tests.equality.script import Script
from tests.equality.tap import Tap


@contextlib.contextmanager
def log_tap(script: Script) -> Iterator[Tap]:
    """Records every line, tracebacks included, as `PLI_LOG_LEVEL=DEBUG` writes it."""
    tap, root, own = Tap(script), logging.getLogger(), logging.getLogger(logs.OWN)
    handler, before = _LogTap(tap), (root.level, own.level)
    root.addHandler(handler)
    logs.configure("DEBUG")
    try:
        yield tap
    finally:
        root.removeHandler(handler)
        root.setLevel(before[0])
        own.setLevel(before[1])


class _LogTap(logging.Handler):
    def __init__(self, tap: Tap) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        self._tap = tap

    def emit(self, record: logging.LogRecord) -> None:
        self._tap.take(f"log {record.name}", self.format(record).encode())
