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
_ADDRESS: Final = re.compile(r"http://(127\.0\.0\.1:\d+)")


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
    with _running([sys.executable, "-m", "bench.relay"], os.environ, cores, folder / "relay.log") as server:
        yield server


@contextlib.contextmanager
def service(database_url: str, cores: Cores, folder: Path) -> Iterator[Service]:
    """`pli migrate`, then `pli serve` with its worker inside, until the context ends. Raises: ServerFailed."""
    folder.mkdir(parents=True)
    jwks = folder / "jwks.json"
    settings = {
        "PLI_DATABASE_URL": database_url,
        "PLI_DATA_DIR": str(folder),
        "PLI_PORT": "0",
        "PLI_JWKS": str(jwks),
        "PLI_TOKEN_ISSUER": ISSUER,
    }
    platform = DemoIdentityProvider(replace(Settings.from_env(settings), demo=True), system_entropy, system_clock)
    jwks.write_text(json.dumps(platform.jwks()), encoding="utf-8")
    env = {**{name: value for name, value in os.environ.items() if not name.startswith("PLI_")}, **settings}
    pli = str(Path(sys.executable).parent / "pli")
    subprocess.run([pli, "migrate"], env=env, check=True, stdout=subprocess.DEVNULL)
    with _running([pli, "serve"], env, cores, folder / "serve.log") as server:
        yield Service(server, platform)


@contextlib.contextmanager
def _running(command: list[str], env: Mapping[str, str], cores: Cores, log: Path) -> Iterator[Server]:
    with log.open("w") as errors, pinned([cores.server]):
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert process.stdout is not None
        found = _ADDRESS.search(process.stdout.readline())
        if found is None:
            raise ServerFailed(f"{command[0]} did not start:\n{log.read_text(errors='replace')[-2_000:]}")
        yield Server(process.pid, found[1])
    finally:
        _stop(process)


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.communicate(timeout=STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
