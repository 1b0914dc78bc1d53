"""A service restored from a real backup: what it lost is told, and sent again by who still has it; and one that lies.

The backup is the database itself: on SQLite the file, copied while the service is stopped; on PostgreSQL a database
made of the other as its template. Behind a proxy the clients stay up all the while, as phones do.
"""

import asyncio
import contextlib
import dataclasses
import shutil
import sqlite3
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text as sql
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from messaging.e2ee.errors import Fork, Rollback
from messaging.e2ee.restored import Restored
from messaging.services import restoring
from messaging.store.beat import BeatFile
from pli_client import (
    Client,
    MemoryStorage,
    Message,
    NotRendered,
    ServiceLost,
    Storage,
    Thread,
    VaultRestored,
)
from pli_client.errors import Stopped, ThreadGone
from pli_client.log import ThreadLog
from tests.sdk.people import Person, Place, first, place
from tests.sdk.proxy import Proxy, proxy_to
from tests.support.server import RunningService, running_service
from tests.support.waiting import until

pytestmark = pytest.mark.slow


def texts(thread: Thread) -> list[str | None]:
    return [message.text for message in thread.messages]


async def hears(me: Client, *lines: str) -> None:
    """Waits for the messages with these texts, in this order; whatever else happens is passed over."""
    for line in lines:
        await first(me, Message, partial(_says, line))


def _says(line: str, message: Message) -> bool:
    return message.text == line


