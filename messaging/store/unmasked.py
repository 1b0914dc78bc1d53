"""Whose mailbox an unmasking showed: the initiator's, the recipient's, or the third party's who was in when it was
approved, whoever was invited since.
"""

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from messaging.domain.ids import CaseId, MailboxId
from messaging.domain.vocabulary import THIRD
from messaging.store.tables import events, moderation_cases, moderation_unmaskings, thirds, threads

_cases = moderation_cases.c
_asked = moderation_unmaskings.c


def told_of(mailbox: MailboxId, before: int) -> Select[tuple[bytes]]:
    """The cases in which this mailbox was unmasked and may know it: decided ones, or approved until `before` (ms)."""
    may_know = or_(_cases.decided_at.is_not(None), _asked.approved_at <= before)
    return _of(mailbox).with_only_columns(_asked.case).where(may_know)


def unmasked_in(case: CaseId, mailbox: MailboxId) -> Select[tuple[bytes]]:
    """The unmaskings of this mailbox in one case."""
    return _of(mailbox).with_only_columns(_asked.unmasking).where(_asked.case == case)


def _of(mailbox: MailboxId) -> Select[tuple[bytes]]:
    is_side = or_(
        and_(_asked.party == 0, threads.c.mailbox_0 == mailbox),
        and_(_asked.party == 1, threads.c.mailbox_1 == mailbox),
        and_(_asked.party == THIRD, _was_third(mailbox)),
    )
    joined = moderation_unmaskings.join(moderation_cases, _cases.case == _asked.case)
    joined = joined.join(threads, threads.c.thread == _cases.thread)
    return select(_asked.case).select_from(joined).where(_asked.state == "in_force", is_side)


def _was_third(mailbox: MailboxId) -> ColumnElement[bool]:
    """Whose stay was the newest one that had begun at the approval."""
    stay, later = thirds.alias(), thirds.alias()
    began, began_later = events.alias(), events.alias()
    after = exists().where(
        later.c.thread == stay.c.thread,
        later.c.joined_seq > stay.c.joined_seq,
        began_later.c.thread == later.c.thread,
        began_later.c.seq == later.c.joined_seq,
        began_later.c.at <= _asked.approved_at,
    )
    return exists().where(
        stay.c.thread == threads.c.thread,
        stay.c.mailbox == mailbox,
        began.c.thread == stay.c.thread,
        began.c.seq == stay.c.joined_seq,
        began.c.at <= _asked.approved_at,
        ~after,
    )
