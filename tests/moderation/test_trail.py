"""The audit log as a moderator sees it: all of it proven, others' cases withheld; and what leaves a console."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from messaging.domain.vocabulary import ReportCategory
from messaging.e2ee.audit import encode_leaf
from messaging.e2ee.errors import BadAudit, BadReport
from messaging.e2ee.excerpt import parse_excerpt
from messaging.wire.moderation import AuditAsked
from pli_client.errors import ProblemError
from pli_client.moderating import check_entry, check_whole
from tests.journeys.people import trust_of
from tests.moderation.people import bench, moderating
from tests.support.server import running_service

pytestmark = pytest.mark.slow


async def test_what_one_may_not_read_is_proven_and_withheld(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        court = await bench(service)
        await court.settle()
        async with (
            court.people.doctor.online() as doctor,
            court.people.mayor.online() as mayor,
            court.sitting() as (mona, noe, _),
        ):
            await doctor.client.mailboxes[0].open(court.people.listing, "Bonjour")
            await mayor.reads("Bonjour")
            case = (await mayor.thread.report(mayor.thread.messages, ReportCategory.OTHER, "Une arnaque.")).case
            first, second = moderating(mona, court), moderating(noe, court)
            await first.claim(case)
            opened = await first.open(case)
            report = opened.statements[0]

            exported = await first.export(opened, report)
            assert parse_excerpt(exported) == report.excerpt
            with pytest.raises(BadReport):
                await first.export(opened, replace(report, excerpt=None))
            with pytest.raises(ProblemError, match="not_found"):
                await second.export(opened, report)
            foreign = replace(report, statement=msgspec.structs.replace(report.statement, subject=bytes(16)))
            with pytest.raises(ProblemError, match="not_found"):
                await first.export(opened, foreign)

            mine = await first.audit_trail()
            kinds = [each.leaf.kind for each in mine if each.leaf is not None]
            assert kinds == ["trail", "exported", "read", "released", "claimed", "opened"]
            assert [each.position for each in mine] == [*range(len(mine))][::-1]
            theirs = await second.audit_trail(export=True)
            assert [each.leaf and each.leaf.kind for each in theirs] == ["exported", "trail", *[None] * 5]
            assert [each.hash for each in theirs[1:]] == [each.hash for each in mine]
            assert [each.position for each in await first.audit_trail(3)] == [2, 1, 0]
            assert await first.audit_trail(0) == []

            # A log that is changed on the way shows nothing.
            trust = await trust_of(service)
            found = await first._api.audit_trail(AuditAsked())
            entry, proof = found.entries[-1], found.audit
            check_whole(found, None)
            for left in ([], found.entries[1:], found.entries[::2], found.entries[::-1]):
                with pytest.raises(BadAudit):
                    check_whole(msgspec.structs.replace(found, entries=left), None)
            assert check_entry(entry, proof, trust).leaf == mine[-1].leaf
            assert mine[-1].leaf is not None
            other = encode_leaf(mine[-1].leaf._replace(time=0))
            wrongs = (
                {"leaf": other},
                {"hash": bytes(32)},
                {"position": 1},
                {"path": entry.path[32:]},
                {"leaf": other, "hash": bytes(32)},
            )
            for wrong in wrongs:
                with pytest.raises(BadAudit):
                    check_entry(msgspec.structs.replace(entry, **wrong), proof, trust)
