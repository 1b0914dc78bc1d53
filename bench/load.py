"""What one run asks of the generator, and what the generator reports. Both travel between two processes."""

import msgspec


class Client(msgspec.Struct, frozen=True):
    """One connection. Clients come in pairs: number n talks to number n xor 1."""

    url: str
    hello: bytes | None
    """Its first frame; None where the server asks for none."""
    frames: list[bytes]
    """In the order in which they are sent. The messages in them carry `ref` 0, 1, 2, ..."""
    dialect: str = "pli"
    """A key of `bench.dialects.DIALECTS`."""


class Load(msgspec.Struct, frozen=True):
    """One run: all frames are sent, all messages acknowledged and delivered, or the run fails."""

    clients: list[Client]
    structs_per_frame: int
    frames_in_flight: int
    """Closed loop: how many frames of a connection may wait for their ack."""
    rate: float | None
    """Open loop: messages a second, sent when they are due, whatever was answered. None: closed loop."""
    seed: int
    """Of the arrival times, which are those of a Poisson process."""
    server_pids: list[int]

    @property
    def messages(self) -> int:
        return self.structs_per_frame * sum(len(client.frames) for client in self.clients)


class Measured(msgspec.Struct, frozen=True):
    """One run, measured. A message is complete once its sender has the ack and its peer has the message."""

    messages: int
    per_second: float
    """Complete messages a second, over the middle 80 % of them."""
    ack_p50_ms: float
    ack_p99_ms: float
    complete_p50_ms: float
    complete_p99_ms: float
    """From the scheduled time of sending in an open loop, from the sending in a closed one."""
    server_us: float
    """CPU of what is under test, all its processes and threads, microseconds a message."""
    server_share: float
    """Of its core, over the whole run."""
    generator_share: float
    """Of the generator's core, over the whole run."""
