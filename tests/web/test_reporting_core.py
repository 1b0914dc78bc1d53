"""What the web client’s core reports: a moderator with the Python SDK and `pli moderation verify` read it."""

import asyncio
from pathlib import Path

import pytest

from messaging.cli import main
from messaging.domain.ids import MailboxId
from messaging.domain.vocabulary import Measure
from messaging.e2ee.content import Text
from messaging.e2ee.excerpt import encode_excerpt
from messaging.e2ee.excerpt_verifier import LineState
from messaging.e2ee.moderation_key import ModerationKey, certify
from messaging.e2ee.suite import KemKey, SigningKey
from messaging.ports import Transaction
from messaging.services.outcome import Outcome
from pli_client import CasesChanged
from tests.journeys.people import ROOT, trust_of
from tests.moderation.people import DAY_MS, FACTS, RULE, bench, moderating
from tests.support.server import RunningService, running_service
from tests.support.web_core import OrderFailed, WebCore, new_id
from tests.web.core_people import first_contact, holder

pytestmark = pytest.mark.slow


def telling(text: str, seqs: list[int], kind: str = "report", case: str | None = None) -> dict[str, object]:
    return {
        "id": new_id(),
        "kind": kind,
        "case": case,
        "about": 1,
        "category": "payment" if kind == "report" else None,
        "text": text,
        "seqs": seqs,
    }


async def ask(web: WebCore, **asked: object) -> dict[str, object]:
    answer = await web.act("telling", thread=web.thread, asked=asked)
    return {} if answer is None else dict(answer["told"])


async def test_what_the_web_reports_is_proven(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service:
        court = await bench(service)
        await court.seat()
        people = court.people
        async with people.secretary.online() as secretary, holder(service, people, tmp_path) as web:
            await secretary.client.found(people.village)
            await first_contact(web, people, secretary)
            for line in ("Bonjour !", "Versez 900 € et le cabinet est à vous.", "Le virement presse."):
                await secretary.thread.send(line)
                shown = await web.reads(line)
            offered = shown["seq"] - 1

            begun = await ask(web, do="begin", case=None)
            assert begun == {"key": "verified", "begun": None, "receipts": []}
            draft = telling("Il demande de l’argent.", [offered])
            await ask(web, do="keep", telling=draft)
            await web.close()
            await web.open()
            await web.until_open()
            await web.act("open", thread=web.thread)
            await web.reads("Le virement presse.")
            assert (await ask(web, do="begin", case=None))["begun"] == draft

            async with court.sitting() as (mona, noe, _):
                told = await asyncio.gather(*(ask(web, do="tell", telling=draft) for _ in range(2)))
                told.append(await ask(web, do="tell", telling=draft))
                assert told[0] == told[1] == told[2], "told again, meanwhile or later, it is told once"
                await noe.until(CasesChanged)
                assert (await ask(web, do="begin", case=None))["begun"] is None
                (case,) = await web.until(lambda picture: picture["mailboxes"][0]["cases"])
                assert (case["side"], case["progress"], case["category"]) == ("reporter", "received", "payment")

                moderator = moderating(mona, court)
                (waiting,) = (await moderator.queue()).cases
                assert waiting.reports == 1
                await moderator.claim(waiting.case)
                (report,) = (await moderator.open(waiting.case)).statements
                assert report.refusal is None
                assert report.verified is not None
                assert report.excerpt is not None
                assert report.verified.statement.text == "Il demande de l’argent."
                proven = [line for line in report.verified.lines if line.state is LineState.PROVEN]
                assert [line.content for line in proven] == [Text("Versez 900 € et le cabinet est à vous.")]
                closed = [line.seq for line in report.verified.lines if line.state is LineState.CLOSED]
                assert closed == [offered - 2, offered - 1, offered + 1]

                file = tmp_path / "case.pli-excerpt"
                file.write_bytes(encode_excerpt(report.excerpt))
                trust = await trust_of(service)
                pins = ["--service", trust.service_id.hex(), "--stamp-key", trust.stamp_key.hex()]
                assert await asyncio.to_thread(main, ["moderation", "verify", str(file), *pins]) == 0
                printed = capsys.readouterr().out
                assert "Versez 900 €" in printed
                assert "Le virement presse" not in printed

                with pytest.raises(OrderFailed, match="BadReport"):
                    await ask(web, do="tell", telling=telling("Une carte.", [1]))

                decision = moderator.new_decision(Measure.FREEZE, rule=RULE, facts=FACTS, seqs=[offered])
                await moderator.decide(waiting.case, decision)
                await web.until(lambda _: web.view["gist"]["frozen"])
                await web.until(lambda picture: picture["mailboxes"][0]["cases"][0]["progress"] == "decided")
                assert web.items[-1]["type"] == "froze"
                contested = telling("Ce n’est pas assez.", [offered + 1], "appeal", case["case"])
                await ask(web, do="tell", telling=contested)
                await web.until(lambda picture: picture["mailboxes"][0]["cases"][0]["progress"] == "appealed")
                other = moderating(noe, court)
                await other.claim(waiting.case)
                statements = (await other.open(waiting.case)).statements
                assert [each.refusal for each in statements] == [None, None]
                assert statements[1].statement.is_appeal


async def shows_key(service: RunningService, signing: SigningKey, g: int) -> None:
    """The service shows a key of its own making, as whoever signs this vouches for it."""
    now = service.service.context.clock()
    key = ModerationKey(KemKey(bytes([g]) * 32).public, g, now - 1_000, now + DAY_MS)

    async def install(tx: Transaction) -> Outcome[None]:
        await tx.moderation_keys.put(key.g, key.not_after, certify(key, signing), now)
        return Outcome(None)

    await service.service.pipeline.run(install)


async def test_nothing_is_sealed_to_a_key_that_the_root_does_not_vouch_for(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service:
        court = await bench(service)
        people = court.people
        async with people.secretary.online() as secretary, holder(service, people, tmp_path) as web:
            await secretary.client.found(people.village)
            await first_contact(web, people, secretary)
            assert (await ask(web, do="begin", case=None))["key"] == "none"
            await shows_key(service, SigningKey(bytes(32)), 1)
            assert (await ask(web, do="begin", case=None))["key"] == "refused"
            with pytest.raises(OrderFailed, match="BadSignature"):
                await ask(web, do="tell", telling=telling("Il insiste.", [2]))
            await shows_key(service, ROOT, 2)
            assert (await ask(web, do="begin", case=None))["key"] == "verified"
            await shows_key(service, SigningKey(bytes(32)), 3)
            with pytest.raises(OrderFailed, match="BadSignature"):
                await ask(web, do="tell", telling=telling("Il insiste.", [2]))
            async with service.service.store.reading() as tx:
                assert await tx.cases.count_reports_since(MailboxId(people.project), 0) == 0
