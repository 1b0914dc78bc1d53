"""The way a command takes to the store.

PostgreSQL: it opens the store itself, beside all other processes. SQLite: through the admin socket of the running
service; where none runs, it opens the file itself, and nobody else can meanwhile.
"""

import asyncio
import os
from pathlib import Path
from typing import Final, TypeVar

from msgspec import Struct

from messaging.app import make_store, system_clock, system_entropy
from messaging.config import Settings
from messaging.operations import admin_socket
from messaging.operations.operation import Operation, OperationFailed, Say, Workplace
from messaging.store.address import parse
from messaging.store.errors import InUse

A = TypeVar("A", bound=Struct)
R = TypeVar("R", bound=Struct)

_PATIENCE_S: Final = 5.0
"""A service that just starts has the file already and no socket yet; another command is soon done."""
_PAUSE_S: Final = 0.1


async def carry_out(settings: Settings, operation: Operation[A, R], arguments: A, say: Say) -> R:
    """Raises: OperationFailed, StoreError, KeyFileError, PliError."""
    if not settings.embedded:
        return await _directly(settings, operation, arguments, say)
    deadline = asyncio.get_running_loop().time() + _PATIENCE_S
    while True:
        try:
            return await admin_socket.ask(settings, operation, arguments, say)
        except admin_socket.NobodyAnswers:
            pass
        try:
            return await _directly(settings, operation, arguments, say)
        except InUse:
            if asyncio.get_running_loop().time() > deadline:
                raise
        await asyncio.sleep(_PAUSE_S)


async def _directly(settings: Settings, operation: Operation[A, R], arguments: A, say: Say) -> R:
    if settings.embedded:
        _check_owner(parse(settings.database_url).file)
    store = make_store(settings)
    await store.start()
    try:
        workplace = Workplace(settings=settings, store=store, clock=system_clock, entropy=system_entropy, say=say)
        return await operation.work(workplace, arguments)
    finally:
        await store.close()


def _check_owner(database: Path) -> None:
    """Files that another user leaves beside the database would lock the service out. Raises: OperationFailed."""
    if database.exists() and database.stat().st_uid != os.geteuid():
        raise OperationFailed(f"{database} belongs to another user. Run this as that user (sudo -u).")
