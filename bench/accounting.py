"""Every message acknowledged once and delivered once, to the right peer, unchanged; and when. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.dialects import DIALECTS
from bench.load import Client
from bench.record import Record

EDGE: Final = 0.1
"""The first and the last tenth of a run are its warm-up and its end, and do not count for its rate."""


class Unaccounted(Exception):
    """A message was lost, doubled, changed or refused: the run measured nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One message: seconds."""

    due: float
    acked: float
    delivered: float

    @property
    def complete(self) -> float:
        return max(self.acked, self.delivered)


def account(clients: Sequence[Client], records: Sequence[Record]) -> list[Outcome]:
    """Matches what was sent with what came back. Raises: Unaccounted."""
    outcomes: list[Outcome] = []
    for number, client in enumerate(clients):
        outcomes += _of_client(client, records[number], records[number ^ 1])
    return outcomes


def _of_client(client: Client, own: Record, peer: Record) -> list[Outcome]:
    sent = [send for frame in client.frames for send in DIALECTS[client.dialect].sent(frame)]
    acked, delivered = dict(own.acks), dict(peer.deliveries)
    if len(own.acks) != len(sent) or acked.keys() != set(range(len(sent))):
        raise Unaccounted(f"{len(sent)} messages were sent, {len(own.acks)} acks came for {len(acked)} of them")
    if len(peer.deliveries) != len(sent) or delivered.keys() != {send.payload for send in sent}:
        raise Unaccounted(f"{len(sent)} messages were sent, {len(peer.deliveries)} deliveries came of {len(delivered)}")
    return [Outcome(own.due[send.ref], acked[send.ref], delivered[send.payload]) for send in sent]


def rate(outcomes: Sequence[Outcome]) -> float:
    """Complete messages a second, over the middle of the run."""
    times = sorted(outcome.complete for outcome in outcomes)
    first, last = int(len(times) * EDGE), int(len(times) * (1 - EDGE)) - 1
    return (last - first) / (times[last] - times[first])


def percentile_ms(seconds: Sequence[float], part: float) -> float:
    """The smallest value that is not exceeded by that part of them, milliseconds."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] * 1_000
