"""What a mail server and a push service may answer, and what follows from it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from messaging.alerts.letters import Letters
from messaging.domain.alerts import Reminder
from messaging.ports import Transaction
from messaging.services import reminders
from messaging.sinks.smtp import SmtpSink
from messaging.wire.alerts import AlertSettings, ColleaguesUnreached
from tests.alerts.town import ADDRESS, DAY, HOUR, MINUTE, Town, next_monday, town
from tests.support.world import Someone

pytestmark = pytest.mark.slow

BROKEN = "casse@mairie.example"


async def unreached(here: Town, person: Someone) -> list[bytes]:
    answer = await here.world.expect(person, "GET", f"/v1/mailboxes/{here.world.town.mailbox.hex()}/alerts")
    return list(msgspec.json.decode(answer, type=ColleaguesUnreached).seats)


async def test_an_address_that_bounces_is_shown_to_colleagues(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        agent, mayor = here.world.agent, here.world.mayor
        await here.enrol(agent)
        assert await unreached(here, mayor) == []
        here.mail.refusals[ADDRESS] = "550 5.1.1 no such mailbox"
        line, _ = await here.opening(here.world.project, here.world.holder)
        await here.later(HOUR)
        assert (await here.view(agent)).failing_since is not None
        assert await unreached(here, mayor) == [agent.seat]

        here.mail.refusals.clear()
        await here.write(here.world.holder, line)
        await here.later(2 * HOUR)
        assert here.mail.mails == []
        await here.enrol(agent)
        assert (await here.view(agent)).failing_since is None
        assert await unreached(here, mayor) == []
        await here.later(HOUR)
        assert len(here.mail.mails) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "450 4.2.1 later",
        "550 5.7.1 this sender is not trusted",
        "550 5.4.5 daily quota exceeded",
        "554 relay access denied",
    ],
)
async def test_a_mail_that_was_not_taken_is_sent_later_and_once(answer: str, sqlite_url: str, tmp_path: Path) -> None:
    async with town(sqlite_url, tmp_path) as here:
        await here.enrol(here.world.agent)
        here.mail.refusals[ADDRESS] = answer
        await here.opening(here.world.project, here.world.holder)
        await here.later(HOUR)
        assert (await here.view(here.world.agent)).failing_since is None
        here.mail.refusals.clear()
        await here.later(HOUR)
        await here.later(2 * HOUR)
        assert len(here.mail.mails) == 1


async def test_a_letter_that_cannot_be_made_keeps_nobody_else_from_theirs(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Letters.confirm

    def confirm(letters: Letters, address: str, token: str, now: int) -> bytes:
        if address == BROKEN:
            raise ValueError
        return made(letters, address, token, now)

    monkeypatch.setattr(Letters, "confirm", confirm)
    async with town(sqlite_url, tmp_path) as here:
        assert (await here.put(here.world.mayor, AlertSettings(True, BROKEN))).status_code == 204
        await here.enrol(here.world.agent)
        assert (await here.view(here.world.agent)).settings.address == ADDRESS


async def test_a_mail_to_the_address_of_before_turns_nothing_off(sqlite_url: str, tmp_path: Path) -> None:
    async with town(sqlite_url, tmp_path) as here:
        agent = here.world.agent
        await here.enrol(agent)
        await here.opening(here.world.project, here.world.holder)
        await here.later(HOUR)
        old = here.mail.link(0, "alerts/unsubscribe")
        await here.enrol(agent, "autre@mairie.example")
        await here.world.client.post(old)
        assert (await here.view(agent)).settings.wanted


async def test_a_question_that_was_not_taken_is_sent_later(sqlite_url: str, tmp_path: Path) -> None:
    async with town(sqlite_url, tmp_path) as here:
        here.mail.accepts = False
        await here.put(here.world.agent, AlertSettings(True, ADDRESS))
        await here.later(HOUR)
        here.mail.accepts = True
        await here.later(HOUR)
        assert len(here.mail.mails) == 1
        assert (await here.world.client.post(here.mail.link(0, "alerts/confirm"))).status_code == 200


async def test_a_browser_that_is_gone_is_forgotten(sqlite_url: str, tmp_path: Path) -> None:
    async with town(sqlite_url, tmp_path) as here:
        agent = here.world.agent
        for _ in range(2):
            await here.world.expect(agent, "PUT", "/v1/account/push", here.push.subscription)
        assert len((await here.view(agent)).subscriptions) == 1
        await here.opening(here.world.project, here.world.holder)
        here.push.status = 503
        await here.later(30 * MINUTE)
        assert len((await here.view(agent)).subscriptions) == 1
        here.push.status = 410
        await here.later(30 * MINUTE)
        assert len(here.push.posts) >= 2
        assert (await here.view(agent)).subscriptions == []
        assert here.mail.mails == []


async def test_a_dead_address_is_noted_where_the_reminder_cannot_be_told_of(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locked(_tx: Transaction, _reminders: Sequence[Reminder], _now: int) -> None:
        raise TimeoutError

    monkeypatch.setattr(reminders, "tell", locked)
    async with town(sqlite_url, tmp_path) as here:
        agent = here.world.agent
        await here.enrol(agent)
        await here.world.expect(agent, "PUT", "/v1/account/push", here.push.subscription)
        await here.opening(here.world.project, here.world.holder)
        await here.later(HOUR)
        pushed = len(here.push.posts)
        assert (await here.view(agent)).failing_since is None
        here.mail.refusals[ADDRESS] = "550 5.1.1 no such mailbox"
        here.clock.advance(3 * DAY)
        next_monday(here.clock)
        await here.later(HOUR)
        assert len(here.push.posts) == pushed + 1
        assert (await here.view(agent)).failing_since is not None


async def test_a_delivery_that_breaks_off_is_not_the_end_of_the_others(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, broke = SmtpSink.send, asyncio.Event()

    async def sent(sink: SmtpSink, address: str, letter: bytes) -> None:
        if address == BROKEN:
            broke.set()
            raise LookupError
        await broke.wait()
        await asyncio.sleep(0)
        await send(sink, address, letter)

    monkeypatch.setattr(SmtpSink, "send", sent)
    async with town(sqlite_url, tmp_path) as here:
        for person, address in ((here.world.mayor, BROKEN), (here.world.agent, ADDRESS)):
            assert (await here.put(person, AlertSettings(True, address))).status_code == 204
        await here.later(MINUTE)
        assert len(here.mail.mails) == 1
