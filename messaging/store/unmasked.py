"""Whose mailbox an unmasking showed: the initiator's, the recipient's; of third parties the accused's, or else that of
who was in where the first report ends, whoever was invited since.
"""

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from messaging.domain.ids import CaseId, MailboxId
from messaging.domain.vocabulary import THIRD
from messaging.store.tables import moderation_cases, moderation_statements, moderation_unmaskings, thirds, threads

_cases = moderation_cases.c
_said = moderation_statements.c
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
    """As `messaging.services.moderation.stays` has it."""
    stay, later = thirds.alias(), thirds.alias()
    reported = (_said.case == _cases.case) & (_said.kind == "report")
    until = select(_said.last).where(reported).order_by(_said.n).limit(1).scalar_subquery()
    after = exists().where(
        later.c.thread == stay.c.thread, later.c.joined_seq > stay.c.joined_seq, later.c.joined_seq <= until
    )
    was_in = exists().where(
        stay.c.thread == threads.c.thread,
        stay.c.mailbox == mailbox,
        stay.c.joined_seq > 0,
        stay.c.joined_seq <= until,
        ~after,
    )
    is_accused = _cases.accused_party == THIRD
    return or_(and_(is_accused, _cases.accused == mailbox), and_(_cases.accused_party.is_distinct_from(THIRD), was_in))
