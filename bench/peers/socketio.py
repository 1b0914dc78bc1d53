"""socket.io: a relay that stores nothing, with acks, over WebSocket only, on the Node.js of the virtual environment."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.contenders import FORGETS, SINGLE, Shape
from bench.dialects import socketio
from bench.load import Client
from bench.machine import Cores
from bench.peers import PeerMissing
from bench.sealing import blank_payloads
from bench.servers import Server, running

_FOLDER: Final = Path(__file__).parent
PACKAGES: Final = _FOLDER / "node_modules"
_NODE: Final = Path(sys.executable).parent / "node"


def versions() -> dict[str, str]:
    """Of the relay and what it runs on. Raises: PeerMissing."""
    package = PACKAGES / "socket.io" / "package.json"
    if not package.exists() or not _NODE.exists():
        raise PeerMissing("socket.io is not installed here, and left out: scripts/bench_peers.sh installs it")
    node = subprocess.run([str(_NODE), "--version"], capture_output=True, text=True, check=True).stdout
    return {"socket.io": json.loads(package.read_text(encoding="utf-8"))["version"], "node": node.strip().lstrip("v")}


class SocketIo:
    """Both sides of a pair write to each other; payloads are random bytes of a real one's length."""

    name: Final = "socket.io"
    shapes: Final = (SINGLE,)
    durability: Final = FORGETS
    archive: Final = None

    def __init__(self, server: Server, clients: int) -> None:
        self.pids = (server.pid,)
        self._address = server.address
        self._clients = clients

    def clients(self, frames: int, shape: Shape) -> list[Client]:
        return [self._client(number, frames) for number in range(self._clients)]

    def _client(self, number: int, frames: int) -> Client:
        url = f"ws://{self._address}/socket.io/?EIO=4&transport=websocket"
        messages = [socketio.frame(ref, payload) for ref, payload in enumerate(blank_payloads(frames))]
        return Client(url, socketio.hello(number), messages, "socket.io")


@contextlib.contextmanager
def relay(cores: Cores, folder: Path, clients: int) -> Iterator[SocketIo]:
    """The relay, until the context ends. Raises: PeerMissing, ServerFailed."""
    versions()
    with running([str(_NODE), str(_FOLDER / "relay.js")], os.environ, cores, folder / "socketio.log") as server:
        yield SocketIo(server, clients)
