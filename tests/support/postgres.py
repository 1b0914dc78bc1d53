"""A real PostgreSQL server of the tests' own: its own data folder, port and life, durable like in production.

The server runs as an unprivileged user (it refuses to run as root) and dies with the process that started it, also when
that one is killed: `setpriv --pdeathsig` asks the kernel for it.
"""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from tests.support.ports import free_port

ADMIN = "pli"
START_ATTEMPTS_MAX = 5
START_S = 90.0
STOP_S = 20.0
UNPRIVILEGED_USERS = ("postgres", "nobody")

INSTALL_HINT = """PostgreSQL's server programs (initdb, postgres) were not found.
Install them (Debian, Ubuntu: apt-get install postgresql) or run `make test`, which does it where it may."""


class PostgresMissing(RuntimeError):
    """The machine has no PostgreSQL server programs."""


class PostgresFailed(RuntimeError):
    """A PostgreSQL program said no; the message holds what it printed."""


def binaries() -> Path:
    """The folder of `initdb` and `postgres`: the newest of the distribution's, or else where PATH finds them.

    Raises: PostgresMissing, with what to install.
    """
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if packaged:
        return packaged[-1].parent
    found = shutil.which("initdb")
    if found is None or shutil.which("postgres", path=str(Path(found).parent)) is None:
        raise PostgresMissing(INSTALL_HINT)
    return Path(found).parent


class PostgresServer:
    """One cluster. `start` and `stop` may be called again and again; `remove` ends it with its files."""

    def __init__(self) -> None:
        self.bin = binaries()
        self.folder = Path(tempfile.mkdtemp(prefix="pli-postgres-"))
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.port = 0
        self._user = _unprivileged() if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._names = itertools.count(1)
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        self._run("initdb", "-D", str(self.data), "-U", ADMIN, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    def start(self, *, same_port: bool = False) -> None:
        """Starts the server on a free port, or on the one it had; returns once it answers. Raises: PostgresFailed."""
        for _ in range(START_ATTEMPTS_MAX):
            self.port = self.port if same_port else free_port()
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._as_user(*self._server_command()),
                    cwd=self.folder,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            if self._answers():
                return
        raise PostgresFailed(f"PostgreSQL did not start:\n{self.log.read_text(errors='replace')[-2000:]}")

    def stop(self) -> None:
        """Stops the server in its fast mode; after `STOP_S` it is killed."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """Kills the server and all of its processes at once, as a power cut would: nobody may clean up."""
        if self._process is None:
            return
        backends = psutil.Process(self._process.pid).children(recursive=True)
        for process in (psutil.Process(self._process.pid), *backends):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()
        psutil.wait_procs(backends, STOP_S)
        self._process = None

    def remove(self) -> None:
        """Stops the server and deletes its files."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def create_database(self, template: str = "template0") -> str:
        """A new database, a copy of `template` (to which nobody may be connected). Returns its name."""
        name = f"pli_{next(self._names)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop_database(self, name: str) -> None:
        """Drops it, also under the feet of connections that a failed test left open."""
        self.sql(f"DROP DATABASE {name} WITH (FORCE)")

    def empty_database(self, name: str, tables: Sequence[str]) -> None:
        """Deletes all rows, as a replica does it: without triggers and references. Who is still connected is cut.

        Raises: PostgresFailed, where somebody holds a row for `STOP_S`, or is connected afterwards: who was not cut, or
        came back, may have written.
        """
        others = """FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                     AND backend_type = 'client backend'"""
        cut = f"SELECT pg_terminate_backend(pid, {int(STOP_S * 1000)}) {others}"
        bounds = f"SET lock_timeout = '{int(STOP_S)}s'; SET session_replication_role = replica;"
        deleted = "".join(f"DELETE FROM {table};" for table in tables)
        left = f"SELECT count(*) {others}"
        said = self._psql(name, "-c", cut, "-c", bounds + deleted, "-c", left)
        if said.splitlines()[-1] != "0":
            raise PostgresFailed(f"{name}: somebody is connected to what was emptied")

    def url(self, database: str) -> str:
        return f"postgresql+asyncpg://{ADMIN}@127.0.0.1:{self.port}/{database}"

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Runs one statement and returns what psql prints, unaligned and without headers. Raises: PostgresFailed."""
        return self._psql(database, "-c", statement)

    def script(self, file: Path, database: str) -> None:
        """Runs a file of statements. Raises: PostgresFailed."""
        self._psql(database, "-q", "-f", str(file))

    def _psql(self, database: str, *arguments: str) -> str:
        target = f"postgresql://{ADMIN}@127.0.0.1:{self.port}/{database}"
        return self._run("psql", "-X", "-At", "-v", "ON_ERROR_STOP=1", "-d", target, *arguments)

    def _server_command(self) -> list[str]:
        """Without `synchronous_commit`: it is on by itself, and a test may switch it off."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "on",
            "full_page_writes": "on",
            "max_connections": "100",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.bin / "postgres"), "-D", str(self.data), "-p", str(self.port), *options]

    def _answers(self) -> bool:
        """Whether the server came up; False once its process has ended (the port was taken, say)."""
        assert self._process is not None
        deadline = time.monotonic() + START_S
        ready = [str(self.bin / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while time.monotonic() < deadline and self._process.poll() is None:
            if subprocess.run(ready, check=False).returncode == 0:
                return self._process.poll() is None
            time.sleep(0.05)
        self.stop()
        return False

    def _run(self, program: str, *arguments: str) -> str:
        command = self._as_user(str(self.bin / program), *arguments)
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PostgresFailed(f"{program}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout.strip()

    def _as_user(self, *command: str) -> list[str]:
        setpriv = ["setpriv", "--pdeathsig", "INT"]
        if self._user is not None:
            setpriv += ["--reuid", str(self._user.pw_uid), "--regid", str(self._user.pw_gid), "--clear-groups"]
        return [*setpriv, "--", *command]


def _unprivileged() -> pwd.struct_passwd:
    for name in UNPRIVILEGED_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresFailed(f"the tests run as root and there is none of the users {UNPRIVILEGED_USERS}")
