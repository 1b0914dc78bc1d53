"""The process's log: the service's own lines at the level that was asked for, of its libraries warnings only.

Libraries tell what passes through them. uvicorn names the address of every WebSocket at INFO and prints its frames,
tickets and messages included, at DEBUG; the SQLite driver prints each statement with its parameters. An operator who
turns the level up wants to know what Pli does, and must not get, by the way, who talks to whom.
"""

import logging

OWN = "pli"
"""The parent of every logger of this package."""


def configure(level: str) -> None:
    """Writes to standard error. `level`: a name of the logging module, in capitals."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger().setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    logging.getLogger(OWN).setLevel(level)
