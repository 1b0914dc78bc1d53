"""The admin socket: how a command reaches into the one process that has the SQLite file open.

A UNIX socket `admin.sock` in the data folder, mode 0600, for the service's own user and root; nothing listens on the
network. One connection carries one operation, as lines of JSON:

    command -> service   {"operation": "keys.rotate", "database": "/srv/pli/pli.sqlite3", "arguments": {...}}
    service -> command   {"t": "said", "text": "..."}            any number of times
    service -> command   {"t": "done", "answer": {...}}          or {"t": "failed", "problem": "..."}

A command that goes away does not stop what it began; the end of the service does.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Raw, Struct

from messaging.app import Service
from messaging.config import Settings
from messaging.domain.errors import PliError
from messaging.keys import KeyFileError
from messaging.operations import local_socket
from messaging.operations.catalogue import CATALOGUE
from messaging.operations.operation import Operation, OperationFailed, Say, Workplace
from messaging.store import StoreError
from messaging.store.address import parse

log = logging.getLogger("pli.admin")

A = TypeVar("A", bound=Struct)
R = TypeVar("R", bound=Struct)

_NAME: Final = "admin.sock"
_REQUEST_S: Final = 5.0
_CONNECTIONS_MAX: Final = 8


class _Request(Struct):
    operation: str
    database: str
    arguments: Raw


class _Said(Struct, tag_field="t", tag="said"):
    text: str


class _Done(Struct, tag_field="t", tag="done"):
    answer: Raw


class _Failed(Struct, tag_field="t", tag="failed"):
    problem: str


_request: Final = msgspec.json.Decoder(_Request)
_reply: Final = msgspec.json.Decoder(_Said | _Done | _Failed)
_REFUSED: Final = (OperationFailed, StoreError, KeyFileError, PliError)


class NobodyAnswers(Exception):
    """No service listens on the admin socket."""


@contextlib.asynccontextmanager
async def answering(service: Service) -> AsyncIterator[None]:
    """Answers commands while the service runs. Only where they could not open the store themselves: on SQLite."""
    if not service.settings.embedded:
        yield
        return
    desk = _Desk(service)
    listener = local_socket.listen(_path(service.settings))
    server = await asyncio.start_unix_server(desk.serve, sock=listener, limit=local_socket.line_bytes_max)
    try:
        yield
    finally:
        server.close()
        await desk.close()
        _path(service.settings).unlink(missing_ok=True)


async def ask(settings: Settings, operation: Operation[A, R], arguments: A, say: Say) -> R:
    """Has the running service carry out an operation.

    Raises: NobodyAnswers; OperationFailed, with what the service says.
    """
    try:
        reader, writer = await local_socket.connect(_path(settings))
    except OSError as error:
        raise NobodyAnswers(str(error)) from error
    try:
        request = _Request(operation.name, _database(settings), Raw(msgspec.json.encode(arguments)))
        writer.write(msgspec.json.encode(request) + b"\n")
        await writer.drain()
        while line := await reader.readline():
            match _reply.decode(line):
                case _Said(text):
                    say(text)
                case _Done(answer):
                    return msgspec.json.decode(answer, type=operation.answers)
                case _Failed(problem):
                    raise OperationFailed(problem)
    except (ConnectionError, msgspec.DecodeError) as error:
        raise OperationFailed(f"The running service broke off ({type(error).__name__}). Look into its log.") from error
    finally:
        writer.close()
    raise OperationFailed("The running service ended before it was done. Start it, and run the command again.")


class _Desk:
    """Serves the connections of one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._running: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection. Its operation runs in a task that the connection's end does not end."""
        task = asyncio.create_task(self._answer(reader, writer))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.wait({task})

    async def close(self) -> None:
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def put(struct: Struct) -> None:
            if not writer.is_closing():
                writer.write(msgspec.json.encode(struct) + b"\n")

        try:
            put(await self._carried_out(reader, writer, lambda text: put(_Said(text))))
        except _REFUSED as refusal:
            put(_Failed(str(refusal)))
        except asyncio.CancelledError:
            put(_Failed("The service is stopping. Start it, and run the command again."))
            raise
        except Exception as error:
            log.exception("an operation failed")
            put(_Failed(f"{type(error).__name__}: look into the service's log."))
        finally:
            writer.close()

    async def _carried_out(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, say: Say) -> _Done:
        """Raises: OperationFailed and what the operation raises."""
        if not local_socket.is_own(writer):
            raise OperationFailed("The admin socket is for the service's own user.")
        if len(self._running) > _CONNECTIONS_MAX:
            raise OperationFailed("Too many commands at once. Wait for the others to end.")
        request = await _read(reader)
        operation = CATALOGUE.get(request.operation)
        if operation is None:
            raise OperationFailed("The running service is of another version. Restart it, and run the command again.")
        if request.database != _database(self._service.settings):
            raise OperationFailed(
                "The service that runs in this data folder has another database. Check PLI_DATA_DIR and "
                "PLI_DATABASE_URL."
            )
        try:
            arguments = msgspec.json.decode(request.arguments, type=operation.asks)
        except msgspec.ValidationError as error:
            raise OperationFailed(f"The service does not understand the command: {error}") from error
        log.info("an operator runs %s", operation.name)
        answer = await operation.work(self._workplace(say), arguments)
        return _Done(Raw(msgspec.json.encode(answer)))

    def _workplace(self, say: Say) -> Workplace:
        context = self._service.context
        return Workplace(
            settings=self._service.settings,
            store=self._service.store,
            clock=context.clock,
            entropy=context.entropy,
            say=say,
            service=self._service,
        )


async def _read(reader: asyncio.StreamReader) -> _Request:
    """Raises: OperationFailed."""
    try:
        async with asyncio.timeout(_REQUEST_S):
            return _request.decode(await reader.readline())
    except (TimeoutError, ValueError) as error:  # a line that is too long, or no such document
        raise OperationFailed("That was no command.") from error


def _path(settings: Settings) -> Path:
    return settings.data_dir / _NAME


def _database(settings: Settings) -> str:
    return str(parse(settings.database_url).file.resolve())
