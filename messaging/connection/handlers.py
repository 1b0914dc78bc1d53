"""Which use case carries out which command: one table for the socket (PROTOCOL.md section 4)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from messaging.domain.authorization import Actor
from messaging.ports import Transaction
from messaging.services import consents, notices, ratings, restoring, rotations, sync, thirds, threads
from messaging.services.context import Context
from messaging.services.outcome import Outcome
from messaging.wire.commands import (
    Accept,
    ConsentGive,
    Consents,
    ConsentWithdraw,
    DeskPull,
    DeskPut,
    Invite,
    Notice,
    Open,
    Pull,
    Rate,
    Read,
    RestoreClaim,
    Rotate,
    Share,
    Threads,
    Wraps,
)
from messaging.wire.events import AnyDown, CardsList, DeskAck, DeskEntries, Events, Ok, ThreadsPage, WrapsList

Command = Any
"""A decoded struct; the table's key is its type, so each handler gets its own."""


@dataclass(frozen=True, slots=True)
class Write:
    """A use case that changes something: its own transaction, then publication."""

    run: Callable[[Transaction, Actor, Command, Context], Awaitable[Outcome[Any]]]


@dataclass(frozen=True, slots=True)
class Query:
    """A use case that only reads."""

    run: Callable[[Transaction, Actor, Command, Context], Awaitable[AnyDown]]


async def _read(tx: Transaction, actor: Actor, command: Read, context: Context) -> Outcome[Ok]:
    return await sync.read(tx, actor, command, context.clock())


async def _share(tx: Transaction, actor: Actor, command: Share, context: Context) -> Outcome[Ok]:
    return await thirds.share(tx, actor, command)


async def _desk_put(tx: Transaction, actor: Actor, command: DeskPut, context: Context) -> Outcome[DeskAck]:
    return await sync.desk_put(tx, actor, command, context.clock())


async def _threads(tx: Transaction, actor: Actor, command: Threads, context: Context) -> ThreadsPage:
    return await sync.threads(tx, actor, command, context.clock())


async def _pull(tx: Transaction, actor: Actor, command: Pull, context: Context) -> Events:
    return await sync.pull(tx, actor, command)


async def _wraps(tx: Transaction, actor: Actor, command: Wraps, context: Context) -> WrapsList:
    return await sync.wraps(tx, actor, command)


async def _desk_pull(tx: Transaction, actor: Actor, command: DeskPull, context: Context) -> DeskEntries:
    return await sync.desk_pull(tx, actor, command)


async def _consents(tx: Transaction, actor: Actor, command: Consents, context: Context) -> CardsList:
    return await consents.list_own(tx, actor, command)


HANDLERS: Final[dict[type, Write | Query]] = {
    Open: Write(threads.open_thread),
    Notice: Write(notices.give),
    Rate: Write(ratings.rate),
    Rotate: Write(rotations.rotate),
    Invite: Write(thirds.invite),
    Accept: Write(thirds.accept),
    Share: Write(_share),
    Read: Write(_read),
    RestoreClaim: Write(restoring.claim),
    DeskPut: Write(_desk_put),
    ConsentGive: Write(consents.give),
    ConsentWithdraw: Write(consents.withdraw),
    Threads: Query(_threads),
    Pull: Query(_pull),
    Wraps: Query(_wraps),
    DeskPull: Query(_desk_pull),
    Consents: Query(_consents),
}
"""Every command but `hello` and `refresh` (the connection's own) and `send` (the writer's)."""
