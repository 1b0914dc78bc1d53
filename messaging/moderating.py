"""What time does to cases, again and again, beside the requests: claims that expire, measures that end, flags.

Through the pipeline, so that whoever is concerned hears of it; any number of processes may do so at once.
"""

import logging

from messaging.domain import limits
from messaging.domain.errors import Busy
from messaging.pipeline import Pipeline
from messaging.ports import Store
from messaging.repeating import reason, repeat
from messaging.services.context import Context
from messaging.services.moderation import upkeep

log = logging.getLogger("pli.moderation")


class ModerationUpkeep:
    """One pass: what is due, and, less often, the rules over metadata."""

    def __init__(self, store: Store, pipeline: Pipeline, context: Context) -> None:
        self._store = store
        self._pipeline = pipeline
        self._context = context
        self._flags_at = 0

    async def run(self) -> None:
        """Until cancelled."""

        async def step() -> bool:
            return await self.look() >= limits.moderation_looks_max

        await repeat(step, limits.moderation_look_every_s, lambda error: log.warning("reports wait: %s", reason(error)))

    async def look(self) -> int:
        """How many cases and measures were moved on. Where there are none it only reads."""
        context, now = self._context, self._context.clock()
        async with self._store.reading() as tx:
            cases, measures = await upkeep.due(tx, now)
        for case in cases:
            await self._pipeline.run(lambda tx, case=case: upkeep.move_on(tx, case, context))  # type: ignore[misc]
        for each in measures:
            try:
                await self._pipeline.run(lambda tx, each=each: upkeep.end_measure(tx, each, context))  # type: ignore[misc]
            except Busy:
                log.info("a measure ends with the next pass")
        if now - self._flags_at >= limits.flag_look_every_s * 1_000:
            self._flags_at = now
            await self.look_for_flags()
        return len(cases) + len(measures)

    async def look_for_flags(self) -> None:
        """Opens a case for each mailbox that newly meets a rule."""
        context = self._context
        async with self._store.reading() as tx:
            found = await upkeep.find_flags(tx, context.clock())
        for mailbox, flag in found:
            await self._pipeline.run(
                lambda tx, of=mailbox, flag=flag: upkeep.raise_flag(tx, of, flag, context)  # type: ignore[misc]
            )
