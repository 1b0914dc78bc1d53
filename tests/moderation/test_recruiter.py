"""The recruiter: a report, a freeze with its reasons, the answer of the accused, an appeal to another moderator."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from messaging.domain.vocabulary import Measure, ReportCategory
from messaging.e2ee.content import Text
from messaging.e2ee.excerpt import encode_excerpt, parse_excerpt
from messaging.e2ee.excerpt_verifier import LineState, Pins, verify_excerpt
from messaging.wire.moderation import CaseView, InBoth, Letters
from pli_client import CasesChanged, Froze, Moderator
from pli_client.errors import ProblemError
from tests.journeys.people import WAIT_S, Online, trust_of
from tests.moderation.people import FACTS, RULE, Bench, bench, moderating
from tests.support.server import running_service
from tests.support.waiting import until

pytestmark = pytest.mark.slow

OFFER = "J’ai trois candidats pour vous, 4\u202f000\u00a0€ chacun."
WHY = "C’est un cabinet de recrutement."


@dataclass
class Affair:
    """A recruiter and the mayor who reports them, both at their devices, and the moderators."""

    court: Bench
    recruiter: Online
    mayor: Online
    moderators: Sequence[Online]
    case: bytes = b""
    letters: Letters | None = None
    """What both sides would be told, as the moderator was shown it."""
    seqs: Sequence[int] = ()
    """Which of the recruiter's messages the decision rests on."""

    async def seen_by(self, side: Online) -> CaseView:
        """The one case of a side."""
        (found,) = await side.client.mailboxes[0].cases()
        return found

    def moderator(self, number: int) -> Moderator:
        return moderating(self.moderators[number], self.court)


async def test_from_the_report_to_the_outcome_on_both_sides(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path) as service:
        court = await bench(service)
        await court.settle()
        people = court.people
        async with (
            people.doctor.online() as recruiter,
            people.mayor.online() as mayor,
            court.sitting() as moderators,
        ):
            affair = Affair(court, recruiter, mayor, moderators)
            await _is_reported(affair)
            await _is_claimed(affair)
            await _is_proven(affair)
            await _is_decided(affair)
            await _both_are_told(affair)
            await _is_contested(affair)
            await _is_upheld(affair)
            await until(lambda: mayor.thread.follower.log.seq == recruiter.thread.follower.log.seq, WAIT_S)


async def _is_reported(affair: Affair) -> None:
    """Before they are asked, the accused knows of no case."""
    recruiter, mayor = affair.recruiter, affair.mayor
    await recruiter.client.mailboxes[0].open(affair.court.people.listing, "Bonjour, je suis médecin.")
    await mayor.reads("Bonjour, je suis médecin.")
    await mayor.thread.send("Bonjour docteur !")
    await recruiter.reads("Bonjour docteur !")
    await recruiter.thread.send(OFFER)
    offer = await mayor.reads(OFFER)
    taken = await mayor.thread.report([offer], ReportCategory.POSING, WHY)
    affair.case = taken.case
    await affair.moderators[1].until(CasesChanged)
    assert await recruiter.client.mailboxes[0].cases() == []
    mine = await affair.seen_by(mayor)
    assert (mine.case, mine.side, mine.progress) == (taken.case, "reporter", "received")


async def _is_claimed(affair: Affair) -> None:
    """Who has the case has it alone."""
    mona, noe = affair.moderator(0), affair.moderator(1)
    (waiting,) = (await mona.queue()).cases
    assert (waiting.case, waiting.category, waiting.reports) == (affair.case, ReportCategory.POSING, 1)
    await mona.claim(affair.case)
    with pytest.raises(ProblemError, match="not_found"):
        await noe.open(affair.case)
    assert (await noe.queue()).cases == []


async def _is_proven(affair: Affair) -> None:
    """What was reported, its neighbours closed; and the same of the file that it is exported to."""
    (report,) = (await affair.moderator(0).open(affair.case)).statements
    assert report.refusal is None
    assert report.verified is not None
    assert report.excerpt is not None
    assert report.verified.statement.text == WHY
    proven = [line for line in report.verified.lines if line.state is LineState.PROVEN]
    assert [line.content for line in proven] == [Text(OFFER)]
    closed = [line for line in report.verified.lines if line.state is LineState.CLOSED]
    assert [line.seq for line in closed] == [2, 3]
    trust = await trust_of(affair.court.service)
    pins = Pins(trust.service_id, trust.stamp_key, trust.platform)
    assert verify_excerpt(parse_excerpt(encode_excerpt(report.excerpt)), pins) == report.verified
    affair.seqs = [line.seq for line in proven]


