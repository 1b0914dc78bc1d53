"""Accounts: one row a person, known only by the HMAC of what the platform calls them."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import bindparam, delete, select, update

from messaging.domain import limits
from messaging.domain.ids import AccountId
from messaging.store.link import Link
from messaging.store.prepared import Locking, Prepared
from messaging.store.tables import accounts, erased_people, tickets

_FIND: Final = Prepared(select(accounts.c.account).where(accounts.c.person == bindparam("person")))
_REVOKED_AT: Final = Locking(
    select(accounts.c.revoked_at).where(accounts.c.account == bindparam("account")), shared=True
)
_ERASED_AT: Final = Prepared(select(erased_people.c.at).where(erased_people.c.person == bindparam("person")))


class Accounts:
    """`messaging.ports.Accounts`"""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._connection = link.connection

    async def ensure(self, issuer: str, subject: str, new_id: AccountId) -> AccountId:
        row = {"account": new_id, "person": self._person(issuer, subject), "revoked_at": 0}
        if await self._link.insert_new(accounts, row):
            return new_id
        # The insert waited for whoever else made this account, so it is there now.
        return AccountId(await self._link.value(_FIND, person=row["person"]))

    async def find(self, issuer: str, subject: str) -> AccountId | None:
        found = await self._link.value(_FIND, person=self._person(issuer, subject))
        return None if found is None else AccountId(found)

    async def revoke(self, account: AccountId, at: int) -> None:
        later = update(accounts).where(accounts.c.account == account, accounts.c.revoked_at < at)
        # First the account's row, then the tickets: whoever issues one holds that row (revoked_at), so that the
        # second statement sees every ticket of a token that was found good.
        await self._connection.execute(
            select(accounts.c.account).where(accounts.c.account == account).with_for_update()
        )
        await self._connection.execute(later.values(revoked_at=at))
        await self._connection.execute(delete(tickets).where(tickets.c.account == account))

    async def revoked_at(self, account: AccountId) -> int:
        """In a `transaction()` a revocation waits until that one ends: what was decided on it stays true."""
        found: int | None = await self._link.value(_REVOKED_AT, account=account)
        return found or 0

    async def revoked_since(self, among: Sequence[AccountId], since: int) -> Mapping[AccountId, int]:
        query = select(accounts.c.account, accounts.c.revoked_at).where(
            accounts.c.account.in_(among), accounts.c.revoked_at >= since
        )
        return {AccountId(row[0]): row[1] for row in await self._connection.execute(query)}

    async def refuse_until_now(self, issuer: str, subject: str, now: int) -> None:
        forgotten = now - limits.erased_person_h * 3_600_000
        await self._connection.execute(delete(erased_people).where(erased_people.c.at <= forgotten))
        row = {"person": self._person(issuer, subject), "at": now}
        if not await self._link.insert_new(erased_people, row):
            known = erased_people.c.person == row["person"]
            await self._connection.execute(update(erased_people).where(known).values(at=now))

    async def erased_at(self, issuer: str, subject: str) -> int:
        found: int | None = await self._link.value(_ERASED_AT, person=self._person(issuer, subject))
        return found or 0

    def _person(self, issuer: str, subject: str) -> bytes:
        return self._link.sealer.index("account", issuer, subject)
