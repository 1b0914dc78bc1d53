"""Somebody writes to the town hall: its agent hears that something waits, by mail and by push, and nothing else."""

import re
from pathlib import Path

import pytest

from messaging.alerts.letters import PUSH
from messaging.wire.alerts import AlertSettings
from tests.alerts.town import ADDRESS, DAY, HOUR, MINUTE, Town, next_monday, town
from tests.canary.planted import MARKER, SHOWN_MARKER
from tests.canary.search import forms, search
from tests.support.server import ALERTS_FROM

pytestmark = pytest.mark.slow

_OWN = re.compile(rb"(?m)^(Date|Message-ID): .*$|(?<=/)[\w=-]{43,}|[\w-]{43}")


async def test_from_the_first_message_to_the_last_reminder(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        world, agent = here.world, here.world.agent
        await here.enrol(agent)
        await world.expect(agent, "PUT", "/v1/account/push", here.push.subscription)
        line, _ = await here.opening(world.project, world.holder)

        await here.later(9 * MINUTE)
        assert (here.mail.mails, here.push.posts) == ([], [])
        await here.later(25 * MINUTE)
        assert [address for address, _ in here.mail.mails] == [ADDRESS]
        assert [here.push.opened(0)] == [PUSH]
        await _check_link(here, line.thread)

        await here.write(world.holder, line)
        await here.later(20 * MINUTE)
        assert (len(here.mail.mails), len(here.push.posts)) == (1, 1), "one alert an hour"
        await here.later(HOUR)
        assert (len(here.mail.mails), len(here.push.posts)) == (2, 2)

        next_monday(here.clock)
        await here.later(HOUR)
        assert len(here.mail.mails) == 3, "the reminder after three days"
        await here.read(world.mayor, line)
        here.clock.advance(2 * DAY)
        await here.later(HOUR)
        assert len(here.mail.mails) == 3, "a colleague read it: nobody is reminded after nine days"

        other, _ = await here.opening(world.elsewhere, world.stranger)
        next_monday(here.clock)
        await here.later(HOUR)
        assert len(here.mail.mails) == 4
        _check_alike(here)
        _check_canaries(here, line.thread, other.thread)
        await _check_unsubscribing(here)


async def _check_link(here: Town, thread: bytes) -> None:
    """It leads its own reader to the conversation, and nobody else anywhere."""
    world, token = here.world, here.mail.link(0, "inbox/#/alerts").rpartition("/")[2]
    assert await here.opened(world.agent, token) == thread
    assert await here.opened(world.agent, token) == thread
    assert await here.opened(world.mayor, token) is None
    assert await here.opened(world.agent, token[::-1]) is None
    assert await here.opened(world.agent, here.mail.link(0, "alerts/unsubscribe").rpartition("/")[2]) is None
    answer = await world.request("POST", "/v1/account/alerts/open", None)
    assert answer.status_code == 401


def _check_alike(here: Town) -> None:
    """Mails about one peer and another are the same bytes but for what is drawn at random, and their date."""
    plain = {_OWN.sub(b"", raw.replace(b"=\r\n", b"")) for _, raw in here.mail.mails}
    assert len(plain) == 1, plain
    headers = dict(here.mail.parsed(0).items())
    assert set(headers) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"),
        *("Content-Transfer-Encoding", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"),
    }
    assert (headers["From"], headers["To"], headers["Subject"]) == (ALERTS_FROM, ADDRESS, "Vous avez des messages")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    heads = {re.sub(rb"(?i)(authorization|host): .*|\d+", b"", head) for head, _ in here.push.posts}
    assert len(heads) == 1
    assert len({len(body) for _, body in here.push.posts}) == 1


def _check_canaries(here: Town, *threads: bytes) -> None:
    secrets = {"marker": MARKER.encode(), "shown": SHOWN_MARKER.encode()}
    secrets |= {f"thread {n}": thread for n, thread in enumerate(threads)}
    secrets |= {f"mailbox {box.ref}": box.mailbox for box in (here.world.project, here.world.elsewhere)}
    mails = [("mail", raw) for _, raw in here.mail.mails]
    bodies = [("body", here.mail.parsed(n).get_content().encode()) for n in range(len(mails))]
    pushes = [("push", head + here.push.opened(n)) for n, (head, _) in enumerate(here.push.posts)]
    assert len(mails) == len(pushes) == 4
    assert search(secrets, [*mails, *bodies, *pushes]) == []
    assert search({"sender": ALERTS_FROM.encode()}, mails), "the search finds what is there"
    assert forms(MARKER.encode())


async def _check_unsubscribing(here: Town) -> None:
    """Mail scanners follow every link; only the button acts, and the mail client's own one click."""
    client, agent, page = here.world.client, here.world.agent, here.mail.link(0, "alerts/unsubscribe")
    unknown = page[:-43] + "A" * 43
    for _ in range(2):
        shown, nothing = await client.get(page), await client.get(unknown)
        assert shown.status_code == 200
        assert shown.content == nothing.content
        assert "form-action 'self'" in shown.headers["content-security-policy"]
    assert (await here.view(agent)).settings.wanted
    assert (await client.post(unknown)).status_code == 404
    assert (await client.post(page, data={"List-Unsubscribe": "One-Click"})).status_code == 200
    assert (await client.post(page)).status_code == 200
    view = await here.view(agent)
    assert (view.settings.wanted, view.settings.address) == (False, ADDRESS)


async def test_an_address_is_used_once_its_owner_confirmed_it(sqlite_url: str, tmp_path: Path) -> None:
    async with town(sqlite_url, tmp_path) as here:
        agent, client = here.world.agent, here.world.client
        await here.put(agent, AlertSettings(True, "first@mairie.example"))
        await here.later(MINUTE)
        await here.put(agent, AlertSettings(True, "second@mairie.example"))
        await here.later(MINUTE)
        assert [address for address, _ in here.mail.mails] == ["first@mairie.example", "second@mairie.example"]
        first, second = (here.mail.link(n, "alerts/confirm") for n in (0, 1))
        await here.opening(here.world.project, here.world.holder)
        await here.later(2 * HOUR)
        assert len(here.mail.mails) == 2, "no alert to whom nobody asked"

        for link in (first, second):
            assert (await client.get(link)).status_code == 200
        assert (await here.view(agent)).settings.address is None
        assert (await client.post(first)).status_code == 404, "the link of an address that was replaced"
        assert (await client.post(second)).status_code == 200
        assert (await client.post(second)).status_code == 404, "once"
        view = await here.view(agent)
        assert (view.settings.address, view.pending) == ("second@mairie.example", None)
        await here.later(HOUR)
        assert here.mail.mails[2:] and here.mail.mails[2][0] == "second@mairie.example"


async def test_an_address_is_asked_again_once_its_link_expired(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        agent, client, settings = here.world.agent, here.world.client, AlertSettings(True, ADDRESS)
        for _ in range(3):
            assert (await here.put(agent, settings)).status_code == 204
            await here.later(MINUTE)
        assert len(here.mail.mails) == 1, "its link works"
        here.clock.advance(DAY)
        assert (await here.view(agent)).pending == ADDRESS
        assert (await client.post(here.mail.link(0, "alerts/confirm"))).status_code == 404
        for _ in range(3):
            assert (await here.put(agent, settings)).status_code == 204
            await here.later(MINUTE)
        assert len(here.mail.mails) == 2
        assert (await client.post(here.mail.link(0, "alerts/confirm"))).status_code == 404
        assert (await client.post(here.mail.link(1, "alerts/confirm"))).status_code == 200
        assert (await here.view(agent)).settings.address == ADDRESS


async def test_nobody_floods_strangers_with_questions(sqlite_url: str, tmp_path: Path) -> None:
    async with town(sqlite_url, tmp_path) as here:
        answers = []
        for n in range(7):
            answers.append((await here.put(here.world.agent, AlertSettings(True, f"a{n}@b.example"))).status_code)
            await here.later(MINUTE)
        assert answers == [204] * 5 + [429] * 2
        assert len(here.mail.mails) == 5
        await here.later(DAY + MINUTE)
        assert (await here.put(here.world.agent, AlertSettings(True, "a8@b.example"))).status_code == 204


async def test_a_link_that_is_a_day_old_confirms_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with town(sqlite_url, tmp_path) as here:
        await here.put(here.world.agent, AlertSettings(True, ADDRESS))
        await here.later(MINUTE)
        here.clock.advance(DAY)
        answer = await here.world.client.post(here.mail.link(0, "alerts/confirm"))
        assert answer.status_code == 404
