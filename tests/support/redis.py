"""Real Redis servers of the tests' own: one, or the three nodes of a cluster, without files that outlive them.

A server dies with the process that started it, also when that one is killed: `setpriv --pdeathsig`.
"""

import contextlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.support.ports import free_port

START_ATTEMPTS_MAX: Final = 5
START_S: Final = 60.0
CLUSTER_S: Final = 20.0

INSTALL_HINT = """Redis (redis-server, redis-cli) was not found.
Install it (Debian, Ubuntu: apt-get install redis-server) or run `make test`, which does it where it may."""


class RedisFailed(RuntimeError):
    """A Redis program said no; the message holds what it printed."""


class RedisServer:
    """One server, with any number of lives on the same port."""

    def __init__(self, *options: str) -> None:
        if shutil.which("redis-server") is None or shutil.which("redis-cli") is None:
            raise RedisFailed(INSTALL_HINT)
        self.folder = Path(tempfile.mkdtemp(prefix="pli-redis-"))
        self.port = 0
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """On a free port, or on the one it had. Raises: RedisFailed."""
        for _ in range(START_ATTEMPTS_MAX):
            port = self.port or free_port(below=55_000)  # a node of a cluster also listens 10,000 above
            if self._starts(port):
                self.port = port
                return
        raise RedisFailed((self.folder / "log").read_text(errors="replace")[-2_000:])

    def kill(self) -> None:
        """kill -9"""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def pause(self) -> None:
        """It keeps its connections, and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def cli(self, *arguments: str) -> str:
        """Raises: RedisFailed."""
        command = ["redis-cli", "-p", str(self.port), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RedisFailed(done.stderr.strip() or done.stdout.strip())
        return done.stdout

    def remove(self) -> None:
        if self._process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _starts(self, port: int) -> bool:
        command = [
            "setpriv",
            "--pdeathsig",
            "KILL",
            "--",
            "redis-server",
            "--port",
            str(port),
            "--dir",
            str(self.folder),
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", *self._options],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_S
        ask = ["redis-cli", "-p", str(port), "ping"]
        while time.monotonic() < deadline and self._process.poll() is None:
            answer = subprocess.run(ask, capture_output=True, text=True, check=False).stdout
            if "PONG" in answer or "LOADING" in answer:
                return True
            time.sleep(0.02)
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process = None
        return False


@contextlib.contextmanager
def redis_of_its_own() -> Iterator[RedisServer]:
    server = RedisServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@contextlib.contextmanager
def cluster_of_three() -> Iterator[list[RedisServer]]:
    """Three masters, no replicas: a slot whose node is away is nobody's, and the others go on."""
    options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-require-full-coverage", "no")
    nodes = [RedisServer(*options) for _ in range(3)]
    try:
        for node in nodes:
            node.start()
        addresses = [f"127.0.0.1:{node.port}" for node in nodes]
        nodes[0].cli("--cluster", "create", *addresses, "--cluster-yes")
        deadline = time.monotonic() + CLUSTER_S
        while not all("cluster_state:ok" in node.cli("cluster", "info") for node in nodes):
            if time.monotonic() > deadline:
                raise RedisFailed("the cluster did not come together")
            time.sleep(0.05)
        yield nodes
    finally:
        for node in nodes:
            node.remove()
