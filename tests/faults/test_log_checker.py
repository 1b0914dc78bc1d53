"""The controls: the checker that finds nothing after a crash finds every harm that a crash could have done."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from messaging.wire.rest import ServiceInfo
from tests.faults.fleet import Fleet
from tests.faults.log_checker import check_chains, check_facts, check_heard, check_promises
from tests.faults.senders import Key, Promise
from tests.faults.stored_log import copy_sqlite, read_sqlite
from tests.faults.witnesses import Witness
from tests.support.server import running_service

pytestmark = [pytest.mark.faults, pytest.mark.slow]

_NEWEST = "(thread, seq) = (SELECT thread, max(seq) FROM events GROUP BY thread ORDER BY thread LIMIT 1)"
_MIDDLE = "(thread, seq) = (SELECT thread, max(seq) - 2 FROM events GROUP BY thread ORDER BY thread LIMIT 1)"
_FIRST_THREAD = "thread = (SELECT min(thread) FROM threads)"
_DOUBLE = (
    "INSERT INTO events SELECT thread, (SELECT max(seq) FROM events AS all_ WHERE all_.thread = events.thread) + 1,"
    f" at, kind, party, msg_id, payload, proof FROM events WHERE {_MIDDLE}"
)
_HEAD_FOLLOWS = (
    f"UPDATE threads SET head_seq = (SELECT max(seq) FROM events WHERE events.thread = threads.thread)"
    f" WHERE {_FIRST_THREAD}"
)

PROMISE_HARMS = {
    "one row deleted": [f"DELETE FROM events WHERE {_MIDDLE}"],
    "the newest row deleted, and the head moved back": [f"DELETE FROM events WHERE {_NEWEST}", _HEAD_FOLLOWS],
    "one row doubled": [_DOUBLE, _HEAD_FOLLOWS],
    "one seq changed": [f"UPDATE events SET seq = seq + 1000 WHERE {_NEWEST}"],
    "two rows swapped": [
        f"UPDATE events SET seq = -seq WHERE {_MIDDLE} OR {_NEWEST}",
        "UPDATE events SET seq = (SELECT -sum(both.seq) FROM events AS both WHERE both.seq < 0) + seq WHERE seq < 0",
    ],
    "other bytes": [f"UPDATE events SET payload = randomblob(length(payload)) WHERE {_MIDDLE}"],
    "a message that nobody sent": [
        _DOUBLE,
        f"UPDATE events SET msg_id = randomblob(16) WHERE {_NEWEST}",
        _HEAD_FOLLOWS,
    ],
}
CHAIN_HARMS = {
    "other bytes": PROMISE_HARMS["other bytes"],
    "two rows swapped": PROMISE_HARMS["two rows swapped"],
    "another time": [f"UPDATE events SET at = at + 1 WHERE {_MIDDLE}"],
    "another party": [f"UPDATE events SET party = 1 - party WHERE {_MIDDLE}"],
    "another id": [f"UPDATE events SET msg_id = randomblob(16) WHERE {_MIDDLE}"],
    "another head": [f"UPDATE threads SET head = randomblob(32) WHERE {_FIRST_THREAD}"],
    "another event's stamp": [f"UPDATE events SET proof = (SELECT proof FROM events WHERE {_NEWEST}) WHERE {_MIDDLE}"],
}


@dataclass(frozen=True)
class _Sound:
    """A log in which nothing is wrong, and what was promised of it."""

    database: Path
    event_log: Path
    acked: dict[Key, Promise]
    sent: dict[Key, bytes]
    info: ServiceInfo
    witnesses: list[Witness]

    def harmed(self, statements: list[str], folder: Path) -> Path:
        copy = folder / "harmed.sqlite3"
        shutil.copyfile(self.database, copy)
        with closing(sqlite3.connect(copy)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        return copy


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sound(tmp_path_factory: pytest.TempPathFactory) -> _Sound:
    folder = tmp_path_factory.mktemp("sound")
    database, event_log = folder / "pli.sqlite3", folder / "events.jsonl"
    async with running_service(f"sqlite+aiosqlite:///{database}", folder) as running:
        info = running.service.info()
        fleet = await Fleet.made([running], info.service, pairs=1)
        try:
            async with fleet.sending():
                await fleet.acked_more(50)
            await fleet.told(event_log)
        finally:
            await fleet.close()
    return _Sound(copy_sqlite(database, folder / "copy"), event_log, fleet.acked, fleet.sent, info, fleet.witnesses)


def test_a_sound_log_passes(sound: _Sound) -> None:
    log = read_sqlite(sound.database)
    assert not check_promises(log, sound.acked, sound.sent)
    assert not check_chains(log, sound.info)
    assert not check_facts(log, sound.event_log)
    assert not check_heard(log, sound.witnesses)


@pytest.mark.parametrize("harm", PROMISE_HARMS)
def test_a_broken_promise_is_found(sound: _Sound, harm: str, tmp_path: Path) -> None:
    log = read_sqlite(sound.harmed(PROMISE_HARMS[harm], tmp_path))
    assert check_promises(log, sound.acked, sound.sent)


@pytest.mark.parametrize("harm", CHAIN_HARMS)
def test_a_broken_chain_is_found(sound: _Sound, harm: str, tmp_path: Path) -> None:
    log = read_sqlite(sound.harmed(CHAIN_HARMS[harm], tmp_path))
    assert check_chains(log, sound.info)


@pytest.mark.parametrize("harm", ["one row deleted", "one seq changed", "two rows swapped"])
def test_what_was_heard_otherwise_is_found(sound: _Sound, harm: str, tmp_path: Path) -> None:
    assert check_heard(read_sqlite(sound.harmed(PROMISE_HARMS[harm], tmp_path)), sound.witnesses)


def test_what_was_not_heard_is_found(sound: _Sound) -> None:
    deaf = Witness([], sound.witnesses[0].threads)
    deaf.heard = dict(list(sound.witnesses[0].heard.items())[:-1])
    assert len(check_heard(read_sqlite(sound.database), [deaf])) == 1


@pytest.mark.parametrize("missing", ["first", "last", "torn"])
def test_a_lost_fact_is_found(sound: _Sound, missing: str, tmp_path: Path) -> None:
    lines = sound.event_log.read_text().splitlines(keepends=True)
    harmed = {"first": lines[1:], "last": lines[:-1], "torn": [*lines[:3], lines[3][:20], *lines[4:]]}[missing]
    event_log = tmp_path / "events.jsonl"
    event_log.write_text("".join(harmed))
    assert check_facts(read_sqlite(sound.database), event_log)
