"""Notices of people outside of the conversations: words, and nothing that proves them (PROTOCOL.md section 9.1).

Who has an account sends them with it. Who has none fills in a page, and gets a code: whoever has the code sees what
became of the notice. The code is not kept; its hash is the notice's id.
"""

from typing import Final

from messaging.domain import limits
from messaging.domain.authorization import Actor, Grant, Operation, authorize
from messaging.domain.errors import Conflict, Malformed, NotFound, TooMany
from messaging.domain.ids import ID_BYTES, AccountId, CaseId, ReportId
from messaging.domain.vocabulary import CaseOrigin
from messaging.e2ee.suite import sha256
from messaging.moderation.case import CaseState
from messaging.ports import CaseRow, OutsideNoticeRow, Transaction
from messaging.services.context import Context
from messaging.services.moderation import audited
from messaging.services.moderation.subjects import announce
from messaging.services.moderation.views import progress_of
from messaging.services.outcome import Outcome
from messaging.wire.moderation import NoticesList, NoticeView, OutsideNotice, StatementView

_HOUR_MS: Final = 3_600_000
NOBODY: Final = AccountId(bytes(ID_BYTES))
"""Stands for all who sent a notice without an account. Ids are drawn: no account has this one."""


def notice_of(code: bytes) -> ReportId:
    """The id of the notice that was sent with a code, of 16 bytes."""
    return ReportId(sha256(b"pli outside notice " + code)[:ID_BYTES])


async def send(tx: Transaction, actor: Actor, body: OutsideNotice, context: Context) -> Outcome[None]:
    """Takes a notice of somebody with an account. The same again changes nothing.

    Raises: Malformed, TooMany, Conflict.
    """
    grant = authorize(actor, Operation.NOTICE_FORM)
    if grant.account is None:
        raise NotFound("unknown, or not yours")
    most = (limits.notices_per_account_and_hour_max, limits.notices_open_per_account_max)
    return await _taken(tx, grant, body, most, context)


async def send_unsigned(tx: Transaction, body: OutsideNotice, context: Context) -> Outcome[None]:
    """Takes a notice of somebody without an account: whoever fills in the form may. Raises: as `send`."""
    grant = Grant(Operation.NOTICE_FORM, account=NOBODY)
    most = (limits.unsigned_notices_per_hour_max, limits.unsigned_notices_open_max)
    return await _taken(tx, grant, body, most, context)


async def _taken(
    tx: Transaction, grant: Grant, body: OutsideNotice, most: tuple[int, int], context: Context
) -> Outcome[None]:
    """`most`: of this account within an hour, and undecided."""
    if not body.good_faith:
        raise Malformed("a notice is sent in good faith, and says so")
    account = grant.account or NOBODY
    now = context.clock()
    # The lock first: of one notice that is sent twice at once, the second is answered as the same.
    own_lately, own_waiting = await tx.cases.lock_notices_of(grant, now - _HOUR_MS)
    before = await tx.cases.notice(ReportId(body.notice))
    if before is not None:
        return await _again(tx, before, body, account)
    lately, waiting = await tx.cases.notices_since(now - _HOUR_MS)
    if lately >= limits.notices_per_hour_max or waiting >= limits.notices_open_max:
        raise TooMany("too many notices at this moment", retry_after_ms=_HOUR_MS)
    if own_lately >= most[0]:
        raise TooMany("several such notices were sent within an hour", retry_after_ms=_HOUR_MS)
    if own_waiting >= most[1]:
        raise TooMany("several such notices wait for a decision", retry_after_ms=_HOUR_MS)
    row = CaseRow(
        case=CaseId(context.entropy(ID_BYTES)),
        origin=CaseOrigin.NOTICE,
        category=body.category,
        state=CaseState.RECEIVED,
        opened_at=now,
    )
    await tx.cases.add(row)
    if not await tx.cases.put_notice(OutsideNoticeRow(ReportId(body.notice), row.case, account, now, body.text)):
        raise _used()
    # A moderator may send one too: the leaf names the notice, and not who sent it.
    await audited.note(tx, context, "opened", Grant(grant.operation), about=body.notice, detail=row.case)
    return Outcome(None, await announce(tx))


async def _again(tx: Transaction, before: OutsideNoticeRow, body: OutsideNotice, account: AccountId) -> Outcome[None]:
    """What is sent under an id that stands already: the same, or nothing that may be taken for it."""
    row = await tx.cases.get(before.case)
    if row is None or (before.account, before.text, row.category) != (account, body.text, body.category):
        raise _used()
    return Outcome(None)


def _used() -> Conflict:
    return Conflict("this id was used for another notice")


async def listed(tx: Transaction, actor: Actor) -> NoticesList:
    """One's own, and what became of them."""
    grant = authorize(actor, Operation.NOTICE_TRACK)
    views = [await _view(tx, each) for each in await tx.cases.notices_of(grant, limits.cases_listed_max)]
    return NoticesList([each for each in views if each is not None])


async def followed(tx: Transaction, code: bytes) -> NoticeView | None:
    """What became of the notice that was sent with this code; None: there is none, or it is past its time."""
    row = await tx.cases.notice(notice_of(code))
    return None if row is None or row.account != NOBODY else await _view(tx, row)


async def _view(tx: Transaction, notice: OutsideNoticeRow) -> NoticeView | None:
    row = await tx.cases.get(notice.case)
    if row is None:
        return None
    told = [
        StatementView(said.at, said.fr, said.en)
        for said in await tx.cases.told(notice.case)
        if said.account == notice.account
    ]
    return NoticeView(notice.notice, notice.at, progress_of(row), row.category, told)
