"""One visit: a person at a terminal, from signing in to leaving.

Two things go on at once: lines that the person enters become calls of the SDK, and what happens is shown above them.
What stands in the open conversation is shown from its log, each item once and in order, whoever wrote it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from messaging.chat import board, relating, rendering
from messaging.chat.catalogue import COMMANDS, Texts
from messaging.chat.consenting import consent, withdraw
from messaging.chat.console import Console, Left
from messaging.chat.person import Person
from messaging.chat.seating import admit, agrees, take_seat
from messaging.chat.shown import on_one_line, safe
from messaging.chat.telltale import telltales
from messaging.demo.door import NoDemo
from pli_client import (
    AuthorAlarm,
    Client,
    DeskChanged,
    EventsLost,
    Happening,
    Mailbox,
    Message,
    Note,
    PeerRead,
    RosterAlarm,
    SeatAsked,
    SendRefused,
    Thread,
    VaultAlarm,
)
from pli_client.errors import (
    ClientError,
    E2EEError,
    Ended,
    PeerBeginsAnew,
    ProblemError,
    ResetAwaited,
    Stopped,
    TimedOut,
    Unreachable,
)

_TICK_S: Final = 0.3
_SHOWN_AT_OPENING: Final = 30
_REASON_CHARS: Final = 200


class Visit:
    """Use `run`, once."""

    def __init__(self, client: Client, person: Person, console: Console, say: Texts) -> None:
        self.client = client
        self.person = person
        self.console = console
        self.say = say
        self.open: Thread | None = None
        self._shown_seq = 0
        self._stop_told = False
        self._numbers: list[bytes] = []
        self._sending: set[asyncio.Task[None]] = set()
        self.kept = 0
        """Messages that were not confirmed when the person left; the device keeps them."""
        self._reading_tasks: set[asyncio.Task[None]] = set()
        self._online = True

    async def run(self) -> None:
        """Until the person leaves. Raises: Ended, when the service ended it for good."""
        mailbox = await take_seat(self.client, self.console, self.say)
        if mailbox is None:
            return
        self.console.show(self.say("welcome", name=safe(self.person.card["name"]), mailbox=self._party(mailbox)))
        await self._threads("")
        background = [asyncio.create_task(self._hear()), asyncio.create_task(self._tick())]
        reading = asyncio.create_task(self._read_lines())
        try:
            done, _ = await asyncio.wait((reading, *background), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                with contextlib.suppress(Left):
                    task.result()
        finally:
            self.kept = len(self._sending)
            for task in (reading, *background, *self._sending):
                task.cancel()
            await asyncio.gather(reading, *background, *self._sending, return_exceptions=True)

    async def guarded(self, doing: Awaitable[None]) -> None:
        """Does something for the person; what goes wrong is told, and ends nothing."""
        try:
            await doing
        except ProblemError as error:
            self.console.show(self.say("refused", title=safe(error.problem.title)))
        except (TimedOut, Unreachable, NoDemo):
            self.console.show(self.say("unreachable"))
        except Stopped as error:
            self._tell_stop(error.reason)
        except ResetAwaited:
            self.console.show(self.say("reset_awaited"))
        except PeerBeginsAnew:
            self.console.show(self.say("peer_begins_anew"))
        except Ended:
            raise
        except (ClientError, E2EEError) as error:
            self.console.show(self.say("failed", reason=on_one_line(str(error), _REASON_CHARS)))

    # what the person enters

    async def _read_lines(self) -> None:
        while True:
            line = (await self.console.line()).strip()
            if line.startswith("/"):
                name, _, rest = line[1:].partition(" ")
                name = COMMANDS.get(name, name)
                if name == "quit":
                    return
                command = _COMMANDS.get(name)
                if command is None:
                    self.console.show(self.say("unknown_command"))
                else:
                    await self.guarded(command(self, rest.strip()))
            elif line:
                await self._enter(line)

    async def _enter(self, text: str) -> None:
        if self.open is None:
            self.console.show(self.say("none_open"))
        elif await self.may_send(text, revealed=self.open.revealed):
            task = asyncio.create_task(self.guarded(self._send(self.open, text)))
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)

    async def may_send(self, text: str, *, revealed: bool) -> bool:
        """Warns of what would give the person away, and leaves it to them."""
        found = [] if revealed else telltales(text, [self.person.card["name"]])
        if not found:
            return True
        what = self.say("and").join(self.say(f"telltale_{kind}") for kind in found)
        if await self.agrees(self.say("telltale", what=what)):
            return True
        self.console.show(self.say("not_sent"))
        return False

    async def agrees(self, question: str) -> bool:
        return await agrees(self.console, self.say, question)

    async def _send(self, thread: Thread, text: str) -> None:
        """The message is shown when it stands in the log; the SDK keeps it until then."""
        try:
            await thread.send(text)
        except TimedOut:
            self.console.show(self.say("kept"))
        self.show_new()

    async def _help(self, _: str) -> None:
        self.console.show(self.say("help"))

    async def _threads(self, _: str) -> None:
        threads = self.client.threads
        self._numbers = [thread.id for thread in threads]
        if not threads:
            self.console.show(self.say("no_threads"))
        for number, thread in enumerate(threads, 1):
            await thread.load()
            self.console.show(rendering.listed(number, thread, self.say))

    def number_of(self, thread: bytes) -> int:
        """By which a conversation is opened; one that has none yet gets the next."""
        if thread not in self._numbers:
            self._numbers.append(thread)
        return self._numbers.index(thread) + 1

    async def _open(self, rest: str) -> None:
        known = {str(number): thread for number, thread in enumerate(self._numbers, 1)}
        if not rest and len(known) == 1:
            rest = "1"
        if rest not in known:
            self.console.show(self.say("no_such_thread", number=safe(rest)))
            return
        await self.enter_thread(self.client.thread(known[rest]))

    async def enter_thread(self, thread: Thread) -> None:
        """Makes it the open conversation, and shows its end."""
        await thread.load()
        self.open, self._stop_told = thread, False
        seqs = [item.seq for item in thread.items]
        self._shown_seq = seqs[-_SHOWN_AT_OPENING - 1] if len(seqs) > _SHOWN_AT_OPENING else 0
        self.console.show(self.say("opened", peer=rendering.peer(thread, self.say)))
        if thread.peer.words:
            self.console.show(self.say("peer_words", words=safe(thread.peer.words)))
        self.show_new()

    async def _write(self, _: str) -> None:
        listings = self.person.listings
        if not listings:
            self.console.show(self.say("no_listings"))
            return
        for number, listing in enumerate(listings, 1):
            self.console.show(self.say("listing_line", number=number, title=safe(listing.title)))
        chosen = await self.console.answer(self.say("which_listing"))
        if not chosen.isdecimal() or not 1 <= int(chosen) <= len(listings):
            self.console.show(self.say("not_sent"))
            return
        text = await self.console.answer(self.say("first_message"))
        if not text or not await self.may_send(text, revealed=False):
            return
        thread = await self.client.mailboxes[0].open(listings[int(chosen) - 1].target, text)
        self._numbers = [each.id for each in self.client.threads]
        await self.enter_thread(thread)

    async def _cards(self, _: str) -> None:
        async def show(thread: Thread) -> None:
            lines = rendering.cards(tuple(thread.cards), self.say) or [self.say("no_cards")]
            self.console.show("\n".join(lines))

        await self.with_open(show)

    async def _words(self, _: str) -> None:
        async def show(thread: Thread) -> None:
            self.console.show(f"{rendering.words(thread.words)}\n{self.say('words_advice')}")

        await self.with_open(show)

    async def _note(self, text: str) -> None:
        async def keep(thread: Thread) -> None:
            if not text:
                self.console.show(self.say("note_empty"))
                return
            await self.client.mailbox(thread.mailbox).desk.note(thread.id, text)
            self.console.show(self.say("note_kept"))

        await self.with_open(keep)

    async def _seats(self, _: str) -> None:
        await admit(self)

    async def with_open(self, doing: Callable[[Thread], Awaitable[None]]) -> None:
        if self.open is None:
            self.console.show(self.say("none_open"))
        else:
            await doing(self.open)

    # what happens

    async def _hear(self) -> None:
        async for event in self.client.events():
            self._happened(event)

    async def _tick(self) -> None:
        """What no event tells: the line came or went, and one's own messages stand in the log."""
        while True:
            await asyncio.sleep(_TICK_S)
            if self.client.connected != self._online:
                self._online = self.client.connected
                self.console.show(self.say("online" if self._online else "offline"))
            self.show_new()

    def _happened(self, event: Happening) -> None:
        match event:
            case Message():
                self._message(event)
            case PeerRead():
                if self.open is not None and event.thread == self.open.id:
                    self.console.show(self.say("peer_read"))
            case DeskChanged(content=Note(text=text)):
                self.console.show(self.say("colleague_note", text=safe(text)))
            case SeatAsked():
                self.console.show(self.say("seat_asked"))
            case SendRefused():
                self.console.show(self.say("refused", title=safe(event.problem.title)))
            case RosterAlarm() | AuthorAlarm() | VaultAlarm():
                self.console.show(self.say("alarm", reason=on_one_line(str(event.reason), _REASON_CHARS)))
            case EventsLost():
                self.console.show(self.say("lost", count=event.count))
            case _:
                self.show_new()

    def _message(self, message: Message) -> None:
        if self.open is not None and message.thread == self.open.id:
            self.show_new()
            return
        threads = [thread.id for thread in self.client.threads]
        self._numbers += [thread for thread in threads if thread not in self._numbers]
        if not message.own and message.thread in self._numbers:
            name = rendering.peer(self.client.thread(message.thread), self.say)
            number = self.number_of(message.thread)
            self.console.show(self.say("message_elsewhere", number=number, peer=name))

    def show_new(self) -> None:
        """Whatever the log of the open conversation holds beyond what was shown; a person saw it then."""
        thread = self.open
        if thread is None:
            return
        new = [item for item in thread.items if item.seq > self._shown_seq]
        for item in new:
            self._shown_seq = item.seq
            self.console.show(rendering.item(item, thread, self._mailbox(thread), self.say))
        if any(isinstance(item, Message) and not item.own for item in new) and not thread.hidden:
            task = asyncio.create_task(self._read(thread))
            self._reading_tasks.add(task)
            task.add_done_callback(self._reading_tasks.discard)
        if thread.stopped is not None:
            self._tell_stop(thread.stopped)

    async def _read(self, thread: Thread) -> None:
        with contextlib.suppress(ClientError):
            await thread.read()

    def _tell_stop(self, reason: Exception) -> None:
        if not self._stop_told:
            self._stop_told = True
            self.console.show(self.say("stopped", reason=on_one_line(str(reason), _REASON_CHARS)))

    def _mailbox(self, thread: Thread) -> Mailbox | None:
        return next((mailbox for mailbox in self.client.mailboxes if mailbox.id == thread.mailbox), None)

    def _party(self, mailbox: Mailbox) -> str:
        return rendering.role(mailbox.view.role, self.say)


def _with_open(doing: Callable[[Visit, Thread], Awaitable[None]]) -> "_Entered":
    """A command about the open conversation."""

    async def command(visit: Visit, _: str) -> None:
        await visit.with_open(lambda thread: doing(visit, thread))

    return command


_Entered = Callable[[Visit, str], Awaitable[None]]
_COMMANDS: Final[Mapping[str, _Entered]] = MappingProxyType(
    {
        "help": Visit._help,
        "threads": Visit._threads,
        "open": Visit._open,
        "board": board.show,
        "write": Visit._write,
        "card": _with_open(consent),
        "withdraw": _with_open(withdraw),
        "propose": _with_open(relating.propose),
        "close": _with_open(relating.close),
        "reopen": _with_open(relating.reopen),
        "block": _with_open(relating.block),
        "unblock": _with_open(relating.unblock),
        "cards": Visit._cards,
        "words": Visit._words,
        "note": Visit._note,
        "seats": Visit._seats,
    }
)
