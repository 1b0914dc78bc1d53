"""Real `pli serve` processes: killed as a power cut would, started again.

A process keeps its port, its database and its folder (keys, event log, what it printed) over any number of lives, and
dies with the process of the test. It begins where `pli` has loaded its modules (see `forking`).
"""

import asyncio
import contextlib
import io
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import IO, Final, NamedTuple

import httpx
import msgspec

from messaging.app import system_clock, system_entropy
from messaging.cli.line import run
from messaging.config import Settings
from messaging.demo.idp import ISSUER, DemoIdentityProvider
from messaging.wire.rest import ServiceInfo
from tests.support.forking import Forked
from tests.support.ports import free_port
from tests.support.postgres import PostgresServer
from tests.support.schema import prepared
from tests.support.server import MESSAGES_PER_S, Deployed, settings_for

START_S: Final = 90.0
STOP_S: Final = 60.0
"""The service drains over up to 12 s, and has 5 s more to close."""
COMMAND_S: Final = 120.0


class Done(NamedTuple):
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


_ONE: Final = threading.Lock()


def _carried_out(arguments: Sequence[str], environment: Mapping[str, str]) -> Done:
    out, err = io.StringIO(), io.StringIO()
    with _ONE, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = run(arguments, environment, lambda level, form: None)
        except SystemExit as wrong_usage:
            code = int(str(wrong_usage.code))
    return Done(code, out.getvalue(), err.getvalue())


