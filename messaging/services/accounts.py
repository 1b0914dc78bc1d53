"""Accounts: the platform's token becomes an actor, a ticket, a vault; revocation ends all of them."""

from collections.abc import Sequence

from messaging.domain import limits
from messaging.domain.authorization import Actor, Anonymous, Operation, Person, Platform, Reporter, Seat, authorize
from messaging.domain.errors import NotFound, StaleHead, TokenExpired, Unauthenticated
from messaging.domain.ids import ID_BYTES, AccountId, MailboxId
from messaging.domain.scope import EVERY_SCOPE
from messaging.domain.seat import SeatState
from messaging.domain.tokens import TOKEN_BYTES, token_digest, token_text
from messaging.domain.vocabulary import MailboxKind
from messaging.ports import MailboxRow, SeatClaim, SeatRow, Ticket, TokenClaims, Transaction
from messaging.services import platform_keys
from messaging.services.context import Context
from messaging.services.outcome import Outcome
from messaging.wire.rest import AccountRevoke, AccountView, TicketIssued, VaultBody
from messaging.wire.types import SeatView

_NOBODY_YET = AccountId(bytes(ID_BYTES))
"""Of whom there is no account: nothing is ever stored under it."""


async def actor_of(tx: Transaction, claims: TokenClaims | None, new_account: AccountId | None) -> Actor:
    """Who a verified token stands for. `new_account`: the id of an account to be made if there is none; without it
    the newcomer has no account yet, and may read what the platform's word lets a newcomer read.

    Raises: Unauthenticated.
    """
    if claims is None:
        return Anonymous()
    if claims.platform:
        return Platform(EVERY_SCOPE if claims.key is None else await platform_keys.scopes_of(tx, claims.key))
    if claims.reporting:
        return Reporter()
    account = await tx.accounts.find(claims.issuer, claims.subject)
    if account is None:
        if claims.issued_at <= await tx.accounts.erased_at(claims.issuer, claims.subject):
            raise Unauthenticated("this token was revoked")
        if new_account is None:
            return await person(
                tx, _NOBODY_YET, await _seat_claims(tx, claims), claims.issued_at, claims.openings_per_day
            )
        account = await tx.accounts.ensure(claims.issuer, claims.subject, new_account)
    if claims.issued_at <= await tx.accounts.revoked_at(account):
        raise Unauthenticated("this token was revoked")
    return await person(tx, account, await _seat_claims(tx, claims), claims.issued_at, claims.openings_per_day)


async def person(
    tx: Transaction,
    account: AccountId,
    claims: Sequence[SeatClaim],
    issued_at: int,
    openings_per_day: int | None = None,
) -> Person:
    """The account with its seats and quota. Without the platform's claim to a mailbox there is no seat in it, and
    neither where the platform said that the person left, whatever a token still claims.

    A removal outlives the claims that were made before it: whoever was removed may ask for a new seat once the platform
    names them again, in a token `issued_at` (ms) a later time.
    """
    rows = await tx.seats.of_account(account)
    current = {row.mailbox: row for row in rows if row.state != SeatState.REMOVED}
    removed = {row.mailbox for row in rows if row.removed_at is not None and row.removed_at >= issued_at}
    left = {row.mailbox for row in current.values() if row.state == SeatState.DEPARTED}
    void = (removed - current.keys()) | left
    seats = {c.mailbox: _seat(c, current.get(c.mailbox)) for c in claims if c.mailbox not in void}
    return Person(account, seats, openings_per_day, _sat(rows))


def _sat(rows: Sequence[SeatRow]) -> dict[MailboxId, int | None]:
    """Until when the account had a seat in each mailbox (ms); None: it has one still, or left one to be removed."""
    until: dict[MailboxId, int | None] = {}
    for row in rows:
        before = until.get(row.mailbox, 0)
        if row.state != SeatState.REMOVED or before is None:
            until[row.mailbox] = None
        else:
            until[row.mailbox] = max(before, row.removed_at or 0, row.left_at or 0)
    return until


def _seat(claim: SeatClaim, row: SeatRow | None) -> Seat:
    if row is None:
        return Seat(claim.mailbox, claim.kind, claim.role, claim.admin, SeatState.ABSENT, None)
    return Seat(claim.mailbox, claim.kind, row.role, row.admin, SeatState(row.state), row.seat)


