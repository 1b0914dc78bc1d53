"""Access ends: a token is renewed on the live connection or the socket closes; revocation closes it for good."""

import asyncio
import os
from collections.abc import Awaitable
from pathlib import Path

import pytest

from messaging.domain.vocabulary import MailboxKind
from messaging.wire import closing
from messaging.wire.commands import Send
from messaging.wire.events import Ack
from messaging.wire.rest import (
    AccountRevoke,
    PrekeyBatch,
    RosterAppend,
    SeatRequest,
    SeedWrap,
    VaultBody,
    VaultWrap,
)
from pli_client.errors import Ended, ProblemError
from tests.faults.parties import Party, close_all, open_line
from tests.faults.proxy import Proxy
from tests.faults.raw import dial
from tests.journeys.clock import MovingClock
from tests.journeys.people import cast
from tests.support.server import running_service

pytestmark = pytest.mark.slow

SHORT_S = 3


async def test_a_token_is_renewed_on_the_live_connection(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service, Proxy(service.port) as line:
        people = await cast(service, url=line.url)
        people.doctor.token_s = SHORT_S
        async with people.doctor.online() as doctor:
            await doctor.client.found(people.project)
            entered = asyncio.get_running_loop().time()
            await asyncio.sleep(1.5 * SHORT_S)
            assert asyncio.get_running_loop().time() > entered + SHORT_S
            assert doctor.client.connected
            await doctor.client.mailboxes[0].desk.note(os.urandom(16), "toujours là")
        assert line.sockets == 1
        assert len(people.doctor.tokens) > 2


async def test_a_token_that_is_not_renewed_ends_its_socket(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        project = await Party.found(service, "projet", MailboxKind.PROJECT, token_s=2)
        socket = await project.socket()
        assert await socket.closed() == closing.TOKEN_EXPIRED
        await close_all(socket, project)


async def test_revocation_closes_the_socket_and_refuses_all_that_follows(database_url: str, tmp_path: Path) -> None:
    clock = MovingClock()
    async with running_service(database_url, tmp_path, clock=clock) as service:
        village = await Party.found(service, "mairie", MailboxKind.TERRITORY, prekeys=2)
        project = await Party.found(service, "projet", MailboxKind.PROJECT)
        socket = await project.socket()
        line = await open_line(socket, project, village.target, service.service.store.service_id)
        clock.stop()
        unused = await project.api.ticket()
        await service.platform("POST", "/v1/platform/revocations", AccountRevoke(project.subject))
        assert await socket.closed() == closing.REVOKED
        for request in _all_requests(project, village):
            with pytest.raises(ProblemError) as refused:
                await request
            assert (refused.value.problem.status, refused.value.code) == (401, "unauthenticated")
        late = await dial(service, project.api, ticket=unused.ticket)
        await late.wait_closed()
        assert late.close_code == closing.BAD_TOKEN
        await village.api.account()
        clock.advance(1_000)
        await project.api.token(fresh=True)
        again = await project.socket()
        await again.request(Send(ref=0, payload=line.message(os.urandom(16), "De retour")), Ack)
        await close_all(socket, again, project, village)


def _all_requests(project: Party, village: Party) -> list[Awaitable[object]]:
    """Every request of a person that the HTTP interface knows, each of which was allowed before or hurts nobody."""
    api, keys = project.api, project.keys
    prekeys = PrekeyBatch(keys.prekeys(project.target, [0]))
    vault = VaultBody(1, b"blob", [VaultWrap("device", os.urandom(16), b"wrap")])
    seat = SeatRequest(os.urandom(16), keys.pair.sign.public, keys.pair.kem.public)
    append = RosterAppend(b"record", SeedWrap(0, keys.seat, bytes(32), bytes(1168)))
    return [
        api.ticket(),
        api.account(),
        api.vault(),
        api.put_vault(vault),
        api.roster(keys.mailbox),
        api.append_roster(keys.mailbox, append),
        api.pending_seats(keys.mailbox),
        api.ask_seat(keys.mailbox, seat),
        api.targets(keys.mailbox),
        api.publish_prekeys(project.target, prekeys),
        api.claim(village.target, keys.mailbox),
    ]


async def test_the_sdk_tells_its_application_that_access_was_ended(sqlite_url: str, tmp_path: Path) -> None:
    async with running_service(sqlite_url, tmp_path) as service:
        people = await cast(service)
        await people.settle()
        async with people.doctor.online() as doctor:
            thread = await doctor.client.mailboxes[0].open(people.listing, "Bonjour")
            await service.platform("POST", "/v1/platform/revocations", AccountRevoke(people.doctor.subject))
            with pytest.raises(Ended) as ended:
                async for _ in doctor.client.events():
                    pass
            assert ended.value.code == closing.REVOKED
            with pytest.raises(Ended):
                await thread.send("Encore")
