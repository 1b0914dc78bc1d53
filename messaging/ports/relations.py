"""Relation events on their way out: the outbox, the book of the figures, and the sinks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from msgspec import Struct

from messaging.ports.threads import HistoryRow


class OutboxRow(Struct, frozen=True, gc=False):
    """One relation event, narrow: the relay makes the envelope (messaging.relations)."""

    subject: bytes
    n: int
    type: str
    at: int
    data: bytes
    """JSON."""


class Outbox(Protocol):
    async def append(self, rows: Sequence[OutboxRow]) -> None:
        """Hot path: one statement."""

    async def take(self, limit: int, shards: Sequence[int] = ()) -> list[tuple[int, OutboxRow]]:
        """The oldest, in commit order per subject, with their keys; delivered, then deleted: at least once. Of these
        shards (all, if none are named) only those that no other open transaction took."""

    async def delete(self, keys: Sequence[int]) -> None:
        """Raises when one of them is gone: another relay had it too, and what both write would stand there twice. The
        transaction must not be committed then."""

    async def oldest_at(self) -> int | None:
        """When the event happened that waits longest, ms."""

    async def holds(self, subject: bytes) -> bool:
        """Whether an event of this relation waits."""

    async def holds_correction(self) -> bool:
        """Whether a correction of any relation waits."""


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One event on its way to one webhook."""

    key: int
    endpoint: str
    event_id: str
    event: bytes
    """The envelope, as every sink gets it."""
    made_at: int
    """Since it was tried, when that was first."""
    attempts: int
    next_at: int
    dead_at: int | None
    """When it was given up; None: not yet."""
    says: str
    """What became of the last try."""


class Webhooks(Protocol):
    async def append(self, endpoints: Sequence[str], events: Sequence[tuple[bytes, str, bytes]], now: int) -> None:
        """One delivery for each endpoint and event (subject, id, envelope); events of one subject in order."""

    async def is_due(self, endpoints: Sequence[str], now: int) -> bool: ...

    async def take(self, endpoints: Sequence[str], now: int, until: int, limit: int) -> list[DeliveryRow]:
        """Those that are due: of each endpoint that is not disabled and each subject the first one that is not dead.
        Nobody else gets them before `until`."""

    async def delete(self, key: int) -> None: ...

    async def retry(self, key: int, attempts: int, made_at: int, next_at: int, says: str) -> None: ...

    async def bury(self, key: int, attempts: int, now: int, says: str) -> None:
        """A dead letter: those behind it go on."""

    async def disable(self, endpoint: str, now: int) -> None: ...

    async def enable(self, endpoint: str, now: int) -> bool:
        """What waits for it is due, as if it had never been tried. False: it was not disabled."""

    async def disabled(self) -> list[tuple[str, int]]:
        """(endpoint, since when)"""

    async def listed(self, after: int, limit: int, *, dead: bool) -> list[DeliveryRow]:
        """In order of key, from past `after`."""

    async def knows(self, endpoint: str) -> bool:
        """Whether anything waits for it, was given up, or it is disabled."""

    async def replay(self, endpoint: str, now: int) -> int:
        """Its dead letters wait again, as new ones; how many."""


class Book(Protocol):
    """Every relation event that went out, for the figures; the service's own book, and no participant's."""

    async def append(self, rows: Sequence[OutboxRow]) -> None:
        """Each event once; those of one relation in order."""

    async def begins(self) -> int | None:
        """When the first relation was opened, ms."""

    async def read(self, after: bytes, limit: int) -> list[HistoryRow]:
        """Whole relations with subject > after, in its order."""

    async def openings(self, after: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """(subject, data of `solicited`) of relations with subject > after, in its order."""

    async def lock(self, subject: bytes) -> bool:
        """Whether the relation is in the book; nobody else locks it until the transaction ends. It keeps no event from
        being appended."""

    async def of_relation(self, subject: bytes) -> HistoryRow | None:
        """One whole relation."""

    async def corrections(self) -> list[tuple[int, int]]:
        """(when the relation was opened, when an event of it was corrected), ms, each once."""

    async def published_at(self) -> Mapping[tuple[str, str], int]:
        """When each publication was made, ms, by (kind, period)."""

    async def published(self, year: str) -> Mapping[tuple[str, str], bytes]:
        """The cells of every publication of a year (`2026`) and its months, by (kind, period)."""

    async def publish(self, kind: str, period: str, cells: bytes, now: int) -> bool:
        """False, and nothing changed, if it was published before: a publication never changes."""


class EventSink(Protocol):
    """Where relation events go."""

    async def write(self, envelopes: Sequence[bytes]) -> None:
        """Returns once they are durably there, in order. Raises to be called again later with the same ones."""


class WebhookRefusedError(Exception):
    """A webhook did not take an event now; the message says what it did instead."""


class WebhookSink(Protocol):
    """Posts events to the endpoints that are configured."""

    @property
    def names(self) -> Sequence[str]: ...

    async def post(self, name: str, webhook_id: str, event: bytes) -> bool:
        """False: the endpoint is gone for good (410). Raises: WebhookRefusedError."""
