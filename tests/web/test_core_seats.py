"""Colleagues of one mailbox, one on the web's core and one on the Python SDK."""

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from messaging.connection.connection import Connection
from messaging.e2ee import message
from pli_client import AuthorAlarm
from pli_client.keys import MailboxKeys
from tests.journeys.people import cast, trust_of
from tests.support.server import running_service
from tests.support.waiting import until
from tests.support.web_core import OrderFailed, b64, new_id, web_core
from tests.web.browsing import MAYOR
from tests.web.core_people import entered, first_contact, holder, refusals

pytestmark = pytest.mark.slow

LATE_S = 3.0


def tag_of_nobody(keys: MailboxKeys, header: bytes, salt: bytes) -> bytes:
    """What who has the pseudonym's keys can make, without the mailbox's seed."""
    return message.seat_tag(os.urandom(32), header, salt, keys.seat, keys.roster.head)


def tag_on_another_roster(keys: MailboxKeys, header: bytes, salt: bytes) -> bytes:
    """What a colleague makes to whom the service shows another roster."""
    return message.seat_tag(keys.seed, header, salt, keys.seat, os.urandom(32))


def _has_draft(text: str, picture: Any) -> bool:
    return bool(picture["threads"][0]["draft"] == text)


async def test_colleagues_on_the_web_and_on_the_sdk(sqlite_url: str, tmp_path: Path) -> None:
    """The web asks for a seat and is admitted, answers as the mailbox, and admits somebody itself."""
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service:
        people = await cast(service)
        trust = await trust_of(service)
        async with (
            people.secretary.online() as secretary,
            people.doctor.online() as doctor,
            web_core(service, trust, tmp_path, "yves", MAYOR) as web,
        ):
            await secretary.client.found(people.village)
            await doctor.client.found(people.project)
            await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await entered(web)
            words = await web.act("askSeat", mailbox=b64(people.village), again=False)
            assert words == await web.act("askSeat", mailbox=b64(people.village), again=False)
            (asked,) = await secretary.client.mailbox(people.village).pending()
            assert list(asked.words) == words
            await secretary.client.mailbox(people.village).admit(asked.seat, words)
            await web.until(lambda picture: picture["threads"])
            await web.act("open", thread=web.thread)
            await web.reads("Bonjour")
            await web.send("Bienvenue !")
            await doctor.reads("Bienvenue !")
            seen = await secretary.reads("Bienvenue !")
            assert seen.author is not None
            assert b64(seen.author.seat) == web.picture["mailboxes"][0]["seat"]
            await secretary.thread.send("Nous vous rappelons.")
            mine = await web.reads("Nous vous rappelons.")
            assert mine["own"]
            assert mine["author"]["seat"] == b64(secretary.client.mailbox(people.village).seat)

            note = {"thread": web.thread, "entry": new_id(), "text": "Rappeler lundi"}
            for _ in range(2):
                await web.act("note", **note)
            await web.act("draft", thread=web.thread, text="Chère")
            desk = secretary.client.mailbox(people.village).desk
            await web.until(lambda _: web.view["notes"] and web.picture["threads"][0]["draft"] == "Chère")
            await until(lambda: desk.drafts.get(secretary.thread.id) == "Chère")
            assert desk.notes[secretary.thread.id] == ["Rappeler lundi"]
            line = web.picture["threads"][0]
            assert line["answeringUntil"] is None, "what one writes oneself"
            for text, answers in (("Chère Camille", True), ("", False), ("Chère", True)):
                await desk.draft(secretary.thread.id, text)
                await web.until(partial(_has_draft, text))
                assert (web.picture["threads"][0]["answeringUntil"] is not None) is answers
            await web.act("draft", thread=web.thread, text="Chère madame")
            await web.until(lambda picture: picture["threads"][0]["answeringUntil"] is None)
            await web.act("assign", thread=web.thread, seat=mine["author"]["seat"])
            await desk.reach(3)
            assert desk.assigned[secretary.thread.id] == secretary.client.mailbox(people.village).seat
            assert not refusals(web)
            assert not [each for each in web.notices if each["type"].endswith("Alarm")]
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(MailboxKeys, "tag", tag_of_nobody)
                await secretary.thread.send("Au nom de la mairie")
            await web.until(lambda _: any(each["type"] == "authorAlarm" for each in web.notices))
            assert (await secretary.until(AuthorAlarm)).thread == secretary.thread.id
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(MailboxKeys, "tag", tag_on_another_roster)
                await secretary.thread.send("Sous une autre liste")
            await web.until(lambda _: any(each["type"] == "rosterAlarm" for each in web.notices))
            alarmed = {b64(people.village): "BadRoster"}
            await web.until(lambda picture: picture["doubts"] == alarmed)
            await web.close()
            await web.open()
            await web.until(lambda picture: picture["doubts"] == alarmed)
            # A tab that begins to lead does again what another one was asked for.
            await web.act("note", **note)
            await web.act("open", thread=web.thread)
            await web.until(lambda _: web.view["notes"])
            assert [each["text"] for each in web.view["notes"]] == ["Rappeler lundi"]


async def test_who_founds_a_mailbox_writes_at_once_although_their_connection_hears_of_it_late(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where another process founded it, and Redis is away: the seats say it first."""
    hears = Connection._on_refresh
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service:
        people = await cast(service)
        async with people.secretary.online() as secretary:
            await secretary.client.found(people.village)
            monkeypatch.setattr(
                Connection, "_on_refresh", lambda each: asyncio.get_running_loop().call_later(LATE_S, hears, each)
            )
            async with holder(service, people, tmp_path) as web:
                await first_contact(web, people, secretary)


@pytest.mark.parametrize("again", [False, True])
async def test_who_asks_again_after_the_admission_comes_in(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, again: bool
) -> None:
    """Their page did not hear of it yet; opened anew it asks by itself, too."""
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service:
        people = await cast(service)
        trust = await trust_of(service)
        async with (
            people.secretary.online() as secretary,
            web_core(service, trust, tmp_path, "yves", MAYOR) as web,
        ):
            await secretary.client.found(people.village)
            await entered(web)
            words = await web.act("askSeat", mailbox=b64(people.village), again=False)
            (asked,) = await secretary.client.mailbox(people.village).pending()
            hears = Connection._on_refresh
            monkeypatch.setattr(
                Connection, "_on_refresh", lambda each: asyncio.get_running_loop().call_later(LATE_S, hears, each)
            )
            await secretary.client.mailbox(people.village).admit(asked.seat, words)
            assert await web.act("askSeat", mailbox=b64(people.village), again=again) == words
            await web.until(lambda picture: picture["mailboxes"])
            assert not [each for each in web.notices if each["type"].endswith("Alarm")]


async def test_the_web_admits_a_colleague(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service:
        people = await cast(service)
        async with people.spouse.online() as spouse, holder(service, people, tmp_path) as web:
            asking = await spouse.client.ask_seat(people.project)
            pending = await web.until(lambda picture: picture["mailboxes"][0]["pending"])
            assert pending[0]["words"] == list(asking.words)
            admission = {"mailbox": b64(people.project), "seat": pending[0]["seat"], "admin": False}
            with pytest.raises(OrderFailed, match="WordsDiffer"):
                await web.act("admit", **admission, words=[*pending[0]["words"][1:], "abaisser"])
            await web.act("admit", **admission, words=pending[0]["words"])
            mailbox = await asking.admitted(timeout_s=20)
            assert len(mailbox.colleagues) == len(web.picture["mailboxes"][0]["colleagues"]) == 2
            assert not web.picture["mailboxes"][0]["pending"]
