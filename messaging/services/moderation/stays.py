"""Which mailbox party 2 was: the number is that of many stays, each perhaps of another mailbox. What was written tells
which, also once who wrote it left.
"""

from messaging.domain.authorization import Grant, Operation
from messaging.domain.errors import Malformed, NotFound
from messaging.domain.ids import MailboxId
from messaging.domain.vocabulary import THIRD
from messaging.e2ee import third
from messaging.e2ee.report import StatementKind
from messaging.e2ee.third import Invitation
from messaging.ports import CaseRow, ThirdRow, Transaction


async def of_range(tx: Transaction, grant: Grant, first: int, last: int) -> MailboxId:
    """The third party that was in somewhere in this range. Raises: Malformed, where none was, or two."""
    found = await tx.thirds.stay_at(grant, last)
    if found is None or (found[1] is not None and found[1] < first):
        raise Malformed("a report is about another party of the conversation")
    mailbox = found[0].mailbox
    while found is not None and (found[1] or last) >= first:
        if found[0].mailbox != mailbox:
            raise Malformed("two third parties were in; report what each of them wrote by itself")
        joined = found[0].joined_seq
        found = None if joined <= first else await tx.thirds.stay_at(grant, joined - 1)
    return mailbox


async def wrote(tx: Transaction, grant: Grant, seq: int, mailbox: MailboxId | None) -> bool:
    """Whether what party 2 wrote at `seq` is this mailbox's."""
    found = await tx.thirds.stay_at(grant, seq)
    return found is not None and found[0].mailbox == mailbox


async def accused(tx: Transaction, operation: Operation, case: CaseRow) -> ThirdRow | None:
    """The stay of an accused third party, as far as reports show it."""
    if case.thread is None or case.accused_party != THIRD:
        return None
    grant = Grant(operation, thread=case.thread)
    for said in await tx.cases.statements(case.case):
        before = said.last + 1
        while said.last and (found := await tx.thirds.stay_at(grant, before - 1)) and before > said.first:
            if found[0].mailbox == case.accused:
                return found[0]
            before = found[0].joined_seq
    return None


async def invitation(tx: Transaction, stay: ThirdRow) -> Invitation:
    """Under which keys it is in, and what it shows. Raises: NotFound."""
    joined = await tx.events.at([(stay.thread, stay.joined_seq)])
    if not joined:
        raise NotFound("unknown, or not yours")
    return third.parse_invited(third.parse_joined(joined[0].payload).invited)


async def reported(tx: Transaction, operation: Operation, case: CaseRow) -> ThirdRow | None:
    """The third party of a case: the accused, or who was in where the first report ends; None unless it was still in at
    the end of something that was shown, whose excerpt has its pseudonym.
    """
    if case.thread is None:
        return None
    grant = Grant(operation, thread=case.thread)
    statements = [each for each in await tx.cases.statements(case.case) if each.last]
    is_accused = case.accused_party == THIRD
    if not is_accused:
        statements = [each for each in statements if each.kind == StatementKind.REPORT.value][:1]
    for said in reversed(statements):
        found = await tx.thirds.stay_at(grant, said.last)
        is_in = found is not None and (found[1] is None or found[1] > said.last)
        if found is not None and is_in and (not is_accused or found[0].mailbox == case.accused):
            return found[0]
    return None
