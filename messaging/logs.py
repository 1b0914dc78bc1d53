"""The process's log: the service's own lines at the level that was asked for, of its libraries warnings only.

Libraries tell what passes through them. uvicorn names the address of every WebSocket at INFO and prints its frames,
tickets and messages included, at DEBUG; the SQLite driver prints each statement with its parameters. An operator who
turns the level up wants to know what Pli does, and must not get, by the way, who talks to whom.
"""

import json
import logging
from datetime import UTC, datetime
from typing import Final

OWN = "pli"
"""The parent of every logger of this package."""

_TEXT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"


class JsonLines(logging.Formatter):
    """One object a line, so that a line break in what is told begins no second one."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"at": at, "level": record.levelname, "logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure(level: str, form: str = "text") -> None:
    """Writes to standard error. `level`: a name of the logging module, in capitals; `form`: `text` or `json`."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter(_TEXT))
    logging.basicConfig(handlers=[handler])
    logging.getLogger().setLevel(max(logging.WARNING, logging.getLevelNamesMapping()[level]))
    logging.getLogger(OWN).setLevel(level)
