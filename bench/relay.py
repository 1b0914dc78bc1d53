"""The floor: a bare relay on the stock stack (uvicorn, websockets-sansio, Starlette, uvloop), which stores nothing.

It reads of each frame what an ack needs, forwards the frame as it is to its sender's peer and acks it. Clients come in
pairs: number n talks to number n xor 1. `python -m bench.relay` listens on a free port and prints its address.
"""

import socket
from typing import Final

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from messaging.domain import limits


class _Send(msgspec.Struct, gc=False):
    """Of a command, the part that its ack needs."""

    ref: int


class _Ack(msgspec.Struct, tag_field="t", tag="ack", gc=False):
    ref: int


_decode: Final = msgspec.json.Decoder(_Send | list[_Send]).decode
_encode: Final = msgspec.json.Encoder().encode
_sockets: Final[dict[int, WebSocket]] = {}


async def relay(client: WebSocket) -> None:
    """One connection, until it ends. A frame may hold one command or an array of them; so does its ack."""
    number = int(client.path_params["number"])
    await client.accept()
    _sockets[number] = client
    try:
        while True:
            frame = await client.receive_text()
            await _sockets[number ^ 1].send_text(frame)
            await client.send_text(_acknowledge(frame))
    except WebSocketDisconnect:
        del _sockets[number]


def _acknowledge(frame: str) -> str:
    sent = _decode(frame)
    answer = [_Ack(one.ref) for one in sent] if isinstance(sent, list) else _Ack(sent.ref)
    return _encode(answer).decode()


def main() -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=2_048)
    print(f"The relay listens on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(
        Starlette(routes=[WebSocketRoute("/{number:int}", relay)]),
        loop="uvloop",
        ws="websockets-sansio",
        ws_max_size=limits.frame_bytes_max,
        ws_per_message_deflate=False,
        lifespan="off",
        log_level="warning",
        access_log=False,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
