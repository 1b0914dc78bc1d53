"""Fixtures that all tests share: the two stores, real ones.

`database_url` runs a test on both stores, PostgreSQL marked `slow`. A process of pytest (an xdist worker too) has its
own PostgreSQL server, started by the first test that asks for it and removed at the end, also after Ctrl-C. Its
database is emptied after each test, since to make one and drop it takes longer than most tests do.
"""

import contextlib
import gc
import importlib
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from tests.support.emptied import EmptiedDatabase
from tests.support.postgres import PostgresServer

# A busy machine is not a failure: how long one example takes is nobody's promise.
settings.register_profile("pli", deadline=None)
settings.load_profile("pli")

LONG: Final = (
    "bench/test_bench.py",
    *("web/test_signing_in.py", "web/test_bad_lines.py", "web/test_alerts.py"),
    *("machine/test_consent_machine.py", "web/test_demo_mail.py", "web/test_states.py", "faults/test_kill_service.py"),
    *("journeys/test_removal_races.py", "demo/test_demo.py", "chat/test_chat.py"),
)
"""Files of `tests` whose single tests take longest: they begin first, or the run waits for the last of them alone."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    ranks = {here / name: rank for rank, name in enumerate(LONG)}
    items.sort(key=lambda item: ranks.get(item.path, len(ranks)))


def pytest_sessionstart(session: pytest.Session) -> None:
    """In a fresh checkout each worker compiles a share of the tests before it looks for all of them: all would compile
    the same file at the same time otherwise, and what one compiled the next one takes. What fails here fails there
    again, and is told then.
    """
    here = Path(__file__).parent
    worker = getattr(session.config, "workerinput", None)
    if worker is None and session.config.getoption("numprocesses", None):
        gc.enable()  # it collects no tests itself
    if worker is None or [Path(each).resolve() for each in session.config.args] != [here]:
        return
    files = sorted(here.rglob("test_*.py"))
    for file in files[int(worker["workerid"].removeprefix("gw")) :: worker["workercount"]]:
        with contextlib.suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("error")  # or what it would warn of is compiled, and told to nobody
            importlib.import_module(".".join(file.relative_to(here.parent).with_suffix("").parts))


# httpcore asks for it at each request, and each time Python looks through all folders for what is not installed.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]


gc.disable()  # until all tests are collected: what is made until then stays


def pytest_collection_finish() -> None:
    """Thousands of collected tests are not looked through again by each collection of garbage."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A running PostgreSQL server of this test run."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="session")
def emptied_database(postgres: PostgresServer) -> EmptiedDatabase:
    return EmptiedDatabase(postgres)


@pytest.fixture
def postgres_url(emptied_database: EmptiedDatabase) -> Iterator[str]:
    """The URL of a PostgreSQL database with the newest schema and nothing in it."""
    with emptied_database.lent() as url:
        yield url


@pytest.fixture
def new_postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """The URL of a PostgreSQL database that nobody migrated."""
    name = postgres.create_database()
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet, in a folder of this test."""
    return f"sqlite+aiosqlite:///{tmp_path / 'pli.sqlite3'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database with nothing in it; SQLite's file does not exist yet. The test runs once on each store."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url
