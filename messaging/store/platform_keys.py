"""Keys of the platform's back end: what the service knows of them, which is never enough to use one."""

from typing import Any

from sqlalchemy import Row, func, insert, select, update

from messaging.domain import limits
from messaging.domain.errors import TooMany
from messaging.domain.ids import KeyId
from messaging.domain.scope import Scope
from messaging.ports import PlatformKeyRow
from messaging.store.link import Link
from messaging.store.tables import platform_keys


class PlatformKeys:
    """`messaging.ports.PlatformKeys`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def put(self, row: PlatformKeyRow) -> None:
        good = select(func.count()).select_from(platform_keys).where(platform_keys.c.revoked_at.is_(None))
        if (await self._connection.execute(good)).scalar_one() >= limits.platform_keys_max:
            raise TooMany("there are as many keys as there may be; revoke one")
        values = {
            "key": row.key,
            "digest": row.digest,
            "name": row.name,
            "scopes": " ".join(sorted(row.scopes)),
            "made_at": row.made_at,
            "revoked_at": row.revoked_at,
        }
        await self._connection.execute(insert(platform_keys).values(values))

    async def get(self, key: KeyId) -> PlatformKeyRow | None:
        query = select(platform_keys).where(platform_keys.c.key == key)
        if self._link.writable:
            query = query.with_for_update(read=True)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _row(row)

    async def all(self) -> list[PlatformKeyRow]:
        query = select(platform_keys).order_by(platform_keys.c.made_at, platform_keys.c.key)
        return [_row(row) for row in await self._connection.execute(query)]

    async def revoke(self, key: KeyId, at: int) -> bool:
        good = (platform_keys.c.key == key) & platform_keys.c.revoked_at.is_(None)
        return (await self._connection.execute(update(platform_keys).where(good).values(revoked_at=at))).rowcount == 1


def _row(row: Row[Any]) -> PlatformKeyRow:
    scopes = frozenset(Scope(scope) for scope in row.scopes.split())
    return PlatformKeyRow(KeyId(row.key), row.digest, row.name, scopes, row.made_at, row.revoked_at)
