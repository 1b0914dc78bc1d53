"""The outbox relay: takes committed relation events, hands them to the sink, then forgets them.

At least once, in order per relation: rows are deleted only after the sink has them. A crash in between repeats the
batch; consumers deduplicate by `id`.
"""

import logging
from collections.abc import Sequence

from messaging.domain import limits
from messaging.ports import EventSink, OutboxRow, Store
from messaging.relations.envelopes import envelope
from messaging.repeating import repeat

log = logging.getLogger("pli.relay")

_IDLE_S = 0.2


class Relay:
    """Moves events from the store to one sink, in a task of its own."""

    def __init__(self, store: Store, sink: EventSink, source: str) -> None:
        self._store = store
        self._sink = sink
        self._source = source

    async def run(self) -> None:
        """Until cancelled. A sink that fails is tried again; nothing is dropped."""

        async def step() -> bool:
            return await self.move_batch() >= limits.outbox_batch_max

        await repeat(step, _IDLE_S, lambda error: log.warning("relation events wait: %s", type(error).__name__))

    async def move_batch(self) -> int:
        """One batch, or none; how many events went out. Raises what the sink raises, and keeps them then.

        Where other processes may relay, the transaction stays open while the sink writes, and with it the lock of the
        only relay. Where there is one process, an open transaction would only keep the writer waiting.
        """
        if self._store.exclusive:
            return await self._move_alone()
        async with self._store.transaction() as tx:
            taken = await tx.outbox.take(limits.outbox_batch_max)
            if taken:
                await self._write(taken)
                await tx.outbox.delete([key for key, _ in taken])
        return len(taken)

    async def _move_alone(self) -> int:
        async with self._store.reading() as tx:
            taken = await tx.outbox.take(limits.outbox_batch_max)
        if taken:
            await self._write(taken)
            async with self._store.transaction() as tx:
                await tx.outbox.delete([key for key, _ in taken])
        return len(taken)

    async def _write(self, taken: Sequence[tuple[int, OutboxRow]]) -> None:
        await self._sink.write([envelope(row, self._source) for _, row in taken])
