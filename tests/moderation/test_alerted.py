"""Who has a case is alerted when moderators ask or tell them something: the alert of a message, and nothing else."""

from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec
import pytest

from messaging.alerts.alerter import Alerter
from messaging.app import alerter
from messaging.domain import limits
from messaging.domain.vocabulary import Measure, ReportCategory
from messaging.wire.alerts import AlertLink, AlertOpened, AlertSettings
from messaging.wire.moderation import InBoth
from tests.alerts.town import DAY, HOUR, MINUTE, next_monday
from tests.canary.search import search
from tests.journeys.clock import MovingClock
from tests.journeys.people import Online, Person
from tests.journeys.test_closing import told
from tests.moderation.people import FACTS, RULE, Bench, bench, moderating
from tests.support.outside import MailServer, mail_server
from tests.support.server import NO_TLS, RunningService, running_service

pytestmark = pytest.mark.slow

DOCTOR, MAYOR = "medecin@mail.example", "maire@mairie.example"
OFFER = "J’ai trois candidats pour vous, 4 000 € chacun."
WHY = InBoth(fr="Les messages sont clairs.", en="The messages are clear.")


@dataclass
class Post:
    """Addresses of two people, and the mails that came to each since one last looked."""

    service: RunningService
    clock: MovingClock
    mail: MailServer
    alerter: Alerter
    links: dict[str, str] = field(default_factory=dict)
    """The newest link of each."""

    async def enrol(self, person: Person, address: str) -> None:
        await self._ask(person, "PUT", "/v1/account/alerts", AlertSettings(True, address))
        await self.alerter.look()
        async with httpx.AsyncClient(base_url=self.service.url, verify=NO_TLS) as client:
            assert (await client.post(self.mail.link(-1, "alerts/confirm"))).status_code == 200
        self.mail.mails.clear()

    async def later(self, ms: int) -> list[str]:
        """Who was written to meanwhile."""
        until = self.clock() + ms
        while self.clock() < until:
            self.clock.advance(limits.alert_spread_s * 1_000)
            await self.alerter.look()
        for index, (address, _) in enumerate(self.mail.mails):
            self.links[address] = self.mail.link(index, "inbox/#/alerts").rpartition("/")[2]
        addresses = sorted(address for address, _ in self.mail.mails)
        self.mail.mails.clear()
        return addresses

    async def opened(self, person: Person, token: str) -> AlertOpened:
        answer = await self._ask(person, "POST", "/v1/account/alerts/open", AlertLink(token))
        return msgspec.json.decode(answer, type=AlertOpened)

    async def _ask(self, person: Person, method: str, path: str, body: object) -> bytes:
        headers = {"authorization": f"Bearer {person.token()}"}
        async with httpx.AsyncClient(base_url=self.service.url, headers=headers, verify=NO_TLS) as client:
            answer = await client.request(method, path, content=msgspec.json.encode(body))
        assert answer.is_success, answer.text
        return answer.content


async def test_each_word_of_moderators_is_alerted_of(sqlite_url: str, tmp_path: Path) -> None:
    clock = MovingClock()
    next_monday(clock)
    async with (
        mail_server() as mail,
        running_service(sqlite_url, tmp_path, with_worker=False, clock=clock, smtp_url=mail.url) as service,
    ):
        court = await bench(service)
        await court.settle()
        people = court.people
        post = Post(service, clock, mail, alerter(service.service.settings, service.service.store, clock))
        await post.enrol(people.doctor, DOCTOR)
        await post.enrol(people.mayor, MAYOR)
        async with (
            people.doctor.online() as recruiter,
            people.mayor.online() as mayor,
            court.sitting() as (mona, noe, _),
        ):
            case, seq = await _is_reported(court, recruiter, mayor)
            assert await post.later(HOUR) == [], "a report by itself tells nobody anything"
            await _is_asked(post, court, recruiter, mona, case, seq)
            await _is_decided(post, court, (recruiter, mayor), mona, case, seq)
            await _is_reviewed(post, court, recruiter, noe, case)


async def _is_reported(court: Bench, recruiter: Online, mayor: Online) -> tuple[bytes, int]:
    await recruiter.client.mailboxes[0].open(court.people.listing, "Bonjour, je suis médecin.")
    await mayor.reads("Bonjour, je suis médecin.")
    await mayor.thread.send("Bonjour docteur !")
    await recruiter.reads("Bonjour docteur !")
    await recruiter.thread.send(OFFER)
    offer = await mayor.reads(OFFER)
    await mayor.thread.read()
    taken = await mayor.thread.report([offer], ReportCategory.POSING, "C’est un cabinet de recrutement.")
    return taken.case, offer.seq


async def _is_asked(post: Post, court: Bench, recruiter: Online, mona: Online, case: bytes, seq: int) -> None:
    """The accused alone, and again as long as they have not answered; nothing of it in the relation's events."""
    moderator = moderating(mona, court)
    await moderator.claim(case)
    await moderator.hear(case, [seq])
    assert await post.later(8 * MINUTE) == []
    assert await post.later(HOUR) == [DOCTOR]
    doctor, mayor = court.people.doctor, court.people.mayor
    token = post.links[DOCTOR]
    assert await post.opened(doctor, token) == AlertOpened(None, cases=True)
    assert await post.opened(mayor, token) == AlertOpened(None), "the link of somebody else"
    post.clock.advance(3 * DAY - 2 * HOUR)
    assert await post.later(3 * HOUR) == [DOCTOR], "reminded"
    assert not [event for event in await told(post.service) if event["type"].endswith("reminded")]
    await recruiter.thread.answer_case(case, "Je suis bien médecin.")
    assert await post.later(2 * HOUR) == [], "answered"


async def _is_decided(
    post: Post, court: Bench, sides: tuple[Online, Online], mona: Online, case: bytes, seq: int
) -> None:
    """Both sides, once; their mails are the same and hold nothing of the case."""
    moderator = moderating(mona, court)
    await moderator.decide(case, moderator.new_decision(Measure.FREEZE, rule=RULE, facts=FACTS, seqs=[seq]))
    post.clock.advance(15 * MINUTE)
    await post.alerter.look()
    post.clock.advance(15 * MINUTE)
    await post.alerter.look()
    raw = [mail for _, mail in post.mail.mails]
    assert len(raw) == len(sides)
    (thread,) = (each.id for each in sides[0].client.threads)
    secrets = {"case": case, "thread": thread, "facts": FACTS.fr.encode(), "rule": RULE.fr.encode()}
    bodies = [post.mail.parsed(index).get_content().encode() for index in range(2)]
    assert search(secrets, [("mail", each) for each in (*raw, *bodies)]) == []
    assert {post.mail.parsed(index)["Subject"] for index in range(2)} == {"Vous avez des messages"}
    assert await post.later(HOUR) == [MAYOR, DOCTOR]
    post.clock.advance(3 * DAY)
    assert await post.later(3 * HOUR) == [], "nobody is reminded of what was decided"


async def _is_reviewed(post: Post, court: Bench, recruiter: Online, noe: Online, case: bytes) -> None:
    await recruiter.thread.appeal(case, "J’aidais des confrères.")
    other = moderating(noe, court)
    await other.claim(case)
    next_monday(post.clock)
    assert await post.later(HOUR) == [], "that one appealed is no news"
    await other.review(case, WHY, overturn=False)
    assert await post.later(HOUR) == [MAYOR, DOCTOR]
    assert await post.opened(court.people.mayor, post.links[MAYOR]) == AlertOpened(None, cases=True)
