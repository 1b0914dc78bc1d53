"""`pli` with something wrong around it: one line that says what, exit 1, and never a traceback."""

import asyncio
import errno
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from messaging import logs
from messaging.app import initialise
from messaging.cli import main
from messaging.config import Settings

pytestmark = [pytest.mark.hostile, pytest.mark.slow]

PLI: Final = Path(sys.executable).with_name("pli")
END_S: Final = 30.0

Pli = Callable[..., str]


@pytest.fixture
def pli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Pli:
    """Runs a command that must fail, with its data in `tmp_path`; returns the one line that it printed."""
    for name in [name for name in os.environ if name.startswith("PLI_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(logs, "configure", lambda level, form: None)

    def run(*arguments: str, **environment: str) -> str:
        with monkeypatch.context() as patch:
            for name, value in ({"PLI_DATA_DIR": str(tmp_path), "PLI_PORT": "0"} | environment).items():
                patch.setenv(name, value)
            assert main(arguments) == 1
        printed = capsys.readouterr()
        assert printed.out == ""
        return the_line(printed.err)

    return run


def the_line(printed: str) -> str:
    (line,) = printed.splitlines()
    assert line.startswith("pli: ")
    return line


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A data folder as a first start leaves it."""
    asyncio.run(initialise(Settings.from_env({"PLI_DATA_DIR": str(tmp_path)})))
    return tmp_path


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("PLI_DATABASE_URL", "mysql://root:s3cret@127.0.0.1/pli", "sqlite:///path"),
        ("PLI_DATABASE_URL", "sqlite://", "names no file"),
        ("PLI_DATABASE_URL", "postgresql://pli:s3cret@127.0.0.1:1/pli", "127.0.0.1:1"),
        ("PLI_DATABASE_URL", "postgresql://pli:s3cret@127.0.0.1:notaport/pli", "URL"),
        ("PLI_DATABASE_URL", "sqlite:////nowhere/at/all/pli.sqlite3", "/nowhere/at/all"),
        ("PLI_PORT", "http", "not a port"),
        ("PLI_DATABSE_URL", "sqlite:///x", "PLI_DATABASE_URL"),
        ("PLI_FROBNICATE", "1", "PLI_FROBNICATE"),
        ("PLI_HOST", "0.0.0.0", "PLI_PUBLIC_URL"),
        ("PLI_PUBLIC_URL", "http://messages.example.org", "https"),
        ("PLI_ALLOWED_ORIGINS", "*", "PLI_ALLOWED_ORIGINS"),
        ("PLI_JWKS", "https://keys.example.org/jwks", "PLI_TOKEN_ISSUER"),
        ("PLI_LOG_LEVEL", "LOUD", "PLI_LOG_LEVEL"),
        ("PLI_KEY_RING", "s3cret", "key ring"),
        ("PLI_HOST", "192.0.2.1", "PLI_PUBLIC_URL"),
    ],
)
@pytest.mark.usefixtures("made")
def test_settings_that_cannot_be_used(pli: Pli, variable: str, value: str, says: str) -> None:
    line = pli("serve", **{variable: value})
    assert says in line
    assert "s3cret" not in line


def test_a_busy_port(pli: Pli) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        line = pli("serve", PLI_PORT=str(busy.getsockname()[1]))
        assert "Stop what uses it, or set PLI_PORT" in line


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_an_address_that_is_not_ours(pli: Pli, host: str) -> None:
    line = pli("serve", PLI_HOST=host, PLI_PUBLIC_URL="https://messages.example.org")
    assert line.endswith("Set PLI_HOST to an address of this machine.")
    assert f"Cannot listen on {host}:" in line


def test_a_port_that_is_for_root_alone(pli: Pli, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: socket.socket, address: tuple[str, int]) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(socket.socket, "bind", refused)
    assert pli("serve", PLI_PORT="80").endswith("Set PLI_PORT to a port from 1024 on.")


def test_a_key_ring_that_is_gone(pli: Pli, made: Path) -> None:
    (made / "key_ring.json").unlink()
    assert "key_ring.json" in pli("serve")
    assert not (made / "key_ring.json").exists(), "a new ring would hide that the old one is lost"


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", "{", '{"keys": 5}', "\0", "[" * 50_000])
def test_a_key_ring_that_is_broken(pli: Pli, made: Path, content: str) -> None:
    (made / "key_ring.json").write_text(content)
    assert "key" in pli("serve")


@pytest.mark.parametrize("file", ["stamp.key", "reporting.key", "vapid.key", "audit.key", "key_ring.json"])
def test_keys_that_others_may_read(pli: Pli, made: Path, file: str) -> None:
    if not (made / file).exists():
        (made / file).write_bytes(bytes(32))
    (made / file).chmod(0o644)
    assert "chmod 600" in pli("serve")


@pytest.mark.parametrize("file", ["stamp.key", "reporting.key", "vapid.key", "audit.key"])
def test_a_key_that_is_lost_is_not_replaced(pli: Pli, made: Path, file: str) -> None:
    (made / file).unlink()
    assert file in pli("serve")
    assert not (made / file).exists(), "every client that pinned the old one would refuse all"


@pytest.mark.parametrize("command", [("serve",), ("keys", "list"), ("platform-keys", "list"), ("report",)])
def test_a_first_start_is_told_to_migrate(pli: Pli, made: Path, command: tuple[str, ...]) -> None:
    """PostgreSQL, where no command makes keys; whether the keys or the ring are missed first."""
    for file in made.iterdir():
        file.unlink()
    unknown = {"PLI_DATABASE_URL": "postgresql://pli@127.0.0.1:1/pli"}
    assert "If this deployment is new, run `pli migrate` first." in pli(*command, **unknown)


def test_a_key_that_is_cut(pli: Pli, made: Path) -> None:
    (made / "stamp.key").write_bytes(bytes(31))
    (made / "stamp.key").chmod(0o600)
    assert "stamp.key" in pli("serve")


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_the_schema_of_a_newer_version(pli: Pli, made: Path, command: str) -> None:
    with sqlite3.connect(made / "pli.sqlite3") as database:
        database.execute("UPDATE alembic_version SET version_num = 'ffff'")
    database.close()
    assert "newer" in pli(command)


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.usefixtures("made")
def test_a_database_that_nobody_migrated(pli: Pli, new_postgres_url: str, command: str) -> None:
    assert "pli migrate" in pli(command, PLI_DATABASE_URL=new_postgres_url)


def test_a_file_that_is_no_database(pli: Pli, tmp_path: Path) -> None:
    (tmp_path / "pli.sqlite3").write_bytes(b"hello" * 1_000)
    assert "pli.sqlite3" in pli("serve")


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_data_folder_that_is_a_file(pli: Pli, tmp_path: Path, command: str) -> None:
    (tmp_path / "data").write_text("")
    assert "PLI_DATA_DIR" in pli(command, PLI_DATA_DIR=str(tmp_path / "data"))


@pytest.mark.usefixtures("made")
def test_a_worker_beside_an_embedded_service(pli: Pli) -> None:
    assert "PostgreSQL" in pli("worker")


@pytest.mark.parametrize("arguments", [[], ["frobnicate"], ["serve", "--frobnicate"], ["serve", "extra"]])
def test_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: pli" in capsys.readouterr().err


def test_a_second_process_on_one_file(made: Path) -> None:
    """As processes of their own: also that what is printed and the exit code are a shell's."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PLI_")}
    env |= {"PLI_DATA_DIR": str(made), "PLI_PORT": "0"}
    with subprocess.Popen([PLI, "serve"], cwd=made, env=env, stdout=subprocess.PIPE, text=True) as first:
        try:
            assert first.stdout is not None
            assert "listens" in first.stdout.readline()
            second = subprocess.run([PLI, "serve"], env=env, capture_output=True, text=True, timeout=END_S, check=False)
            assert (second.returncode, second.stdout) == (1, "")
            assert str(first.pid) in the_line(second.stderr)
        finally:
            first.terminate()
            assert first.wait(END_S) == 0
