"""A town hall whose agent is alerted by mail and by push, and peers who write to it; the clock is the test's."""

import contextlib
import datetime
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import httpx
import msgspec

from messaging.app import alerter
from messaging.domain import limits
from messaging.wire.alerts import AlertLink, AlertOpened, AlertSettings, AlertsView
from messaging.wire.commands import Read
from messaging.wire.types import Presentation
from tests.canary.planted import SHOWN_MARKER, text
from tests.journeys.clock import MovingClock
from tests.support.outside import MailServer, PushService, mail_server, push_service
from tests.support.server import RunningService, running_service
from tests.support.talk import Line, claimed_opening
from tests.support.world import Box, Someone, World

ADDRESS: Final = "secretariat@mairie.example"
MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR


class Town:
    """The world with a mail server and a push service beside it."""

    def __init__(self, service: RunningService, world: World, clock: MovingClock, mail: MailServer, push: PushService):
        self.service = service
        self.world = world
        self.clock = clock
        self.mail = mail
        self.push = push
        self._alerter = alerter(service.service.settings, service.service.store, clock)

    async def later(self, ms: int) -> None:
        """Time goes by, and the worker looks as often as it takes for what becomes due."""
        until = self.clock() + ms
        spread = limits.alert_spread_s * 1_000
        while self.clock() < until:
            self.clock.advance(min(spread, until - self.clock()))
            await self._alerter.look()

    async def opening(self, box: Box, person: Someone) -> tuple[Line, Line]:
        """A first contact to the town hall, all of whose words are canaries."""
        shown = Presentation(SHOWN_MARKER, SHOWN_MARKER, True, SHOWN_MARKER)
        await self.service.register_mailbox(box.ref, box.kind, shown)
        world = self.world
        command, line, peer = await claimed_opening(world, (box, person), (world.town, world.mayor), 1)
        async with world.socket(person) as socket:
            assert b'"t":"ack"' in await socket.ask(command)
            assert b'"t":"ok"' in await socket.ask(line.give(2, self.clock()))
        await self.write(person, line)
        return line, peer

    async def write(self, person: Someone, line: Line) -> None:
        async with self.world.socket(person) as socket:
            assert b'"t":"ack"' in await socket.ask(line.send(2, text("corps")))

    async def read(self, person: Someone, line: Line) -> None:
        async with self.world.socket(person) as socket:
            assert b'"t":"ok"' in await socket.ask(Read(ref=1, thread=line.thread, seq=99))

    async def view(self, person: Someone) -> AlertsView:
        return msgspec.json.decode(await self.world.expect(person, "GET", "/v1/account/alerts"), type=AlertsView)

    async def put(self, person: Someone, settings: AlertSettings) -> httpx.Response:
        return await self.world.request("PUT", "/v1/account/alerts", self.world.token(person), settings)

    async def opened(self, person: Someone, token: str) -> bytes | None:
        """Where a mail's link leads this person."""
        answer = await self.world.expect(person, "POST", "/v1/account/alerts/open", AlertLink(token))
        return msgspec.json.decode(answer, type=AlertOpened).thread

    async def enrol(self, person: Someone, address: str = ADDRESS) -> None:
        """The person's address, confirmed by the link of the mail that comes; forgets that mail."""
        assert (await self.put(person, AlertSettings(True, address))).status_code == 204
        await self._alerter.look()
        answer = await self.world.client.post(self.mail.link(-1, "alerts/confirm"))
        assert answer.status_code == 200
        self.mail.mails.clear()


def next_monday(clock: MovingClock, hour: int = 10) -> None:
    """Moves to a time at which town halls are open."""
    now = datetime.datetime.fromtimestamp(clock() / 1_000, ZoneInfo("Europe/Paris"))
    monday = (now + datetime.timedelta(days=7 - now.weekday())).replace(hour=hour, minute=0, second=0, microsecond=0)
    clock.advance(int(monday.timestamp() * 1_000) - clock())


@contextlib.asynccontextmanager
async def town(database_url: str, folder: Path) -> AsyncIterator[Town]:
    clock = MovingClock()
    clock.stop()
    next_monday(clock)
    async with (
        mail_server() as mail,
        push_service() as push,
        running_service(database_url, folder, with_worker=False, clock=clock, smtp_url=mail.url) as service,
        World.made(service) as world,
    ):
        yield Town(service, world, clock, mail, push)
