"""The end of an account: its keys are shredded, what it waited with is destroyed, and what stays leads to nobody.

In two steps. First access ends: tokens, tickets, sockets, seats. After that nothing new of the account can begin to
wait, so that the second step finds all of it, locked in the usual order (threads, seats, rosters, the rest), and
deletes it in one transaction. Then the files of the database are cleared (`Store.purge`). Each step may be repeated.

What a peer received stays with the peer, and holders were told so when they gave it. Peers are told nothing.
"""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.consent import CardAction, CardState
from messaging.domain.ids import ID_BYTES, AccountId, MailboxId, SeatId
from messaging.ports import SeatRow, Transaction
from messaging.services import departures
from messaging.services.context import Context
from messaging.services.ended_cards import end_cards, services_word
from messaging.services.outcome import Outcome, Publication
from messaging.wire.events import CardsChanged
from messaging.wire.platform import ErasureProof, ErasureRequest

DAY_MS: Final = 86_400_000
_HOUR_MS: Final = 3_600_000

TABLES: Final = (
    *("escrow", "cards", "desk_entries", "prekeys", "presentations", "mailboxes", "seeds", "prevs", "seats"),
    *("tickets", "vaults", "alerts", "alert_links", "push_subscriptions", "accounts"),
    *("moderation_notices", "moderation_told"),
)
"""Those in which an erasure deletes or changes rows."""

KEPT: Final = MappingProxyType(
    {
        "consent_register": "the proof of consents given and withdrawn (GDPR articles 7(1) and 17(3)(e))",
        "ended_records": "the same of rosters that a reset ended: proofs of consents from before stand on them",
        "moderation_notices": "what the account sent moderators from outside, under nobody's name, as long as its case",
        "roster_records": "public keys under random ids: colleagues verify the mailbox's history with them",
        "events": "the conversations of mailboxes: end-to-end encrypted, and the other party's copy too",
    }
)


async def close_access(
    tx: Transaction, actor: Actor, issuer: str, body: ErasureRequest, context: Context
) -> Outcome[None]:
    """Raises: NotFound, for whoever may not."""
    grant = authorize(actor, Operation.PLATFORM_ERASURE)
    now = context.clock()
    account = await tx.accounts.find(issuer, body.subject)
    if account is None:
        return Outcome(None)
    await tx.accounts.revoke(account, now)
    ended = await departures.end_access(tx, grant, account, await tx.seats.of_account(account), now)
    return Outcome(None, ended.publish, close=[account], bar=ended.bar)


async def erase(
    tx: Transaction, actor: Actor, issuer: str, body: ErasureRequest, context: Context
) -> Outcome[ErasureProof]:
    """After `close_access`. An unknown account leaves nothing to delete, and gets its proof too.

    Raises: NotFound, for whoever may not.
    """
    grant = authorize(actor, Operation.PLATFORM_ERASURE)
    now = context.clock()
    account = await tx.accounts.find(issuer, body.subject)
    deleted: dict[str, int] = {}
    unlinked: dict[str, int] = {}
    heard: list[Publication] = []
    if account is not None:
        await tx.accounts.revoke(account, now)
        seats = await tx.seats.of_account(account)
        shredded, heard = await _withdraw_waiting(tx, grant, [row.seat for row in seats], now)
        deleted["escrow"] = shredded
        emptied = await _lock_and_find_emptied(tx, grant, seats)
        for mailbox in emptied:
            _add(deleted, await tx.erasing.empty_mailbox(Grant(grant.operation, mailbox=mailbox)))
        tombs = {row.seat: AccountId(context.entropy(ID_BYTES)) for row in seats}
        _add(deleted, await tx.erasing.forget_account(Grant(grant.operation, account=account), tombs, now))
        unlinked["seats"] = len(tombs)
    await tx.accounts.refuse_until_now(issuer, body.subject, now)
    return Outcome(ErasureProof(now, deleted, unlinked, dict(KEPT), *_expiries(now, context)), heard)


def _expiries(now: int, context: Context) -> tuple[int, int]:
    return now + limits.erased_person_h * _HOUR_MS, now + context.backup_days * DAY_MS


async def _withdraw_waiting(
    tx: Transaction, grant: Grant, seats: Sequence[SeatId], now: int
) -> tuple[int, list[Publication]]:
    """Every card of these seats that waits: its escrow destroyed, the register told. How many, and who hears of it."""
    held = set(seats)
    locked = await tx.threads.lock(await tx.erasing.threads_with_waiting_cards(grant, seats))
    heard: list[Publication] = []
    shredded = 0
    for thread in sorted(locked):
        cards = await tx.consents.cards(thread)
        waiting = [card for card in cards if card.seat in held and card.state is CardState.WAITING]
        shredded += len(waiting)
        reason = services_word("pli1/erased", locked[thread], now)
        await end_cards(tx, locked[thread], waiting, CardAction.ERASE, reason, now)
        own = {locked[thread].mailboxes[card.party] for card in waiting}
        heard += [Publication((mailbox,), CardsChanged(thread=thread)) for mailbox in sorted(own)]
    return shredded, heard


async def _lock_and_find_emptied(tx: Transaction, grant: Grant, seats: Sequence[SeatRow]) -> set[MailboxId]:
    """The mailboxes in which nobody is left once these seats are gone, and to which no printed kit leads. The rosters
    are locked: nobody is admitted.
    """
    await tx.seats.lock([row.seat for row in seats])
    emptied = set()
    for mailbox in sorted({row.mailbox for row in seats}):
        await tx.rosters.lock(mailbox)
        kits = await tx.rosters.kit_seeds(Grant(grant.operation, mailbox=mailbox))
        if (await tx.seats.count(mailbox))[0] == 0 and not kits:
            emptied.add(mailbox)
    return emptied


def _add(counts: dict[str, int], more: dict[str, int]) -> None:
    for table, rows in more.items():
        counts[table] = counts.get(table, 0) + rows
