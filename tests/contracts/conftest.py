"""What the contracts of all adapters stand on: a database with the newest schema, made once a run and copied."""

import asyncio
import shutil
from pathlib import Path

import pytest

from messaging.store import KeyRing, migrate

RING = KeyRing({1: b"\x01" * 32}, 1, b"\x02" * 32)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "pli.sqlite3"
    asyncio.run(migrate(f"sqlite:///{path}"))
    return path


@pytest.fixture
def migrated_sqlite(sqlite_template: Path, tmp_path: Path) -> str:
    shutil.copy(sqlite_template, tmp_path / "pli.sqlite3")
    return f"sqlite:///{tmp_path / 'pli.sqlite3'}"
