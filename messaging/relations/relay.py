"""The outbox relay: takes committed relation events, hands them to the sink, then forgets them.

At least once, in order per relation: rows are deleted only after the sink has them. A crash in between repeats the
batch; consumers deduplicate by `id`. Several workers share the outbox: each takes a part of its shards at a time, and
what one that died had taken is another's at once.
"""

import logging
from collections.abc import Sequence

from messaging.domain import limits
from messaging.ports import Clock, EventSink, OutboxRow, Store, Transaction
from messaging.relations.envelopes import envelope, event_id
from messaging.repeating import reason, repeat

log = logging.getLogger("pli.relay")

_IDLE_S = 0.2


class Relay:
    """Moves events from the store to one sink, in a task of its own."""

    def __init__(
        self,
        store: Store,
        sink: EventSink,
        source: str,
        *,
        webhooks: Sequence[str] = (),
        clock: Clock | None = None,
        shares: bool = False,
    ) -> None:
        """`webhooks`: the names of those that get every event too, from the time of `clock` on. `shares`: it takes a
        part of the shards at a time, and leaves the others to other workers.
        """
        self._store = store
        self._sink = sink
        self._source = source
        self._webhooks = webhooks
        self._clock = clock or (lambda: 0)
        shards = range(limits.outbox_shards)
        most = limits.outbox_shards_at_once if shares else limits.outbox_shards
        self._parts = [shards[at : at + most] for at in range(0, limits.outbox_shards, most)]

    async def run(self) -> None:
        """Until cancelled. A sink that fails is tried again; nothing is dropped."""

        async def step() -> bool:
            return await self.move_batch() >= limits.outbox_batch_max

        await repeat(step, _IDLE_S, lambda error: log.warning("relation events wait: %s", reason(error)))

    async def move_batch(self) -> int:
        """One batch, or none; how many events went out. Raises what the sink raises, and keeps them then.

        Where other processes may relay, the transaction stays open while the sink writes, and with it the locks of its
        shards. Where there is one process, an open transaction would only keep the writer waiting.
        """
        if self._store.exclusive:
            return await self._move_alone()
        self._parts = self._parts[::-1]  # two relays that began alike do not go on alike
        return sum([await self._move_shared(part) for part in self._parts])

    async def _move_shared(self, shards: Sequence[int]) -> int:
        async with self._store.transaction() as tx:
            taken = await tx.outbox.take(limits.outbox_batch_max, shards)
            if taken:
                await self._write(taken)
                await self._forget(tx, taken)
        return len(taken)

    async def _move_alone(self) -> int:
        async with self._store.reading() as tx:
            taken = await tx.outbox.take(limits.outbox_batch_max)
        if taken:
            await self._write(taken)
            async with self._store.transaction() as tx:
                await self._forget(tx, taken)
        return len(taken)

    async def _forget(self, tx: Transaction, taken: Sequence[tuple[int, OutboxRow]]) -> None:
        """What went out goes into the book of the figures and to the webhooks, in the same transaction: once, whatever
        is repeated."""
        await tx.book.append([row for _, row in taken])
        if self._webhooks:
            events = [(row.subject, event_id(row), envelope(row, self._source)) for _, row in taken]
            await tx.webhooks.append(self._webhooks, events, self._clock())
        await tx.outbox.delete([key for key, _ in taken])

    async def _write(self, taken: Sequence[tuple[int, OutboxRow]]) -> None:
        await self._sink.write([envelope(row, self._source) for _, row in taken])
