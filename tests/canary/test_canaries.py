"""Nothing that a person enters or a device draws is found in what the service keeps, prints, tells or sends.

A deployment of one real process, at its most talkative, serves a whole conversation made of canaries. Then the search
goes through every byte of the database (SQLite: the file and its WAL; PostgreSQL: the whole data folder, with its WAL
and its log), through every value that the database gives out (where a file holds it compressed or split between two
pages), through the service's output, the relation events, and all that it sent to anybody.
"""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import asyncpg
import pytest

from messaging.store import KeyRing
from messaging.store.tables import metadata
from tests.canary.planted import MARKER, SHOWN_MARKER, code_secrets, drawn_secrets, tickets, token_secrets
from tests.canary.scene import Lines, Scene
from tests.canary.search import distinct, forms, search
from tests.faults.proxy import Proxy
from tests.faults.stored_log import copy_sqlite, read_log
from tests.support.postgres import PostgresServer
from tests.support.processes import ServiceProcess, postgres_of_its_own
from tests.support.waiting import until

pytestmark = pytest.mark.slow

Places = list[tuple[str, bytes]]
TOLD_S = 10.0
_REVEALED = b"fr.pli.relation.identities.revealed"


async def test_nothing_is_found_with_sqlite(sqlite_url: str, tmp_path: Path) -> None:
    folder = Path(sqlite_url.partition(":///")[2]).parent
    async with ServiceProcess(sqlite_url, tmp_path / "service", log_level="DEBUG") as service:
        async with played(service) as (scene, lines):
            live = files(folder, "pli.sqlite3*")
            await service.terminate()
        places = live + files(folder, "pli.sqlite3*") + sqlite_values(folder, tmp_path)
        await look_through(service, scene, lines, places, tmp_path)
    control = sqlite_control(folder / "pli.sqlite3")
    assert_all_found(control, files(folder, "pli.sqlite3"))


async def test_nothing_is_found_with_postgresql(tmp_path: Path) -> None:
    with postgres_of_its_own() as server:
        database = server.create_database()
        async with ServiceProcess(server.url(database), tmp_path / "service", log_level="DEBUG") as service:
            async with played(service) as (scene, lines):
                await service.terminate()
            values = await postgres_values(server.url(database))
            server.sql("CHECKPOINT")
            places = files(server.folder, "*") + values
            await look_through(service, scene, lines, places, tmp_path)
        control = postgres_control(server, database)
        assert_all_found(control, files(server.folder, "*"))


@asynccontextmanager
async def played(service: ServiceProcess) -> AsyncIterator[tuple[Scene, Lines]]:
    """The conversation has taken place, and the service still runs."""
    async with AsyncExitStack() as undo:
        doctor, town_hall, outsider = [await undo.enter_async_context(Proxy(service.port)) for _ in range(3)]
        lines = Lines(doctor, town_hall, outsider)
        scene = Scene(service, lines)
        await scene.prepare()
        await scene.play()
        await until(lambda: _REVEALED in _told(service), TOLD_S)
        yield scene, lines


def _told(service: ServiceProcess) -> bytes:
    """The relation events that came out: the worker tells them a moment after the conversation went on."""
    return service.event_log.read_bytes() if service.event_log.exists() else b""


async def look_through(service: ServiceProcess, scene: Scene, lines: Lines, stored: Places, folder: Path) -> None:
    """The search itself, with its controls: each place does hold what it should hold."""
    sent = [(f"sent to {name}", bytes(getattr(lines, name).captured)) for name in ("doctor", "town_hall", "outsider")]
    written = [("output", service.printed), ("relation events", service.event_log.read_bytes())]
    captured = b"".join(content for _, content in sent)

    secrets = {"anything that somebody entered": MARKER.encode()}
    secrets |= drawn_secrets(scene.devices, (await read_log(service.database_url, folder / "copy")).events)
    for name, person in scene.people.items():
        secrets |= code_secrets(name, person.recovery_code) if person.recovery_code else {}
        secrets |= token_secrets(name, person.tokens)
    only_sent = {"a presentation": SHOWN_MARKER.encode()} | tickets(captured)
    own = {path.name: path.read_bytes() for path in service.folder.glob("*.key")}
    ring = KeyRing.from_file(service.folder / "key_ring.json")
    own |= {"index key": ring.index_key} | {f"column key {number}": key for number, key in ring.keys.items()}

    assert search(secrets | own, stored + written + sent) == []
    assert search(only_sent, stored + written) == []

    assert search({"": SHOWN_MARKER.encode()}, sent[:1]), "the capture holds what the peer may see"
    assert _REVEALED in written[1][1]
    assert b"Pli listens" in written[0][1]
    assert b"pli1/message" in b"".join(content for _, content in stored)
    assert len(tickets(captured)) > 3
    wanted_by = {name.rpartition(", ")[2].partition(" ")[0] for name in secrets if name.startswith("key of ")}
    assert wanted_by >= {"_create", "new_seed", "_wrap", "seal_card"}, "account and mailbox seeds, epochs, shares"


def files(folder: Path, pattern: str) -> Places:
    """Every file below a folder, by name."""
    found = [path for path in sorted(folder.rglob(pattern)) if path.is_file()]
    assert found
    return distinct((path.name, path.read_bytes()) for path in found)


def sqlite_values(folder: Path, scratch: Path) -> Places:
    with closing(sqlite3.connect(copy_sqlite(folder / "pli.sqlite3", scratch / "values"))) as connection:
        return [(table, _joined(connection.execute(f"SELECT * FROM {table}"))) for table in metadata.tables]


async def postgres_values(url: str) -> Places:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        rows = {table: await connection.fetch(f"SELECT * FROM {table}") for table in metadata.tables}
    finally:
        await connection.close()
    return [(table, _joined(iter(found))) for table, found in rows.items()]


def _joined(rows: Iterator[tuple[object, ...]]) -> bytes:
    return b"\n".join(v if isinstance(v, bytes) else str(v).encode() for row in rows for v in row)


def sqlite_control(database: Path) -> dict[str, bytes]:
    """Writes a canary into a table of its own in each form; what must be found."""
    planted = forms(f"before {MARKER} after".encode())
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE control (form BLOB)")
        connection.executemany("INSERT INTO control VALUES (?)", [(form,) for form in planted.values()])
        connection.commit()
    return dict(planted)


def postgres_control(server: PostgresServer, database: str) -> dict[str, bytes]:
    planted = forms(f"before {MARKER} after".encode())
    server.sql("CREATE TABLE control (form bytea)", database)
    for form in planted.values():
        server.sql(f"INSERT INTO control VALUES ('\\x{form.hex()}')", database)
    server.sql("CHECKPOINT")
    return dict(planted)


def assert_all_found(planted: dict[str, bytes], places: Places) -> None:
    """The control: the same search over the same files finds the marker in every form that was written."""
    found = {finding.form for finding in search({"marker": MARKER.encode()}, places)}
    assert found == set(forms(MARKER.encode())) <= planted.keys()