def _written(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode()


@contextlib.contextmanager
def postgres_of_its_own() -> Iterator[PostgresServer]:
    """A PostgreSQL server for one test: to be killed, or to be read file by file."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


class ServiceFailed(AssertionError):
    """A process of the service did not do as it should; the message holds the end of what it printed."""


class ServiceProcess(Deployed):
    """One deployment of one process. `start`, `kill` and `terminate` may follow each other any number of times."""

    def __init__(
        self,
        database_url: str,
        folder: Path,
        *,
        log_level: str = "INFO",
        idp: DemoIdentityProvider | None = None,
        redis_urls: Sequence[str] = (),
        moderation_root: bytes | None = None,
        environment: Mapping[str, str] = MappingProxyType({}),
        with_worker: bool = True,
    ) -> None:
        """`environment`: more settings than those of every test. `with_worker`: else `worker` makes some."""
        folder.mkdir(parents=True, exist_ok=True)
        jwks = folder / "jwks.json"
        settings = settings_for(database_url, folder, jwks, redis_urls=redis_urls)
        super().__init__(idp or DemoIdentityProvider(settings, system_entropy, system_clock), free_port())
        jwks.write_text(json.dumps(self.idp.jwks()))
        self.database_url = database_url
        self.folder = folder
        self.event_log = settings.event_log
        self.output = folder / f"output-{self.port}"
        """Everything that the process wrote on its standard output and error, in all its lives."""
        self._log_level = log_level
        self._redis_urls = redis_urls
        self._moderation_root = moderation_root
        self._settings = environment
        self._with_worker = with_worker
        self._has_schema = False
        self._process: Forked | None = None

    async def __aenter__(self) -> "ServiceProcess":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def another(self) -> "ServiceProcess":
        """A second process of the same deployment: same database, keys, platform and event log, another port."""
        twin = ServiceProcess(
            self.database_url,
            self.folder,
            log_level=self._log_level,
            idp=self.idp,
            redis_urls=self._redis_urls,
            moderation_root=self._moderation_root,
            environment=self._settings,
            with_worker=self._with_worker,
        )
        twin._has_schema = True
        return twin

    @property
    def pid(self) -> int:
        assert self._process is not None, "the service does not run"
        return self._process.pid

    async def start(self) -> None:
        """Is prepared before its first life, serves, and returns once it answers. Raises: ServiceFailed."""
        if not self._has_schema:
            await prepared(Settings.from_env(self._environment()), system_entropy)
            self._has_schema = True
        self._spawn("serve", *(() if self._with_worker else ("--no-worker",)))
        deadline = time.monotonic() + START_S
        while not await self._answers():
            if time.monotonic() > deadline or self._process is None or self._process.poll() is not None:
                raise ServiceFailed(f"the service did not start:\n{self.tail()}")
            await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """kill -9: nothing may be cleaned up."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        await self._end(STOP_S, expected=-signal.SIGKILL)

    async def terminate(self) -> None:
        """SIGTERM, as a deploy does; returns once the process ended by itself. Raises: ServiceFailed."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        await self._end(STOP_S, expected=0)

    async def command(self, *arguments: str, **environment: str) -> Done:
        """Carries out `pli ...` as an operator of this deployment would, beside the service or without it.

        In the test's process, one at a time: to start another one costs more than most commands.
        """
        return await asyncio.to_thread(_carried_out, arguments, self._environment() | environment)

    async def process(self, *arguments: str, killed_after_s: float | None = None) -> Done:
        """The same as a process, beside others; until its end, or until it is killed (kill -9)."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            running = Forked("messaging.cli", arguments, self._environment(), self.folder, out, errors=err)
            try:
                code = await asyncio.to_thread(running.wait, killed_after_s or COMMAND_S)
            except subprocess.TimeoutExpired:
                running.kill()
                code = running.wait()
                assert killed_after_s is not None, f"pli {arguments} did not end"
            finally:
                running.kill()
            return Done(code, _written(out), _written(err))

    async def info(self) -> ServiceInfo:
        """What the service says of itself; tests pin it as a client's configuration would."""
        async with self.client() as client:
            answer = await client.get("/v1/service")
        return msgspec.json.decode(answer.content, type=ServiceInfo)

    def tail(self) -> str:
        return self.output.read_text(errors="replace")[-4_000:]

    def tracebacks(self) -> str:
        """What the process printed from its first traceback on; empty where there is none."""
        return self.output.read_text(errors="replace").partition("Traceback")[2]

    @property
    def printed(self) -> bytes:
        """All that the process wrote on its standard output and error."""
        return self.output.read_bytes()

    def worker(self, *, webhooks: Path | None = None) -> "WorkerProcess":
        """A worker of this deployment, started; to be killed at the latest when the test ends. `webhooks`: a list of
        those that are posted to, also on this machine.
        """
        if webhooks is None:
            return WorkerProcess("messaging.cli", ["worker"], self._environment(), self.folder)
        environment = self._environment() | {"PLI_WEBHOOKS": str(webhooks)}
        return WorkerProcess("tests.support.posting_worker", [], environment, self.folder)

    def _spawn(self, *command: str) -> None:
        with self.output.open("ab") as output:
            self._process = Forked("messaging.cli", command, self._environment(), self.folder, output)

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PLI_")}
        return inherited | {
            "PLI_DATABASE_URL": self.database_url,
            "PLI_DATA_DIR": str(self.folder),
            "PLI_EVENT_LOG": str(self.event_log),
            "PLI_PORT": str(self.port),
            "PLI_JWKS": str(self.folder / "jwks.json"),
            "PLI_TOKEN_ISSUER": ISSUER,
            "PLI_ANONYMITY_MIN": "1",
            "PLI_LOG_LEVEL": self._log_level,
            "PLI_REDIS_URL": " ".join(self._redis_urls),
            "PLI_MESSAGES_PER_S": MESSAGES_PER_S,
            "PLI_MODERATION_ROOT": "" if self._moderation_root is None else self._moderation_root.hex(),
            **self._settings,
        }

    async def _answers(self) -> bool:
        with socket.socket() as tried:  # a client costs more than all looks before somebody listens
            if tried.connect_ex(("127.0.0.1", self.port)) != 0:
                return False
        try:
            async with self.client(timeout_s=2.0) as client:
                return (await client.get("/readyz")).is_success
        except httpx.TransportError:
            return False

    async def _end(self, within_s: float, *, expected: int) -> None:
        assert self._process is not None
        try:
            code = await asyncio.to_thread(self._process.wait, within_s)
        except subprocess.TimeoutExpired:
            raise ServiceFailed(f"the service did not end within {within_s} s:\n{self.tail()}") from None
        self._process = None
        if code != expected:
            raise ServiceFailed(f"the service ended with {code}, not {expected}:\n{self.tail()}")


class WorkerProcess:
    """One life of a worker."""

    def __init__(self, module: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self._output = folder / "output-workers"
        with self._output.open("ab") as output:
            self._process = Forked(module, arguments, environment, folder, output)

    def kill(self) -> None:
        """kill -9"""
        self._process.kill()
        self._process.wait()

    def pause(self) -> None:
        """It keeps what it has, connections and locks too, and does nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def tracebacks(self) -> str:
        """Of all workers of the folder; empty where there is none."""
        return self._output.read_text(errors="replace").partition("Traceback")[2]
