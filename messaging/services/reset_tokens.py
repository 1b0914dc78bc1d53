"""The platform's word that a side begins anew, thread by thread: verified, then an event that the peer sees too.

Until it stands, the new people of that side can neither write nor rotate there; after it their next epoch record needs
no signature of the pseudonym that nobody has any more (SPEC.md section 4.7). Every consent of both sides ends with it.
"""

from collections.abc import Mapping

from msgspec import structs

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.consent import CardAction, CardState
from messaging.domain.errors import Conflict, NotFound, PliError, StaleEpoch, Unverifiable
from messaging.domain.ids import ResetId, ThreadId
from messaging.domain.vocabulary import SERVICE, EventKind
from messaging.e2ee import epoch
from messaging.e2ee import reset as resetting
from messaging.e2ee.epoch import EpochRecord
from messaging.e2ee.errors import BadRecord, E2EEError
from messaging.e2ee.jwt import verify_jwt
from messaging.e2ee.verified_log import PlatformKey
from messaging.ports import ResetRow, ThreadRow, Transaction
from messaging.services import presenting
from messaging.services.context import Context
from messaging.services.ended_cards import end_cards, services_word
from messaging.services.messages import NewEvent, append_events
from messaging.services.outcome import Outcome, Publication
from messaging.services.resets import missing
from messaging.wire.events import CardsChanged
from messaging.wire.platform import ResetProgress, ResetToken, ResetTokens, TokenRefused


async def take(
    tx: Transaction, actor: Actor, reset_id: ResetId, body: ResetTokens, context: Context
) -> Outcome[ResetProgress]:
    """Appends what verifies; each refusal concerns its own conversation. A token that was taken is taken again.

    Raises: NotFound; Conflict, for a reset after which the mailbox began anew once more.
    """
    authorize(actor, Operation.PLATFORM_RESET_TOKENS)
    reset = await tx.resets.get(reset_id)
    if reset is None:
        raise NotFound("unknown, or not yours")
    if context.platform is None:
        raise Conflict("no key of the platform is known here to check its word with: set PLI_PLATFORM_KEY")
    if await tx.resets.latest(reset.mailbox) != reset:
        raise Conflict("this mailbox began anew once more since")
    grant = Grant(Operation.PLATFORM_RESET_TOKENS, mailbox=reset.mailbox)
    rows = dict(await tx.threads.lock(sorted({ThreadId(token.thread) for token in body.tokens})))
    appended: list[bytes] = []
    refused: list[TokenRefused] = []
    heard: list[Publication] = []
    for token in body.tokens:
        try:
            row, told = await _take(tx, reset, token, rows, context.platform, context)
        except PliError as refusal:
            refused.append(TokenRefused(token.thread, refusal.code))
            continue
        rows[row.thread] = row
        heard += told
        appended.append(token.thread)
    return Outcome(ResetProgress(appended, refused, *await missing(tx, grant)), heard)


async def _take(
    tx: Transaction,
    reset: ResetRow,
    token: ResetToken,
    rows: Mapping[ThreadId, ThreadRow],
    platform: PlatformKey,
    context: Context,
) -> tuple[ThreadRow, list[Publication]]:
    """Appends one reset; who hears of it. Raises: NotFound, Unverifiable, StaleEpoch."""
    row = rows.get(ThreadId(token.thread))
    if row is None or reset.mailbox not in row.mailboxes:
        raise NotFound("unknown, or not yours")
    party = row.mailboxes.index(reset.mailbox)
    in_thread = Grant(Operation.PLATFORM_RESET_TOKENS, mailbox=reset.mailbox, thread=row.thread, party=party)
    in_force = await tx.events.epoch(in_thread, row.epoch)
    if in_force is None:
        raise NotFound("unknown, or not yours")
    payload = resetting.make_reset(party, row.epoch, token.jwt)
    if not row.renew >> party & 0b100:
        before = await tx.events.last_reset(in_thread, in_force.seq)
        if before is None or before.payload != payload:
            raise NotFound("unknown, or not yours")
        return row, [Publication(row.audience, presenting.event(before))]
    now = context.clock()
    _verify(payload, epoch.parse_signed(in_force.payload).record, platform, reset.at, now)
    consented = [c for c in await tx.consents.cards(row.thread) if c.state in (CardState.WAITING, CardState.RELEASED)]
    reason = services_word("pli1/ended-by-reset", row, now)
    row = await end_cards(tx, row, consented, CardAction.RESET, reason, now)
    row = structs.replace(row, renew=row.renew & ~(0b100 << party))
    row, written = await append_events(tx, row, [NewEvent(EventKind.RESET, SERVICE, payload)], now, context.stamper)
    sides = sorted({row.mailboxes[card.party] for card in consented})
    cards = [Publication((mailbox,), CardsChanged(thread=row.thread)) for mailbox in sides]
    return row, [Publication(row.audience, presenting.event(written[0])), *cards]


def _verify(payload: bytes, record: EpochRecord, platform: PlatformKey, since: int, now: int) -> None:
    """By the same rule as the clients, and that the word is of a time after the reset began.

    Raises: Unverifiable; StaleEpoch, for a word that is good but for an epoch that ended.
    """
    try:
        said = verify_jwt(resetting.parse_reset(payload).jwt, resetting.TYPE, platform.public, platform.audience)
        resetting.verify_reset(payload, record=record, platform_key=platform.public, audience=platform.audience)
    except BadRecord as error:
        expected = resetting.claims(record.thread, resetting.parse_reset(payload).party, record.hash, 0)
        if [name for name in ("thread", "party", "record") if said.get(name) != expected[name]] == ["record"]:
            raise StaleEpoch("the keys were renewed meanwhile; sign the record in force") from error
        raise Unverifiable(str(error)) from error
    except E2EEError as error:
        raise Unverifiable(str(error)) from error
    issued, expires = said["iat"], said.get("exp")
    earliest, latest = since // 1_000 - limits.reset_clock_s, now // 1_000 + limits.reset_clock_s
    if not isinstance(issued, int) or not earliest <= issued <= latest:
        raise Unverifiable("the platform's word is not of a time after the reset began")
    if expires is not None and (type(expires) is not int or expires * 1_000 <= now):
        raise Unverifiable("the platform's word has expired")
