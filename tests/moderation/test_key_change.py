"""A moderator who left, with all keys that they ever had and a copy of the database, opens nothing that came after."""

from pathlib import Path

import pytest

from messaging.domain.ids import CaseId
from messaging.domain.vocabulary import ReportCategory
from messaging.e2ee import mailbox
from messaging.e2ee.errors import BadSeal
from messaging.e2ee.report import SignedStatement, StatementKind, open_statement
from messaging.moderation.audit_examination import examine
from messaging.ports import StatementRow
from pli_client.keys import MailboxKeys
from tests.journeys.people import trust_of
from tests.moderation.people import bench, moderating
from tests.support.server import RunningService, running_service

pytestmark = [pytest.mark.slow, pytest.mark.hostile]


async def stored(service: RunningService, case: bytes) -> list[StatementRow]:
    """As the database has it."""
    return await service.service.pipeline.read(lambda tx: tx.cases.statements(CaseId(case)))


def opened(row: StatementRow, thread: bytes, service: bytes, keys: MailboxKeys) -> SignedStatement:
    """With every generation of the moderators' keys that a seat has. Raises: BadSeal."""
    for g, seed in keys.seeds.items():
        kem = mailbox.identity(seed, keys.mailbox, g).kem
        try:
            return open_statement(
                row.sealed, StatementKind.REPORT, kem=kem, service=service, thread=thread, subject=row.subject
            )
        except BadSeal:
            continue
    raise BadSeal("no key of this seat opens it")


async def test_what_is_sealed_after_a_seat_was_removed_stays_closed_to_it(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        court = await bench(service)
        await court.settle()
        trust = await trust_of(service)
        async with (
            court.people.doctor.online() as doctor,
            court.people.mayor.online() as mayor,
            court.sitting() as (mona, _, olive),
        ):
            thread = await doctor.client.mailboxes[0].open(court.people.listing, "Payez d’abord.")
            shown = await mayor.reads("Payez d’abord.")
            early = await mayor.thread.report([shown], ReportCategory.PAYMENT, "Avant")
            leaver = olive.client.mailbox(court.box)
            stolen = leaver.keys
            await mona.client.mailbox(court.box).remove(leaver.seat)
            await court.certify(mona.client.mailbox(court.box))
            late = await mayor.thread.report([shown], ReportCategory.PAYMENT, "Après")

            assert early.case == late.case, "reports of one conversation are one case"
            before, after = await stored(service, late.case)
            assert before.key != after.key
            assert opened(before, thread.id, trust.service_id, stolen).statement.text == "Avant"
            with pytest.raises(BadSeal):
                opened(after, thread.id, trust.service_id, stolen)

            await moderating(mona, court).claim(late.case)
            case = await moderating(mona, court).open(late.case)
            assert [each.refusal for each in case.statements] == [None, None]
            texts = [each.verified.statement.text for each in case.statements if each.verified is not None]
            assert texts == ["Avant", "Après"]

        auditor = service.service.context.auditor
        found = await service.service.pipeline.read(
            lambda tx: examine(tx.audit, origin=auditor.origin, public=auditor.public)
        )
        assert (found.findings, found.size > 5) == ((), True)
