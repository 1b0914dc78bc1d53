"""ejabberd: one node with its message archive (mod_mam, every message of everybody) on PostgreSQL, limits off.

The distribution's package, without its service, its user and its folders; no Erlang distribution, so no epmd either.
Of a message it writes one row for the sender's archive, hands it over, and writes one for the recipient's, each in a
transaction of its own; after the first it answers a request for an ack, after the second it delivers.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.contenders import SINGLE, Archive, Shape
from bench.dialects import xmpp
from bench.load import Client
from bench.machine import Cores, pinned
from bench.peers import PeerMissing
from bench.sealing import blank_payloads
from bench.servers import Server, ServerFailed, stop
from tests.support.ports import free_port
from tests.support.postgres import ADMIN, PostgresServer

START_S: Final = 60.0
LIBRARIES: Final = Path("/usr/lib")
_SCHEMA: Final = Path("/usr/share/ejabberd/sql/pg.sql")
"""The old schema, its default: no column for the host."""
_ACCOUNTS: Final = """
INSERT INTO users (username, password) SELECT 'user-' || n, 'user-' || n FROM generate_series(0, 999) AS accounts (n)
"""
_POOL: Final = 25
"""Connections to PostgreSQL: more than its default, 10, with which it is a little slower."""
_NO_LIMIT: Final = 1_000_000

# No shaper is defined, so none slows anybody; neither queue has a bound that a run could reach.
_CONFIG: Final = """\
hosts: ["{host}"]
loglevel: warning
listen:
  - port: {port}
    ip: "127.0.0.1"
    module: ejabberd_http
    request_handlers:
      /ws: ejabberd_http_ws
auth_method: sql
auth_password_format: plain
default_db: sql
sql_type: pgsql
sql_server: "127.0.0.1"
sql_port: {sql_port}
sql_database: "{database}"
sql_username: "{sql_user}"
sql_password: ""
sql_pool_size: {pool}
max_fsm_queue: {no_limit}
modules:
  mod_mam:
    assume_mam_usage: true
    default: always
  mod_stream_mgmt:
    max_ack_queue: infinity
    ack_timeout: infinity
    resume_timeout: 0
"""


@dataclass(frozen=True, slots=True)
class Installed:
    """Where the distribution's packages are."""

    libraries: Path
    """The folder of the folder ejabberd-VERSION."""
    version: str


def installed() -> Installed:
    """Raises: PeerMissing."""
    found = sorted([*LIBRARIES.glob("ejabberd-*/ebin"), *LIBRARIES.glob("*/ejabberd-*/ebin")])
    driver = [*LIBRARIES.glob("erlang/lib/p1_pgsql-*/ebin"), *LIBRARIES.glob("*/p1_pgsql-*/ebin")]
    if not found or not driver or not _SCHEMA.exists() or shutil.which("erl") is None:
        raise PeerMissing("ejabberd is not installed here, and left out: scripts/bench_peers.sh installs it")
    folder = found[-1].parent
    return Installed(folder.parent, folder.name.removeprefix("ejabberd-"))


def versions() -> dict[str, str]:
    """Raises: PeerMissing."""
    return {"ejabberd": installed().version}


class Ejabberd:
    """Everybody has an account; both sides of a pair write to each other."""

    name: Final = "ejabberd"
    shapes: Final = (SINGLE,)
    durability: Final = "PostgreSQL, a row for each side"

    def __init__(self, server: Server, archive: Archive, clients: int) -> None:
        self.pids = (server.pid,)
        self.archive = archive
        self._address = server.address
        self._clients = clients

    def clients(self, frames: int, shape: Shape) -> list[Client]:
        return [self._client(number, frames) for number in range(self._clients)]

    def _client(self, number: int, frames: int) -> Client:
        url, hello = f"ws://{self._address}/ws", xmpp.hello(_user(number), password=_user(number))
        messages = [xmpp.frame(_user(number ^ 1), ref, payload) for ref, payload in enumerate(blank_payloads(frames))]
        return Client(url, hello, messages, "xmpp")


@contextlib.contextmanager
def node(cores: Cores, folder: Path, postgres: PostgresServer, clients: int) -> Iterator[Ejabberd]:
    """One node, until the context ends. Raises: PeerMissing, ServerFailed."""
    found = installed()
    folder.mkdir()
    database = postgres.create_database()
    postgres.script(_SCHEMA, database)
    postgres.sql(_ACCOUNTS, database)
    archive = Archive(lambda: int(postgres.sql("SELECT count(*) FROM archive", database)), rows_per_message=2)
    port = free_port()
    config = folder / "ejabberd.yml"
    config.write_text(
        _CONFIG.format(
            host=xmpp.HOST,
            port=port,
            sql_port=postgres.port,
            database=database,
            sql_user=ADMIN,
            pool=_POOL,
            no_limit=_NO_LIMIT,
        ),
        encoding="utf-8",
    )
    with _emulator(cores, folder, config, found) as process:
        _wait(process, port, folder / "ejabberd.out")
        yield Ejabberd(Server(process.pid, f"127.0.0.1:{port}"), archive, clients)


def _user(number: int) -> str:
    return f"user-{number}"


@contextlib.contextmanager
def _emulator(cores: Cores, folder: Path, config: Path, found: Installed) -> Iterator["subprocess.Popen[str]"]:
    """The emulator with the options of `ejabberdctl`; it dies with this process."""
    options = ["+K", "true", "+P", "250000", "-noinput", "-mnesia", "dir", f'"{folder}/mnesia"', "-s", "ejabberd"]
    env = {
        **os.environ,
        "EJABBERD_CONFIG_PATH": str(config),
        "EJABBERD_LOG_PATH": str(folder / "ejabberd.log"),
        "ERL_LIBS": str(found.libraries),
        "ERL_CRASH_DUMP_BYTES": "0",
        "HOME": str(folder),
    }
    command = ["setpriv", "--pdeathsig", "KILL", "--", "erl", *options]
    with (folder / "ejabberd.out").open("w") as output, pinned([cores.server]):
        process = subprocess.Popen(command, env=env, cwd=folder, stdout=output, stderr=output, text=True)
    try:
        yield process
    finally:
        stop(process)


def _wait(process: "subprocess.Popen[str]", port: int, output: Path) -> None:
    """Returns once it listens. Raises: ServerFailed."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    raise ServerFailed(f"ejabberd did not start:\n{output.read_text(errors='replace')[-2_000:]}")