class Backups:
    """The backups of one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = make_url(url)
        self._folder = folder

    async def take(self, name: str = "backup") -> None:
        if self._url.get_backend_name() == "sqlite":
            await asyncio.to_thread(_copied, self._file, self._folder / name)
        else:
            await self._admin(f'CREATE DATABASE "{self._url.database}-{name}" TEMPLATE "{self._url.database}"')

    async def put_back(self, name: str = "backup") -> None:
        if self._url.get_backend_name() == "sqlite":
            self._wal.unlink(missing_ok=True)
            shutil.copy(self._folder / name, self._file)
        else:
            await self._admin(f'DROP DATABASE "{self._url.database}"')
            await self._admin(f'CREATE DATABASE "{self._url.database}" TEMPLATE "{self._url.database}-{name}"')

    async def drop(self, name: str = "backup") -> None:
        if self._url.get_backend_name() != "sqlite":
            await self._admin(f'DROP DATABASE IF EXISTS "{self._url.database}-{name}"')

    async def say_so(self) -> None:
        """PostgreSQL: as `pli restored` does. The embedded service notices by itself, by its beat file."""
        if self._url.get_backend_name() != "sqlite":
            await self.change_stream_epoch(2)

    def hide_it(self) -> None:
        if self._url.get_backend_name() == "sqlite":
            BeatFile(self._file).path.unlink()

    async def change_stream_epoch(self, epoch: int) -> None:
        await self.run("UPDATE meta SET stream_epoch = :epoch", epoch=epoch)

    async def run(self, statement: str, **values: object) -> None:
        engine = create_async_engine(self._url)
        async with engine.begin() as connection:
            await connection.execute(sql(statement), values)
        await engine.dispose()

    @property
    def _file(self) -> Path:
        return Path(self._url.database or "")

    @property
    def _wal(self) -> Path:
        return self._file.with_name(self._file.name + "-wal")

    async def _admin(self, statement: str) -> None:
        address = self._url.set(drivername="postgresql", database="postgres")
        connection = await asyncpg.connect(address.render_as_string(hide_password=False))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


def _copied(database: Path, copy: Path) -> None:
    """As `sqlite3 pli.sqlite3 .backup` does."""
    with sqlite3.connect(database) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()


class Town:
    """The service of one database over all its lives, and a proxy before it at which clients stay."""

    def __init__(self, url: str, folder: Path, proxy: Proxy) -> None:
        self.backups = Backups(url, folder)
        self.proxy = proxy
        self.here: Place | None = None
        self.people: dict[str, Person] = {}
        self._url = url
        self._folder = folder
        self._life = contextlib.AsyncExitStack()

    @property
    def place(self) -> Place:
        assert self.here is not None
        return self.here

    @property
    def service(self) -> RunningService:
        return self.place.service

    @property
    def doctor(self) -> Person:
        return self.people["doctor"]

    @property
    def mayor(self) -> Person:
        return self.people["mayor"]

    async def start(self) -> None:
        service = await self._life.enter_async_context(running_service(self._url, self._folder, with_worker=False))
        self.here = await place(service) if self.here is None else dataclasses.replace(self.here, service=service)
        self.people = self.people or {"doctor": self.here.doctor(), "mayor": self.here.mayor()}
        for person in self.people.values():
            person.place = self.here
        self.proxy.port = service.port
        self.proxy.accepting = True

    async def stop(self) -> None:
        self.proxy.accepting = False
        self.proxy.cut()
        await self._life.aclose()

    async def back_up(self) -> None:
        await self.stop()
        await self.backups.take()
        await self.start()

    async def restore(self, *, is_noticed: bool = True) -> None:
        await self.stop()
        await self.backups.put_back()
        if is_noticed:
            await self.backups.say_so()
        else:
            self.backups.hide_it()
        await self.start()

    def client(self, person: Person, device: Storage, *, code: str | None = None) -> Client:
        return person.client(device, url=self.proxy.url, code=code, timeout_s=20.0)


@pytest.fixture
async def town(database_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    async with proxy_to(0) as proxy:
        town = Town(database_url, tmp_path, proxy)
        await town.start()
        try:
            yield town
        finally:
            await town.stop()
            await town.backups.drop()


@contextlib.asynccontextmanager
async def talking(
    town: Town, doctors: Storage | None = None, mayors: Storage | None = None
) -> AsyncIterator[tuple[Client, Client, Thread]]:
    """The doctor and the mayor in one conversation of one message, both on line."""
    async with (
        town.client(town.mayor, mayors or MemoryStorage()) as mayor,
        town.client(town.doctor, doctors or MemoryStorage()) as doctor,
    ):
        await mayor.found(town.place.town)
        thread = await (await doctor.found(town.place.project)).open(town.place.listing, "un")
        await first(mayor, Message)
        yield mayor, doctor, thread


async def test_what_was_lost_is_told_and_sent_again(town: Town) -> None:
    async with talking(town) as (mayor, doctor, thread):
        await thread.send("avant la sauvegarde")
        await town.back_up()
        await thread.send("perdu")
        await first(mayor, Message, lambda message: message.text == "perdu")
        await mayor.thread(thread.id).send("réponse perdue")
        await first(doctor, Message)
        await town.restore()
        lost, theirs = await first(doctor, ServiceLost), await first(mayor, ServiceLost)
        assert (lost.thread, lost.from_seq, lost.to_seq, lost.is_whole) == (thread.id, 4, 5, False)
        assert [each.text for each in lost.own] == ["perdu"]
        assert (theirs.from_seq, theirs.to_seq) == (4, 5)
        assert [each.text for each in theirs.own] == ["réponse perdue"]
        assert texts(thread) == ["un", "avant la sauvegarde"]
        assert await doctor.send_again(lost) is doctor.thread(thread.id)
        again = await first(mayor, Message)
        assert (again.text, again.msg_id) == ("perdu", lost.own[0].msg_id)
        await mayor.send_again(theirs)
        assert (await first(doctor, Message)).text == "réponse perdue"
        assert not doctor.lost
        assert not mayor.lost
        await thread.send("et la suite")
        await first(mayor, Message)
        expected = ["un", "avant la sauvegarde", "perdu", "réponse perdue", "et la suite"]
        assert texts(thread) == texts(mayor.thread(thread.id)) == expected


async def test_nothing_was_lost_and_nothing_is_told(town: Town) -> None:
    async with talking(town) as (mayor, doctor, thread):
        await town.back_up()
        await town.restore()
        await thread.send("deux")
        assert (await first(mayor, Message)).text == "deux"
        assert texts(thread) == ["un", "deux"]
        assert not doctor.lost
        assert not mayor.lost


async def test_devices_that_were_off_learn_it_when_they_come_back(town: Town) -> None:
    doctors, mayors = MemoryStorage(), MemoryStorage()
    async with talking(town, doctors, mayors) as (_, doctor, thread):
        pass
    await town.back_up()
    async with town.client(town.doctor, doctors) as doctor, town.client(town.mayor, mayors) as mayor:
        await doctor.thread(thread.id).send("perdu")
        await hears(mayor, "perdu")
    await town.restore()
    async with town.client(town.doctor, doctors) as doctor, town.client(town.mayor, mayors) as mayor:
        lost = await first(doctor, ServiceLost)
        assert [each.text for each in lost.own] == ["perdu"]
        assert lost.from_seq <= 3 == lost.to_seq
        assert (await first(mayor, ServiceLost)).own == ()
    async with town.client(town.doctor, doctors) as doctor, town.client(town.mayor, mayors) as mayor:
        (still,) = doctor.lost
        assert still == lost
        assert not mayor.lost
        await doctor.send_again(still)
        await hears(mayor, "perdu")
    async with town.client(town.doctor, doctors) as doctor, town.client(town.mayor, mayors) as mayor:
        assert not doctor.lost
        await mayor.thread(thread.id).send("bien reçu")
        assert (await first(doctor, Message)).text == "bien reçu"


async def test_a_device_ahead_in_two_conversations_is_told_of_both(town: Town) -> None:
    other = await town.service.register_target("other listing", "town")
    async with talking(town) as (mayor, doctor, thread):
        second = await doctor.mailbox(town.place.project).open(other, "autre annonce")
        await first(mayor, Message)
        await town.back_up()
        await thread.send("perdu ici")
        await second.send("perdu là")
        await second.send("et là")
        await town.restore()
        told = {each.thread: each for each in [await first(doctor, ServiceLost) for _ in range(2)]}
        assert [each.text for each in told[thread.id].own] == ["perdu ici"]
        assert [each.text for each in told[second.id].own] == ["perdu là", "et là"]
        for lost in told.values():
            await doctor.send_again(lost)
        await until(lambda: sum(len(each.messages) for each in mayor.threads) == 5)
        assert texts(mayor.thread(second.id)) == ["autre annonce", "perdu là", "et là"]


@pytest.mark.parametrize("first_back", ["the one who is less ahead", "the one who is more ahead"])
async def test_two_who_were_ahead_by_different_amounts_both_understand(town: Town, first_back: str) -> None:
    doctors, mayors = MemoryStorage(), MemoryStorage()
    async with talking(town, doctors, mayors) as (_, doctor, thread):
        pass
    await town.back_up()
    async with town.client(town.doctor, doctors) as doctor:
        async with town.client(town.mayor, mayors) as mayor:
            await doctor.thread(thread.id).send("vu par les deux")
            await hears(mayor, "vu par les deux")
        await doctor.thread(thread.id).send("vu par un seul")
    await town.restore()
    order = [(town.mayor, mayors), (town.doctor, doctors)]
    if first_back == "the one who is more ahead":
        order.reverse()
    async with contextlib.AsyncExitStack() as stack:
        back = [await stack.enter_async_context(town.client(*each)) for each in order]
        told = {(await first(me, ServiceLost)).to_seq for me in back}
        assert told == {3, 4}
        doctor = back[order.index((town.doctor, doctors))]
        mayor = back[order.index((town.mayor, mayors))]
        assert texts(doctor.thread(thread.id)) == texts(mayor.thread(thread.id)) == ["un"]
        await doctor.send_again(doctor.lost[0])
        await hears(mayor, "vu par les deux", "vu par un seul")


async def test_who_comes_back_when_the_conversation_went_on_understands_too(town: Town) -> None:
    """By then the new log is longer than the old one was: it is not shorter, it is another one."""
    doctors, mayors = MemoryStorage(), MemoryStorage()
    async with talking(town, doctors, mayors) as (_, doctor, thread):
        pass
    await town.back_up()
    async with town.client(town.mayor, mayors) as mayor:
        async with town.client(town.doctor, doctors) as doctor:
            await doctor.thread(thread.id).send("perdu")
            await hears(mayor, "perdu")
        await town.restore()
        await first(mayor, ServiceLost)
        for n in range(4):
            await mayor.thread(thread.id).send(f"nouveau {n}")
        async with town.client(town.doctor, doctors) as doctor:
            lost = await first(doctor, ServiceLost)
            assert [each.text for each in lost.own] == ["perdu"]
            assert [(await first(doctor, Message)).text for _ in range(4)] == [f"nouveau {n}" for n in range(4)]
            await doctor.send_again(lost)
            await hears(mayor, "perdu")


async def test_what_was_on_its_way_arrives_once_and_readable(town: Town) -> None:
    """Sealed on the history that was lost, and not acked: it is sealed again, without the sender doing anything."""
    async with talking(town) as (mayor, _, thread):
        await town.back_up()
        await thread.send("perdu")
        await town.stop()
        sending = [asyncio.create_task(thread.send(f"en route {n}")) for n in range(3)]
        await asyncio.sleep(0.2)
        await town.restore()
        await asyncio.gather(*sending)
        await until(lambda: len(mayor.thread(thread.id).messages) == 4)
        assert texts(mayor.thread(thread.id)) == ["un", *(f"en route {n}" for n in range(3))] == texts(thread)
        assert not [item for item in mayor.thread(thread.id).items if isinstance(item, NotRendered)]


async def test_a_conversation_that_is_gone_is_begun_again_by_who_opened_it(town: Town) -> None:
    doctors, mayors = MemoryStorage(), MemoryStorage()
    async with town.client(town.mayor, mayors) as mayor, town.client(town.doctor, doctors) as doctor:
        await mayor.found(town.place.town)
        project = await doctor.found(town.place.project)
        await town.back_up()
        await until(lambda: doctor.connected and mayor.connected)
        thread = await project.open(town.place.listing, "un")
        await thread.send("deux")
        await first(mayor, Message, lambda message: message.text == "deux")
        await mayor.thread(thread.id).send("trois")
        await first(doctor, Message)
        await town.stop()
        sending = [asyncio.create_task(thread.send("quatre")), asyncio.create_task(thread.ask())]
        await asyncio.sleep(0.2)
        await town.restore()
        lost, theirs = await first(doctor, ServiceLost), await first(mayor, ServiceLost)
        assert lost.is_whole
        assert [each.text for each in lost.own] == ["un", "deux", "quatre"]
        assert not doctor.threads
        for gone in await asyncio.gather(*sending, return_exceptions=True):
            assert isinstance(gone, ThreadGone)
        assert await doctors.names("outbox.") == []
        with pytest.raises(ThreadGone):
            await mayor.send_again(theirs)
        begun = await doctor.send_again(lost)
        await hears(mayor, "un", "deux", "quatre")
        await mayor.let_go(theirs)
        assert texts(begun) == ["un", "deux", "quatre"]
        assert not doctor.lost
        assert not mayor.lost


async def test_the_vault_is_made_whole_from_the_device_that_had_more(town: Town) -> None:
    doctors, phone = MemoryStorage(), MemoryStorage()
    async with town.client(town.doctor, doctors):
        pass
    await town.back_up()
    async with town.client(town.doctor, doctors) as doctor:
        await doctor.found(town.place.project)
        seen = doctor._running.runtime.keeper.device.vault_version
        assert seen > 1
    await town.restore()
    async with town.client(town.doctor, doctors) as doctor:
        assert (await first(doctor, VaultRestored)).version == seen
    async with town.client(town.doctor, doctors) as doctor:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await first(doctor, VaultRestored)
    async with town.client(town.doctor, phone, code=town.doctor.codes[0]) as doctor:
        assert doctor._running.runtime.keeper.pin("roster", town.place.project) is not None


async def test_without_another_stream_epoch_it_is_a_rollback(town: Town) -> None:
    async with talking(town) as (_, doctor, thread):
        await town.back_up()
        await thread.send("perdu")
        await town.restore(is_noticed=False)
        stopped = await first(doctor, NotRendered)
        assert isinstance(stopped.reason, Rollback)
        with pytest.raises(Stopped):
            await thread.send("encore")


async def test_a_service_that_lies_about_a_backup_does_not_do_so_unseen(town: Town) -> None:
    """Nothing was restored: it drops what it acknowledged, and says that it was."""
    async with talking(town) as (_, doctor, thread):
        await thread.send("encombrant")
        dropped = thread.follower.log
        await town.stop()
        await town.backups.change_stream_epoch(7)
        await cut_back(town, dropped, 2)
        await town.start()
        lost = await first(doctor, ServiceLost)
        assert [each.text for each in lost.own] == ["encombrant"]
        assert (lost.from_seq, lost.to_seq) == (3, dropped.seq)


@pytest.mark.attack("explains a second loss by an old word of a backup")
async def test_a_lie_explains_once(town: Town) -> None:
    """The event of a restore that was is no explanation for what is dropped later."""
    doctors = MemoryStorage()
    async with talking(town, doctors) as (_, doctor, thread):
        await town.back_up()
        for n in range(5):
            await thread.send(f"perdu {n}")
        await town.restore()
        await first(doctor, ServiceLost)
        await thread.send("après")
        log = thread.follower.log
    await town.stop()
    await cut_back(town, log, log.seq - 1)
    await town.start()
    async with town.client(town.doctor, doctors) as doctor:
        again = doctor.thread(thread.id)
        await until(lambda: again.stopped is not None)
        assert isinstance(again.stopped, Rollback)


@pytest.mark.attack("explains less than it drops")
async def test_an_explanation_of_less_than_was_seen_is_a_rollback(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    async with talking(town) as (_, doctor, thread):
        await thread.send("encombrant")
        await thread.send("encombrant aussi")
        log = thread.follower.log
        await town.stop()
        await town.backups.change_stream_epoch(7)
        await cut_back(town, log, 2)

        def less(old_seq: int, _: bytes, old: int, new: int) -> Restored:
            return Restored(old_seq - 1, log._chain.head_at(old_seq - 1), old, new)

        monkeypatch.setattr(restoring, "Restored", less)
        await town.start()
        assert isinstance((await first(doctor, NotRendered)).reason, Rollback | Fork)
        assert not doctor.lost


async def cut_back(town: Town, log: ThreadLog, seq: int) -> None:
    """Drops what a thread's log has after `seq`, as a service can that owns the database and the stamp key."""
    thread, head = log.side.thread, log._chain.head_at(seq)
    await town.backups.run("DELETE FROM events WHERE thread = :thread AND seq > :seq", thread=thread, seq=seq)
    change = "UPDATE threads SET head_seq = :seq, head = :head WHERE thread = :thread"
    await town.backups.run(change, thread=thread, seq=seq, head=head)
