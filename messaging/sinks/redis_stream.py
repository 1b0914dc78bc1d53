"""Relation events in a stream of Redis, one entry each, with the whole envelope in its field `event`.

What the outbox forgets is as durable as that Redis: give it `appendonly yes` and `appendfsync always`. A batch goes in
whole or not at all; one whose answer was lost comes again, as every sink's does: consumers deduplicate by `id`.
"""

from collections.abc import Sequence
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

STREAM: Final = "pli:events"
FIELD: Final = "event"
_STEP_S: Final = 5.0
"""How long a step with Redis may take."""


class RedisStreamSink:
    """`messaging.ports.EventSink`"""

    def __init__(self, url: str) -> None:
        # Retried by the relay, which counts: a retry of the client's own could double events unseen.
        self._redis = Redis.from_url(
            url, protocol=2, socket_timeout=_STEP_S, socket_connect_timeout=_STEP_S, retry=Retry(NoBackoff(), 0)
        )

    async def write(self, envelopes: Sequence[bytes]) -> None:
        async with self._redis.pipeline(transaction=True) as pipeline:
            for envelope in envelopes:
                pipeline.xadd(STREAM, {FIELD: envelope})
            await pipeline.execute()

    async def check(self) -> bool:
        """Whether that server writes what it takes to its disk. Raises: RedisError, OSError."""
        info = await self._redis.info("persistence")
        return bool(info["aof_enabled"])

    async def close(self) -> None:
        await self._redis.aclose()
