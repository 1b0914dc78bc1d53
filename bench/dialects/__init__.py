"""What the generator speaks: of each protocol no more than it takes to send, to be acknowledged, and to receive.

A dialect does no I/O: bytes of WebSocket messages in and out. One object serves one connection.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, Protocol

from bench.dialects.pli import Pli
from bench.dialects.socketio import SocketIo
from bench.dialects.xmpp import Xmpp
from bench.record import Record, Sent


class Dialect(Protocol):
    """One connection's side of the talk."""

    subprotocol: ClassVar[str | None]
    """That the handshake asks for."""
    ready: bool
    """Whether messages may be sent now."""
    failure: str | None
    """What the server complained about."""

    def __init__(self, hello: bytes | None) -> None:
        """`hello`: the frame that says who this is; None where nobody asks."""

    def opening(self) -> Sequence[bytes]:
        """What the client says first."""

    def take(self, payload: memoryview, at: float, record: Record) -> Sequence[bytes]:
        """Notes in the record what arrived at that time; returns what must be answered now."""

    def asking(self) -> Sequence[bytes]:
        """What follows the messages of one burst, so that all of them are acknowledged."""

    @staticmethod
    def sent(frame: bytes) -> list[Sent]:
        """The messages in a frame that the client sent."""


DIALECTS: Final[Mapping[str, type[Dialect]]] = {"pli": Pli, "socket.io": SocketIo, "xmpp": Xmpp}