async def _seat_claims(tx: Transaction, claims: TokenClaims) -> tuple[SeatClaim, ...]:
    """Of the mailboxes that the token names, those that are registered as what it says that they are: a kind is what
    the mailbox was registered as, and the moderators' is the one mailbox of this deployment.
    """
    known = await tx.mailboxes.kinds([claim.ref for claim in claims.mailboxes])
    named = [(known[claim.ref], claim) for claim in claims.mailboxes if claim.ref in known]
    found = [
        SeatClaim(mailbox, kind, claim.role, claim.admin) for (mailbox, kind), claim in named if claim.kind is kind
    ]
    if all(claim.kind is not MailboxKind.MODERATION for claim in found):
        return tuple(found)
    bench = await tx.mailboxes.moderators()
    return tuple(claim for claim in found if claim.kind is not MailboxKind.MODERATION or claim.mailbox == bench)


async def view(tx: Transaction, actor: Actor) -> Outcome[AccountView]:
    """The account and what it may act for; asking is what makes it. Raises: NotFound."""
    authorize(actor, Operation.ACCOUNT_READ)
    if not isinstance(actor, Person):
        raise NotFound("unknown, or not yours")
    return Outcome(AccountView(actor.account, await seat_views(tx, actor)))


async def seat_views(tx: Transaction, actor: Person) -> list[SeatView]:
    """One's own seats, in order of mailbox id."""
    rows = await tx.mailboxes.get(list(actor.seats))
    return [_seat_view(actor.seats[mailbox], rows[mailbox]) for mailbox in sorted(actor.seats) if mailbox in rows]


def _seat_view(seat: Seat, row: MailboxRow) -> SeatView:
    return SeatView(
        mailbox=seat.mailbox,
        kind=seat.kind,
        role=seat.role,
        admin=seat.admin,
        state="claimable" if seat.state is SeatState.ABSENT else seat.state.value,
        seat=seat.seat,
        founded=row.founded,
        desk_seq=row.desk_seq if seat.state is SeatState.ACTIVE else 0,
    )


async def issue_ticket(tx: Transaction, actor: Actor, claims: TokenClaims, context: Context) -> Outcome[TicketIssued]:
    """A single-use ticket for one socket, in place of the token: it never stands in an address."""
    authorize(actor, Operation.TICKET_ISSUE)
    if not isinstance(actor, Person):
        raise NotFound("unknown, or not yours")
    secret = token_text(context.entropy(TOKEN_BYTES))
    seats = tuple(SeatClaim(s.mailbox, s.kind, s.role, s.admin) for s in actor.seats.values())
    ticket = Ticket(actor.account, claims.expires_at, seats, claims.openings_per_day, claims.issued_at)
    await tx.tickets.put(token_digest(secret), ticket, context.clock() + limits.ticket_s * 1_000)
    return Outcome(TicketIssued(secret, limits.ticket_s))


async def redeem(tx: Transaction, ticket: str, now: int) -> tuple[Ticket, Person]:
    """Consumes a ticket. Raises: Unauthenticated, TokenExpired."""
    found = await tx.tickets.take(token_digest(ticket), now)
    if found is None:
        raise Unauthenticated("the ticket is unknown, used or too old")
    if found.token_expires_at <= now:
        raise TokenExpired("the token behind this ticket expired")
    return found, await person(tx, found.account, found.seats, found.token_issued_at, found.openings_per_day)


async def read_vault(tx: Transaction, actor: Actor) -> VaultBody | None:
    """None: the account has none yet."""
    return await tx.vaults.get(authorize(actor, Operation.VAULT_READ))


async def write_vault(tx: Transaction, actor: Actor, body: VaultBody) -> Outcome[None]:
    """Raises: StaleHead, when another device wrote first."""
    if not await tx.vaults.put(authorize(actor, Operation.VAULT_WRITE), body):
        raise StaleHead("another device wrote the vault; read it, merge, and write again")
    return Outcome(None)


async def revoke(tx: Transaction, actor: Actor, issuer: str, body: AccountRevoke, context: Context) -> Outcome[None]:
    """Ends every token, ticket and socket of an account, also of one that never came: its token may be out there."""
    authorize(actor, Operation.PLATFORM_ACCOUNT_REVOKE)
    now = context.clock()
    account = await tx.accounts.ensure(issuer, body.subject, AccountId(context.entropy(ID_BYTES)))
    await tx.accounts.revoke(account, now)
    return Outcome(None, close=[account])
