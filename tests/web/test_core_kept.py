"""What the web client's core keeps of conversations between two runs, and what it keeps no more."""

import contextlib
from pathlib import Path
from typing import Final

import pytest

from messaging.domain.errors import Busy
from messaging.domain.retention import DEFAULT_DAYS, Schedule
from messaging.services import retention
from pli_client.schedule import DAY_MS
from tests.journeys.clock import MovingClock
from tests.journeys.people import cast
from tests.support.server import RunningService, running_service
from tests.support.web_core import OrderFailed
from tests.web.browsing import HOLDER
from tests.web.core_people import first_contact, holder, refusals, texts

pytestmark = pytest.mark.slow

YEARS_MS: Final = 6 * 366 * DAY_MS


async def past_their_time(service: RunningService) -> None:
    """Deletes the conversations in which nothing happened for years, as if these were over."""
    inner = service.service
    now = inner.context.clock() + YEARS_MS
    with contextlib.suppress(Busy):  # they are deleted then; what waits is the clearing of the file
        await retention.apply(inner.store, Schedule(DEFAULT_DAYS), now, inner.settings.backup_days)


async def test_what_was_verified_is_not_verified_again(sqlite_url: str, tmp_path: Path) -> None:
    """A start goes on from the last event, also under keys that were renewed."""
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service:
        people = await cast(service)
        async with people.secretary.online() as secretary, holder(service, people, tmp_path) as web:
            await secretary.client.found(people.village)
            await first_contact(web, people, secretary)
            for n in range(140):
                await secretary.thread.send(f"{n}")
            await secretary.thread.renew_keys()
            await web.reads("139")
            assert await web.opened() >= 141
            for again in ("encore", "enfin"):
                await web.close()
                await web.open()
                await web.until_open()
                await web.act("open", thread=web.thread)
                assert texts(web)[-2:] == (["138", "139"] if again == "encore" else ["139", "encore"])
                assert await web.opened() == 0
                await secretary.thread.send(again)
                await web.reads(again)
                assert await web.opened() == 1
            await web.send("Merci.")
            await secretary.reads("Merci.")
            older = await web.act("items", thread=web.thread, before=web.view["from"])
            assert [each["text"] for each in older["items"]][:2] == ["Bonjour", "0"]
            assert older["from"] == web.view["first"] == 1
            found = await web.act("search", threads=[web.thread], searched="bonjour")
            assert [(hit["match"], hit["own"]) for hit in found["hits"]] == [("Bonjour", True)]
            assert not refusals(web)


async def test_what_the_service_deleted_is_not_kept_here(sqlite_url: str, tmp_path: Path) -> None:
    clock = MovingClock()
    async with running_service(sqlite_url, tmp_path, with_worker=False, clock=clock) as service:
        people = await cast(service)
        async with holder(service, people, tmp_path) as web:
            async with people.secretary.online() as secretary:
                await secretary.client.found(people.village)
                await first_contact(web, people, secretary)
            await web.close()
            copies = [name for name in await web.kept() if name.startswith(("thread.", "kept.", "heads.", "items."))]
            assert len(copies) == 4
            await past_their_time(service)
            clock.advance(DAY_MS)
            (tmp_path / "camille.token").write_text(service.token("camille", HOLDER))
            await web.open()
            await web.until(lambda picture: picture["caughtUp"] and not picture["threads"])
            assert not set(copies) & set(await web.kept())


async def test_a_browser_that_forgets_keeps_nothing(sqlite_url: str, tmp_path: Path) -> None:
    """Also: a conversation that is found to be deleted when somebody opens it is gone."""
    async with running_service(sqlite_url, tmp_path, with_worker=False) as service:
        people = await cast(service)
        async with holder(service, people, tmp_path) as web:
            async with people.secretary.online() as secretary:
                await secretary.client.found(people.village)
                await first_contact(web, people, secretary)
            await past_their_time(service)
            with pytest.raises(OrderFailed, match="not_found"):
                await web.act("open", thread=web.thread)
            await web.until(lambda picture: not picture["threads"])
            await web.act("forget")
            assert web.picture["stage"] == {"name": "ended", "reason": "Forgotten", "code": None}
            assert await web.kept() == []
            await web.close()
            await web.open()
            assert web.picture["stage"] == {"name": "needsCode", "wrong": False}
            await web.act("enterCode", code=web.code)
            await web.until_open()
            assert [device["isThis"] for device in web.picture["devices"]] == [True]
