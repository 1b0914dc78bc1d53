"""Vaults: one sealed blob an account, replaced by compare-and-swap on its version."""

from typing import Final

import msgspec
from sqlalchemy import select, update

from messaging.domain.authorization import Grant
from messaging.store.link import Link, required
from messaging.store.tables import vaults
from messaging.wire.rest import VaultBody, VaultWrap

_wraps: Final = msgspec.json.Decoder(list[VaultWrap])


class Vaults:
    """`messaging.ports.Vaults`"""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def get(self, grant: Grant) -> VaultBody | None:
        query = select(vaults).where(vaults.c.account == required(grant.account))
        row = (await self._link.connection.execute(query)).one_or_none()
        return None if row is None else VaultBody(row.version, row.blob, _wraps.decode(row.wraps))

    async def put(self, grant: Grant, body: VaultBody) -> bool:
        account = required(grant.account)
        row = {"version": body.version, "blob": body.blob, "wraps": msgspec.json.encode(body.wraps)}
        if body.version == 1:
            return await self._link.insert_new(vaults, {"account": account, **row})
        swap = update(vaults).where(vaults.c.account == account, vaults.c.version == body.version - 1).values(row)
        return (await self._link.connection.execute(swap)).rowcount == 1
