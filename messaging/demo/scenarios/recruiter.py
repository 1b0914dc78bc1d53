"""The recruiter: report, freeze with its reasons, answer of the accused, appeal to another moderator, outcome."""

from typing import Final

from messaging.demo import glass
from messaging.demo.actors import Online
from messaging.demo.cast.recruiter import (
    CAST,
    FIRST_MODERATOR,
    MAYOR,
    MODERATORS,
    PROJECT,
    RECRUITER,
    SECOND_MODERATOR,
    VILLAGE,
)
from messaging.demo.scenarios.scenario import Scenario, kind
from messaging.demo.words import recruiter as words
from messaging.domain.errors import Frozen, Malformed, NotFound
from messaging.domain.ids import CaseId
from messaging.domain.vocabulary import Measure, ReportCategory
from messaging.e2ee.content import Text
from messaging.e2ee.excerpt_verifier import LineState, VerifiedExcerpt
from messaging.wire.moderation import CaseView
from pli_client import Froze, Moderator
from pli_client.errors import ProblemError

_TOLD: Final = ("flagged", "decided", "appealed", "decided")


class Recruiter(Scenario):
    title = words.TITLE
    promise = words.PROMISE
    parties = CAST

    async def play(self) -> None:
        people = (self.actor(PROJECT, RECRUITER), self.actor(VILLAGE, MAYOR))
        bench = (self.actor(MODERATORS, FIRST_MODERATOR), self.actor(MODERATORS, SECOND_MODERATOR))
        async with bench[0].online() as first, bench[1].online() as second:
            await self.found(first)
            await self.admit(first, second)
            await self.stage.certify(first.mailbox.keys)
            async with people[0].online() as recruiter, people[1].online() as mayor:
                await self._talk(recruiter, mayor)
                case = await self._report(recruiter, mayor)
                seqs = await self._read(first, second, case)
                await self._decide(first, recruiter, mayor, case, seqs)
                await self._contest(recruiter, first, case)
                await self._review(second, recruiter, mayor, case)
                await self._platform_hears(mayor)
                await self._again(recruiter, first, mayor)

    async def _talk(self, recruiter: Online, mayor: Online) -> None:
        self.tell.step(words.WRITES)
        await self.found(mayor)
        await self.found(recruiter)
        self.secret(words.FIRST, words.ANSWER, words.OFFER)
        await recruiter.mailbox.open(self.stage.targets[VILLAGE.target_ref], words.FIRST)
        self.tell.says(recruiter.name, words.FIRST)
        await mayor.reads(words.FIRST)
        await mayor.client.threads[0].send(words.ANSWER)
        self.tell.says(mayor.name, words.ANSWER)
        await recruiter.reads(words.ANSWER)
        await recruiter.client.threads[0].send(words.OFFER)
        await mayor.reads(words.OFFER)
        self.tell.says(recruiter.name, words.OFFER)

    async def _report(self, recruiter: Online, mayor: Online) -> bytes:
        self.tell.step(words.REPORTS)
        self.tell.person(mayor.name, words.TOLD_BEFORE)
        self.secret(words.WORDS)
        thread = mayor.client.threads[0]
        offers = [message for message in thread.messages if message.text == words.OFFER]
        taken = await thread.report(offers, ReportCategory.POSING, words.WORDS)
        self.tell.checked(words.KEY_IS_CERTIFIED)
        view = await self._view(mayor, taken.case)
        self.hold(view.progress == "received", words.RECEIPT, view)
        async with self.stage.service.store.reading() as tx:
            (said,) = await tx.cases.statements(CaseId(taken.case))
        self.tell.database(words.SEALED_REPORT.format(size=len(said.sealed)))
        self.hold(await recruiter.mailbox.cases() == [], words.NOT_TOLD)
        return taken.case

    async def _read(self, first: Online, second: Online, case: bytes) -> list[int]:
        self.tell.step(words.READS)
        moderator = first.mailbox.moderator
        await moderator.claim(case)
        opened = await moderator.open(case)
        verified = opened.statements[0].verified
        self.expect(verified is not None, words.ONE_LINE, opened.statements[0].refusal)
        proven = self._show(first, verified) if verified is not None else []
        self.hold(len(proven) == 1, words.ONE_LINE, proven)
        self.hold(opened.leaf.case == case, words.AUDITED)
        self.hold(await _is_refused(second.mailbox.moderator, case), words.OTHERS_SEE_NOTHING)
        return proven

    def _show(self, moderator: Online, verified: VerifiedExcerpt) -> list[int]:
        proven = []
        for line in verified.lines:
            if line.state is LineState.PROVEN and isinstance(line.content, Text):
                proven.append(line.seq)
                self.tell.person(moderator.name, words.PROVEN.format(seq=line.seq, text=line.content.text))
            elif line.state is LineState.CLOSED:
                self.tell.person(moderator.name, words.CLOSED.format(seq=line.seq))
        return proven

    async def _decide(self, first: Online, recruiter: Online, mayor: Online, case: bytes, seqs: list[int]) -> None:
        self.tell.step(words.DECIDES)
        moderator = first.mailbox.moderator
        code = ""
        try:
            wrong = moderator.new_decision(Measure.FREEZE, rule=words.RULE, facts=words.UNFILLED, seqs=seqs)
            await moderator.decide(case, wrong)
        except ProblemError as refusal:
            code = refusal.code
        self.hold(code == Malformed.code, words.INCOMPLETE, code)
        self.secret(words.FACTS.fr)
        decision = moderator.new_decision(Measure.FREEZE, rule=words.RULE, facts=words.FACTS, seqs=seqs)
        await moderator.decide(case, decision)
        for side in (recruiter, mayor):
            await side.until(words.FROZEN, Froze)
        self.hold(all(side.client.threads[0].frozen for side in (recruiter, mayor)), words.FROZEN)
        try:
            await recruiter.client.threads[0].send(words.ANSWER)
        except ProblemError as refusal:
            code = refusal.code
        self.hold(code == Frozen.code, words.REFUSED, code)
        view = await self._view(recruiter, case)
        self._reads(recruiter, view)
        self.expect(words.FACTS.fr in view.statements[0].fr, words.OWN_MESSAGE, view)
        is_silent = words.WORDS not in repr(view)
        self.hold(view.in_question == seqs and is_silent, words.OWN_MESSAGE, view)

    async def _contest(self, recruiter: Online, first: Online, case: bytes) -> None:
        self.tell.step(words.CONTESTS)
        self.secret(words.EXPLAINS, words.APPEALS)
        thread = recruiter.client.threads[0]
        await thread.answer_case(case, words.EXPLAINS, thread.messages[:1])
        self.tell.says(recruiter.name, words.EXPLAINS)
        await thread.appeal(case, words.APPEALS)
        self.tell.says(recruiter.name, words.APPEALS)
        self.hold(await _is_refused(first.mailbox.moderator, case), words.NOT_THE_SAME)

    async def _review(self, second: Online, recruiter: Online, mayor: Online, case: bytes) -> None:
        self.tell.step(words.ANOTHER)
        moderator = second.mailbox.moderator
        await moderator.claim(case)
        opened = await moderator.open(case)
        said = [each.verified.statement.text for each in opened.statements if each.verified is not None]
        self.expect(said == [words.WORDS, words.EXPLAINS, words.APPEALS], words.ANOTHER, said)
        await moderator.review(case, words.OUTCOME, overturn=False)
        for side in (recruiter, mayor):
            view = await self._view(side, case)
            self.hold(view.progress == "upheld", words.UPHELD, view)
            self._reads(side, view)

    async def _platform_hears(self, mayor: Online) -> None:
        subject = await glass.subject_of(self.stage.service.store, mayor.client.threads[0].id)
        told = await self.delivered(lambda event: event["subject"] == subject and kind(event) in _TOLD, len(_TOLD))
        self.hold(tuple(map(kind, told)) == _TOLD, words.EVENTS, told)

    async def _again(self, recruiter: Online, first: Online, mayor: Online) -> None:
        """What waits for whoever opens the console afterwards."""
        self.tell.step(words.AGAIN)
        self.secret(words.ADVANCE, words.AGAIN_WORDS)
        thread = await recruiter.mailbox.open(self.stage.targets[VILLAGE.target_ref], words.ADVANCE)
        self.tell.says(recruiter.name, words.ADVANCE)
        await mayor.reads(words.ADVANCE)
        read = mayor.client.thread(thread.id)
        taken = await read.report(read.messages, ReportCategory.PAYMENT, words.AGAIN_WORDS)
        waiting = (await first.mailbox.moderator.queue()).cases
        self.hold([each.case for each in waiting] == [taken.case], words.WAITS, waiting)

    def _reads(self, side: Online, view: CaseView) -> None:
        """The newest statement, field by field, as it is shown in French."""
        _, _, fields = view.statements[-1].fr.partition("\n\n")
        for line in fields.splitlines():
            self.tell.person(side.name, words.REASONS.format(text=line))

    async def _view(self, side: Online, case: bytes) -> CaseView:
        found = [each for each in await side.mailbox.cases() if each.case == case]
        self.expect(len(found) == 1, words.RECEIPT, found)
        return found[0]


async def _is_refused(moderator: Moderator, case: bytes) -> bool:
    """Whether this moderator gets nothing of a case."""
    for attempt in (moderator.open, moderator.claim):
        try:
            await attempt(case)
        except ProblemError as refusal:
            if refusal.code != NotFound.code:
                raise
        else:
            return False
    return True
