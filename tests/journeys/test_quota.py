"""The platform's quota of first contacts: it lowers claims and openings, and touches nothing else."""

from pathlib import Path

import httpx
import msgspec
import pytest

from messaging.domain import limits
from messaging.domain.authorization import Person
from messaging.domain.ids import AccountId
from messaging.wire.commands import Pull
from messaging.wire.rest import ClaimRequest, TicketIssued
from tests.support.server import RunningService, running_service
from tests.support.sockets import greeted
from tests.support.talk import claimed_opening
from tests.support.world import Someone, World

pytestmark = pytest.mark.slow


class Quota:
    """One person's requests under tokens with a quota."""

    def __init__(self, service: RunningService, world: World, person: Someone) -> None:
        self._service = service
        self._world = world
        self._person = person

    def token(self, openings_per_day: int) -> str:
        person = self._person
        return self._service.idp.token(person.subject, person.claims, openings_per_day=openings_per_day)

    async def claim(self, openings_per_day: int) -> httpx.Response:
        target = await self._world.fresh_target(self._world.town, self._world.mayor)
        body = ClaimRequest(self._world.project.mailbox)
        path = f"/v1/targets/{target.hex()}/claims"
        return await self._world.request("POST", path, self.token(openings_per_day), body)

    async def ticket(self, openings_per_day: int) -> TicketIssued:
        answer = await self._world.request("POST", "/v1/tickets", self.token(openings_per_day))
        assert answer.status_code == 201, answer.text
        return msgspec.json.decode(answer.content, type=TicketIssued)


async def test_claims_and_openings_are_held_to_it_and_nothing_else_is(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path) as service, World.made(service) as world:
        quota = Quota(service, world, world.holder)
        assert (await quota.claim(2)).status_code == 201
        assert (await quota.claim(1)).status_code == 429
        assert (await quota.claim(2)).status_code == 201
        assert (await quota.claim(2)).json()["code"] == "too_many"
        sides = (world.project, world.holder), (world.town, world.mayor)
        opens, line, peer = await claimed_opening(world, *sides, 1)
        refused, _, _ = await claimed_opening(world, *sides, 2)
        async with greeted(service, await quota.ticket(1)) as socket, world.socket(world.mayor) as mayor:
            assert b'"t":"ack"' in await socket.ask(opens)
            assert b'"too_many"' in await socket.ask(refused)
            assert b'"t":"ack"' in await mayor.ask(peer.send(3))
            assert b'"t":"ack"' in await socket.ask(line.send(4)), "answering is no opening"
        async with greeted(service, await quota.ticket(0)) as socket:
            assert b'"head_seq":4' in await socket.ask(Pull(ref=5, thread=line.thread, after=0))
            assert b'"t":"ack"' in await socket.ask(line.send(6))
            assert b'"too_many"' in await socket.ask(refused)
        async with greeted(service, await quota.ticket(limits.threads_opened_per_mailbox_per_day_max)) as socket:
            assert b'"t":"ack"' in await socket.ask(refused), "the platform changed its mind"


@pytest.mark.parametrize("broken", [{"openings_per_day": -1}, {"openings_per_day": "3"}, {"openings_per_day": 1.5}, 3])
async def test_a_quota_that_says_nothing_clear_is_no_token(sqlite_url: str, tmp_path: Path, broken: object) -> None:
    async with running_service(sqlite_url, tmp_path) as service, World.made(service) as world:
        claims = {"pli_mailboxes": [], "pli_quota": broken}
        token = service.idp._token("somebody", 60, claims)
        assert (await world.request("GET", "/v1/account", token)).status_code == 401


def test_a_quota_lowers_and_never_raises() -> None:
    account = AccountId(bytes(16))
    assert Person(account, {}).first_contacts_max(40) == 40
    assert Person(account, {}, 3).first_contacts_max(40) == 3
    assert Person(account, {}, 0).first_contacts_max(40) == 0
    assert Person(account, {}, 1_000).first_contacts_max(40) == 40
