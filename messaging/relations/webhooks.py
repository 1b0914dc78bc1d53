"""Delivering relation events to webhooks: at least once, in order per relation and endpoint, for three days.

The relay leaves one delivery for each endpoint and event, in the transaction in which it forgets the event. A delivery
is tried once the one before it of the same relation is through; a failed one again later and later. Three days after it
was tried first it is a dead letter, which an operator sees and can have replayed, and those behind it go on. 410
disables the endpoint: its deliveries wait until an operator enables it again. Endpoints do not wait for each other.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from messaging.domain import limits
from messaging.ports import Clock, DeliveryRow, Store, WebhookRefusedError, WebhookSink
from messaging.repeating import reason, repeat

log = logging.getLogger("pli.webhooks")

_IDLE_S: Final = 0.5
_PAUSES_S: Final = (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 21_600)
"""After the first failure, the second, and so on; the last one again and again."""


def pause_ms(attempts: int, drawn: float) -> int:
    """Until the next try after so many; `drawn`, in [0, 1), spreads those that failed together by half of it."""
    pause_s = _PAUSES_S[min(attempts, len(_PAUSES_S)) - 1]
    return int(pause_s * 1_000 * (0.75 + drawn / 2))


class WebhookSender:
    """Posts what is due, in a task of its own for each endpoint. `draw`: random numbers in [0, 1)."""

    def __init__(self, store: Store, sink: WebhookSink, clock: Clock, draw: Callable[[], float]) -> None:
        self._store = store
        self._sink = sink
        self._clock = clock
        self._draw = draw

    async def run(self) -> None:
        """Until cancelled."""

        async with asyncio.TaskGroup() as endpoints:  # which waits for the step under way of each
            for endpoint in self._sink.names:
                endpoints.create_task(self._run(endpoint))

    async def _run(self, endpoint: str) -> None:
        async def step() -> bool:
            return await self._send_due(endpoint) > 0

        await repeat(step, _IDLE_S, lambda error: log.warning("webhook %s waits: %s", endpoint, reason(error)))

    async def send_due(self) -> int:
        """Those that may go now, each once; how many were tried. Who dies meanwhile leaves them to be tried again."""
        return sum(await asyncio.gather(*(self._send_due(endpoint) for endpoint in self._sink.names)))

    async def _send_due(self, endpoint: str) -> int:
        now = self._clock()
        async with self._store.reading() as tx:
            if not await tx.webhooks.is_due([endpoint], now):
                return 0
        async with self._store.transaction() as tx:
            due = await tx.webhooks.take([endpoint], now, now + limits.webhook_lease_ms, limits.webhooks_at_once)
        await asyncio.gather(*(self._send(row) for row in due))
        return len(due)

    async def _send(self, row: DeliveryRow) -> None:
        try:
            wanted = await self._sink.post(row.endpoint, row.event_id, row.event)
        except WebhookRefusedError as error:
            await self._failed(row, str(error))
            return
        except Exception as error:
            # Whatever it was, it is this delivery's alone: the others go on, and this one is tried for three days too.
            log.warning("webhook %s: a post failed (%s)", row.endpoint, type(error).__name__)
            await self._failed(row, f"could not be posted ({type(error).__name__})")
            return
        async with self._store.transaction() as tx:
            if wanted:
                await tx.webhooks.delete(row.key)
            else:
                log.warning("webhook %s answered 410 and is disabled; see pli events", row.endpoint)
                await tx.webhooks.disable(row.endpoint, self._clock())
                await tx.webhooks.retry(row.key, row.attempts, row.made_at, 0, "answered 410")

    async def _failed(self, row: DeliveryRow, says: str) -> None:
        now, attempts = self._clock(), row.attempts + 1
        # How long it waited before does not count: for an endpoint that was disabled, a worker, the one before it.
        tried_at = row.made_at if row.attempts else now
        async with self._store.transaction() as tx:
            if now - tried_at >= limits.webhook_retry_ms:
                log.warning("webhook %s: %s is a dead letter (%s); see pli events", row.endpoint, row.event_id, says)
                await tx.webhooks.bury(row.key, attempts, now, says)
            else:
                await tx.webhooks.retry(row.key, attempts, tried_at, now + pause_ms(attempts, self._draw()), says)
