"""The beat file beside a SQLite database: how far the database was, as somebody outside of it remembers.

The store counts a beat in the database while things are written, and only after that commit writes the same number
here. A database that is behind its file is therefore an older copy: it was restored from a backup, and clients have to
compare everything (`stream_epoch`). Whoever restores the whole folder restores the file too, and runs `pli restored`.
"""

import logging
import os
from pathlib import Path
from typing import Final

import msgspec

log = logging.getLogger("pli.store")

_SUFFIX: Final = ".beat"


class _Document(msgspec.Struct):
    service: bytes
    beat: int


class BeatFile:
    """One database's beat file; mode 0600."""

    def __init__(self, database: Path) -> None:
        self.path: Final = database.with_name(database.name + _SUFFIX)

    def read(self, service_id: bytes) -> int:
        """The beat of this service's database; 0 where there is no file, or one of another database."""
        try:
            document = msgspec.json.decode(self.path.read_bytes(), type=_Document)
        except FileNotFoundError:
            return 0
        except (OSError, msgspec.DecodeError) as error:
            log.warning("the beat file cannot be read (%s); a restored backup may go unnoticed", type(error).__name__)
            return 0
        return document.beat if document.service == service_id else 0

    def write(self, service_id: bytes, beat: int) -> None:
        """Whole or not at all. It is not worth a failure: without it a restored backup goes unnoticed, no more."""
        partial = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(msgspec.json.encode(_Document(service_id, beat)))
                file.flush()
                os.fsync(file.fileno())
            partial.replace(self.path)
        except OSError as error:
            log.warning("the beat file cannot be written (%s); a restored backup may go unnoticed", error.strerror)