async def _is_decided(affair: Affair) -> None:
    """Not as long as a blank is left; then at once, for both sides, and sent again it is the same decision."""
    mona, seqs = affair.moderator(0), affair.seqs
    for facts in (InBoth(fr="Dans {{messages}}, il ment.", en="He lies."), InBoth(fr="[à compléter]", en="x")):
        wrong = mona.new_decision(Measure.FREEZE, rule=RULE, facts=facts, seqs=seqs)
        with pytest.raises(ProblemError, match="malformed"):
            await mona.decide(affair.case, wrong)
        with pytest.raises(ProblemError, match="malformed"):
            await mona.letters(affair.case, wrong)
    decision = mona.new_decision(Measure.FREEZE, rule=RULE, facts=FACTS, seqs=seqs)
    affair.letters = await mona.letters(affair.case, decision)
    assert await mona.decide(affair.case, decision) == "in_force"
    assert await mona.decide(affair.case, decision) == "in_force"
    for side in (affair.recruiter, affair.mayor):
        assert (await side.until(Froze)).frozen
        assert side.thread.frozen
        with pytest.raises(ProblemError, match="frozen"):
            await side.thread.send("Un dernier mot")


async def _both_are_told(affair: Affair) -> None:
    """As it was shown before; the accused nothing of what the reporter said."""
    assert affair.letters is not None
    accused = await affair.seen_by(affair.recruiter)
    assert (accused.side, accused.progress, accused.measure) == ("accused", "decided", Measure.FREEZE)
    assert accused.in_question == affair.seqs
    assert accused.category is None, "what the reporter said it was is theirs"
    (told,) = accused.statements
    for part in (FACTS.fr, RULE.fr, "jusqu’au"):
        assert part in told.fr
    assert _undated(affair.letters.accused.fr) == _undated(told.fr)
    assert "{{" not in told.fr + told.en
    assert "cabinet de recrutement" not in told.fr + told.en
    (reporters,) = (await affair.seen_by(affair.mayor)).statements
    assert _undated(reporters.en) == _undated(affair.letters.reporter.en) != _undated(told.en)


async def _is_contested(affair: Affair) -> None:
    """Whoever decided does not look at the appeal."""
    recruiter = affair.recruiter
    introduction = [each for each in recruiter.thread.messages if each.own][:1]
    await recruiter.thread.answer_case(affair.case, "Je suis bien médecin.", introduction)
    await recruiter.thread.appeal(affair.case, "J’aidais des confrères.")
    assert (await affair.seen_by(affair.mayor)).progress == "appealed"
    assert (await affair.moderator(0).queue()).cases == []
    with pytest.raises(ProblemError, match="not_found"):
        await affair.moderator(0).claim(affair.case)


async def _is_upheld(affair: Affair) -> None:
    noe = affair.moderator(1)
    await noe.claim(affair.case)
    file = await noe.open(affair.case)
    assert [(each.statement.kind, each.statement.is_appeal) for each in file.statements] == [
        *(("report", False), ("answer", False), ("answer", True)),
    ]
    assert all(each.refusal is None for each in file.statements), file.statements
    texts = [each.verified.statement.text for each in file.statements if each.verified is not None]
    assert texts[1:] == ["Je suis bien médecin.", "J’aidais des confrères."]
    await noe.review(affair.case, InBoth(fr="Les messages sont clairs.", en="They are clear."), overturn=False)
    for side in (affair.recruiter, affair.mayor):
        after = await affair.seen_by(side)
        assert after.progress == "upheld"
        assert "confirmée" in after.statements[-1].fr
    with pytest.raises(ProblemError, match="not_found"):
        await affair.moderator(2).open(affair.case)
    assert affair.recruiter.thread.frozen


def _undated(letter: str) -> str:
    """Until when one may contest it counts from the decision."""
    return re.sub(r"\d{1,2}[\u00a0:]\S+\d\d", "", letter)
