"""Idempotency-Key: carried out once, answered alike; kept a day, bounded, and safe for two requests at once."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from messaging.app import system_clock
from messaging.domain import limits
from messaging.domain.scope import Scope
from messaging.domain.vocabulary import MailboxKind
from messaging.wire.platform import DepartureReport
from messaging.wire.rest import AccountRevoke, MailboxPut, TargetPut
from messaging.wire.types import Presentation
from tests.platform.conftest import Backend, code
from tests.support.scale import scaled
from tests.support.server import running_service
from tests.support.world import World

pytestmark = pytest.mark.slow

KEY = {"idempotency-key": "b1946ac9-0001"}
TARGET = TargetPut("another listing", "town")


async def kept(backend: Backend) -> int:
    async with backend.service.service.store._engine.connect() as connection:
        return int((await connection.execute(text("SELECT count(*) FROM answers"))).scalar_one())


async def test_the_same_request_gets_the_first_answer_again(backend: Backend) -> None:
    world = backend.world
    report = DepartureReport("town", world.agent.subject)
    first = await backend.request("POST", "departures", report, headers=KEY)
    assert first.status_code == 200
    again = await backend.request("POST", "departures", report, headers=KEY)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    empty = [
        await backend.request("POST", "revocations", AccountRevoke("x"), headers={"idempotency-key": "2"}) for _ in "ab"
    ]
    assert [(answer.status_code, answer.content) for answer in empty] == [(204, b"")] * 2
    assert await kept(backend) == 2


async def test_without_a_key_nothing_is_kept(backend: Backend) -> None:
    assert (await backend.request("PUT", "targets", TARGET)).status_code == 200
    assert await kept(backend) == 0


async def test_a_key_stands_for_one_request_only(backend: Backend) -> None:
    assert (await backend.request("PUT", "targets", TARGET, headers=KEY)).status_code == 200
    other = TargetPut("yet another listing", "town")
    for method, path, body in (("PUT", "targets", other), ("POST", "revocations", AccountRevoke("x"))):
        answer = await backend.request(method, path, body, headers=KEY)
        assert (answer.status_code, code(answer)) == (422, "key_reused")


async def test_callers_do_not_share_their_keys(backend: Backend) -> None:
    mine = await backend.request("PUT", "targets", TARGET, headers=KEY)
    token = await backend.service.platform_key(Scope.MAILBOXES)
    other = TargetPut("yet another listing", "town")
    theirs = await backend.request("PUT", "targets", other, token=token, headers=KEY)
    assert theirs.status_code == 200
    assert theirs.content != mine.content


async def test_a_refusal_is_not_kept(backend: Backend) -> None:
    early = TargetPut("early", "not there yet")
    assert code(await backend.request("PUT", "targets", early, headers=KEY)) == "not_found"
    await backend.service.register_mailbox("not there yet", MailboxKind.PROJECT)
    assert (await backend.request("PUT", "targets", early, headers=KEY)).status_code == 200


async def test_people_keep_no_answers(backend: Backend) -> None:
    world = backend.world
    answer = await world.request("PUT", "/v1/platform/targets", world.token(world.mayor), TARGET, KEY)
    assert code(answer) == "not_found"
    assert await kept(backend) == 0


@pytest.mark.parametrize("key", ["", "a b", "x" * 256])
async def test_what_is_no_key_is_malformed(backend: Backend, key: str) -> None:
    answer = await backend.request("PUT", "targets", TARGET, headers={"idempotency-key": key})
    assert code(answer) == "malformed"


async def test_of_two_at_once_one_is_carried_out(backend: Backend) -> None:
    """The first transaction decides; every other one waits for it, and gets its answer."""
    for number in range(scaled(100)):
        shown = Presentation("Commune", f"Ailleurs {number}")
        body = MailboxPut(f"new {number}", MailboxKind.TERRITORY, shown)
        answers = await backend.at_once(4, "PUT", "mailboxes", body, f"key {number}".replace(" ", "-"))
        assert {(answer.status_code, answer.content) for answer in answers} == {(200, answers[0].content)}
    assert await kept(backend) == scaled(100)


async def test_two_different_requests_at_once_under_one_key(backend: Backend) -> None:
    for number in range(scaled(50)):
        headers = {"idempotency-key": f"race-{number}"}
        bodies = [TargetPut(f"listing {number} {which}", "town") for which in range(2)]
        answers = await asyncio.gather(*(backend.request("PUT", "targets", body, headers=headers) for body in bodies))
        assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_a_caller_keeps_only_so_many(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "idempotency_answers_max", 2)
    answers = [
        await backend.request("PUT", "targets", TARGET, headers={"idempotency-key": f"{number}"}) for number in range(3)
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert await kept(backend) == 2
    again = await backend.request("PUT", "targets", TARGET, headers={"idempotency-key": "0"})
    assert again.status_code == 200


async def test_after_a_day_a_key_is_new_and_the_old_answers_go(sqlite_url: str, tmp_path: Path) -> None:
    later = 0
    folder = tmp_path / "service"
    folder.mkdir()
    async with (
        running_service(sqlite_url, folder, clock=lambda: system_clock() + later) as service,
        World.made(service) as world,
    ):
        backend = Backend(service, world, folder)
        for key in ("one", "two"):
            await backend.request("PUT", "targets", TARGET, headers={"idempotency-key": key})
        later = limits.idempotency_h * 3_600_000 + 1
        other = TargetPut("yet another listing", "town")
        assert (await backend.request("PUT", "targets", other, headers={"idempotency-key": "one"})).status_code == 200
        assert await kept(backend) == 1
