"""The processes under test: the floor, and `pli serve` as an operator starts it, each with its own data folder."""

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bench.machine import Cores, pinned
from messaging.config import Settings
from messaging.demo.idp import ISSUER, DemoIdentityProvider
from pli_client.defaults import system_clock, system_entropy

STOP_S: Final = 40.0
_PLI: Final = str(Path(sys.executable).parent / "pli")
_ADDRESS: Final = re.compile(r"http://(127\.0\.0\.1:\d+)")
_MESSAGES_PER_S: Final = "36500"
"""What one account sends here."""


class ServerFailed(Exception):
    """A process under test did not start; the message holds what it printed."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running process under test."""

    pid: int
    address: str
    """host:port"""


@dataclass(frozen=True, slots=True)
class Service:
    """`pli serve`, and the platform beside it, which registers mailboxes and signs people in."""

    server: Server
    platform: DemoIdentityProvider


@contextlib.contextmanager
def floor(cores: Cores, folder: Path) -> Iterator[Server]:
    """The bare relay, until the context ends."""
    with running([sys.executable, "-m", "bench.relay"], os.environ, cores, folder / "relay.log") as server:
        yield server


@dataclass(frozen=True, slots=True)
class Deployment:
    """A database with its data folder and its platform, whether the service runs or not."""

    folder: Path
    env: Mapping[str, str]
    platform: DemoIdentityProvider


def sqlite_file(folder: Path) -> Path:
    """The database of a service whose data folder this is."""
    return folder / "pli.sqlite3"


def sqlite_url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{sqlite_file(folder)}"


def deployed(database_url: str, folder: Path, redis_url: str = "") -> Deployment:
    """`pli migrate` in a new folder; `redis_url`: for more than one process."""
    folder.mkdir(parents=True)
    jwks = folder / "jwks.json"
    settings = {
        "PLI_DATABASE_URL": database_url,
        "PLI_DATA_DIR": str(folder),
        "PLI_PORT": "0",
        "PLI_JWKS": str(jwks),
        "PLI_TOKEN_ISSUER": ISSUER,
        "PLI_MESSAGES_PER_S": _MESSAGES_PER_S,
        "PLI_REDIS_URL": redis_url,
    }
    platform = DemoIdentityProvider(replace(Settings.from_env(settings), demo=True), system_entropy, system_clock)
    jwks.write_text(json.dumps(platform.jwks()), encoding="utf-8")
    env = {**{name: value for name, value in os.environ.items() if not name.startswith("PLI_")}, **settings}
    subprocess.run([_PLI, "migrate"], env=env, check=True, stdout=subprocess.DEVNULL)
    return Deployment(folder, env, platform)


@contextlib.contextmanager
def serving(deployment: Deployment, cores: Cores, *, direct: bool = True, worker: bool = True) -> Iterator[Service]:
    """`pli serve`, until the context ends; `direct`: as it is, or without its direct path; `worker`: with it inside.
    Raises: ServerFailed."""
    command = [_PLI, "serve"] if direct else [sys.executable, "-m", "bench.stock"]
    options, log = ([], "serve.log") if worker else (["--no-worker"], "serve-no-worker.log")
    with running([*command, *options], deployment.env, cores, deployment.folder / log) as server:
        yield Service(server, deployment.platform)


@contextlib.contextmanager
def running(command: list[str], env: Mapping[str, str], cores: Cores, log: Path) -> Iterator[Server]:
    """A process that prints where it listens, until the context ends. Raises: ServerFailed."""
    with log.open("w") as errors, pinned([cores.server]):
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert process.stdout is not None
        found = _ADDRESS.search(process.stdout.readline())
        if found is None:
            raise ServerFailed(f"{command[0]} did not start:\n{log.read_text(errors='replace')[-2_000:]}")
        yield Server(process.pid, found[1])
    finally:
        stop(process)


def stop(process: "subprocess.Popen[str]") -> None:
    """Asks it to end, and waits; after `STOP_S` it is killed."""
    process.terminate()
    try:
        process.communicate(timeout=STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
