"""How far relations came, and how their sides rated them: beside `threads`, whose rows every message writes."""

from dataclasses import asdict

from sqlalchemy import insert, select, update

from messaging.domain.authorization import Grant
from messaging.domain.progress import Progress
from messaging.store.link import Link, required
from messaging.store.tables import progress


class Progresses:
    """`messaging.ports.Progresses`"""

    def __init__(self, link: Link) -> None:
        self._connection = link.connection

    async def get(self, grant: Grant) -> Progress:
        columns = (progress.c.meeting, progress.c.offer, progress.c.installed)
        row = (
            await self._connection.execute(select(*columns).where(progress.c.thread == required(grant.thread)))
        ).one_or_none()
        return Progress() if row is None else Progress(*row)

    async def put(self, grant: Grant, now: Progress) -> None:
        await self._write(grant, asdict(now))

    async def rating(self, grant: Grant) -> tuple[int, int] | None:
        column = (progress.c.rating_0, progress.c.rating_1)[grant.party or 0]
        found = await self._connection.execute(select(column).where(progress.c.thread == required(grant.thread)))
        packed = found.scalar_one_or_none()
        return None if packed is None else divmod(packed, 10)

    async def rate(self, grant: Grant, satisfied: int, recommends: int) -> None:
        await self._write(grant, {f"rating_{grant.party or 0}": satisfied * 10 + recommends})

    async def _write(self, grant: Grant, values: dict[str, int | None]) -> None:
        thread = required(grant.thread)
        changed = await self._connection.execute(update(progress).where(progress.c.thread == thread).values(values))
        if not changed.rowcount:
            await self._connection.execute(insert(progress).values({"thread": thread, "installed": 0} | values))
