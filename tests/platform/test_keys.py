"""Scoped keys of the platform's back end: good until they are revoked, and for nothing but their scopes.

Which operation each scope opens is tried in tests/authorization.
"""

import hashlib
import os
from typing import Any

import pytest
from sqlalchemy import text

from messaging.domain import limits
from messaging.domain.errors import Malformed, NotFound, TooMany, Unauthenticated
from messaging.domain.ids import KeyId
from messaging.domain.scope import EVERY_SCOPE, Scope
from messaging.services import platform_keys
from messaging.wire.platform import DepartureReport, ErasureRequest
from messaging.wire.rest import AccountRevoke, TargetPut
from tests.platform.conftest import Backend, code

pytestmark = pytest.mark.slow

TARGET = TargetPut("another listing", "town")


def key_id(text: str) -> KeyId:
    return KeyId(bytes.fromhex(text.split("_")[1]))


async def revoke(backend: Backend, key: str) -> None:
    service = backend.service.service
    await service.pipeline.run(lambda tx: platform_keys.revoke(tx, key_id(key), service.context.clock()))


async def test_a_key_opens_its_scopes_until_it_is_revoked(backend: Backend) -> None:
    key = await backend.service.platform_key(Scope.MAILBOXES, Scope.EXPORT)
    assert (await backend.request("PUT", "targets", TARGET, token=key)).status_code == 200
    assert code(await backend.request("POST", "erasures", ErasureRequest("x"), token=key)) == "not_found"

    await revoke(backend, key)

    assert code(await backend.request("PUT", "targets", TARGET, token=key)) == "unauthenticated"
    with pytest.raises(NotFound):
        await revoke(backend, key)


async def test_a_key_that_is_not_whole_is_no_key(backend: Backend) -> None:
    key = await backend.service.platform_key(*EVERY_SCOPE)
    _, identity, secret = key.split("_", 2)
    other = await backend.service.platform_key(*EVERY_SCOPE)
    wrong = [
        "plk_",
        f"plk_{identity}",
        f"plk_{identity}_",
        key[:-1],
        key + "A",
        f"plk_{'0' * 32}_{secret}",
        f"plk_{identity}_{other.split('_', 2)[2]}",
        f"plk_zz_{secret}",
        f"PLK_{identity}_{secret}",
    ]
    for each in wrong:
        assert code(await backend.request("PUT", "targets", TARGET, token=each)) == "unauthenticated", each


async def test_a_key_knows_people_by_what_the_platform_calls_them(backend: Backend) -> None:
    key = await backend.service.platform_key(Scope.PEOPLE)
    agent = backend.world.agent
    token = backend.world.token(agent)
    report = DepartureReport("town", agent.subject)
    assert (await backend.request("POST", "departures", report, token=key)).status_code == 200
    assert (await backend.request("POST", "revocations", AccountRevoke(agent.subject), token=key)).status_code == 204
    answer = await backend.world.request("GET", "/v1/account", token)
    assert code(answer) == "unauthenticated"


async def test_the_store_never_has_a_key(backend: Backend) -> None:
    key = await backend.service.platform_key(Scope.EXPORT)
    async with backend.service.service.store._engine.connect() as connection:
        rows: list[Any] = list((await connection.execute(text("SELECT * FROM platform_keys"))).all())
    assert [row.digest for row in rows] == [hashlib.sha256(key.encode()).digest()]
    assert all(key.split("_", 2)[2].encode() not in repr(tuple(row)).encode() for row in rows)


async def test_keys_are_listed_and_bounded(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    service = backend.service.service
    first = await backend.service.platform_key(Scope.EXPORT)
    second = await backend.service.platform_key(Scope.PEOPLE, Scope.ERASURE)
    await revoke(backend, first)
    rows = await service.pipeline.read(platform_keys.listed)
    assert [(row.key, row.scopes, row.revoked_at is None) for row in rows] == [
        (key_id(first), frozenset({Scope.EXPORT}), False),
        (key_id(second), frozenset({Scope.PEOPLE, Scope.ERASURE}), True),
    ]
    monkeypatch.setattr(limits, "platform_keys_max", 1)
    with pytest.raises(TooMany):
        await backend.service.platform_key(Scope.EXPORT)


@pytest.mark.parametrize(
    ("name", "scopes"), [("", {Scope.EXPORT}), ("x" * 101, EVERY_SCOPE), ("a\nb", EVERY_SCOPE), ("a", ())]
)
async def test_a_key_has_a_name_and_a_scope(backend: Backend, name: str, scopes: Any) -> None:
    service = backend.service.service
    with pytest.raises(Malformed):
        await service.pipeline.run(lambda tx: platform_keys.add(tx, name, frozenset(scopes), os.urandom, 1))


async def test_a_key_that_was_revoked_meanwhile_opens_nothing(backend: Backend) -> None:
    """It was looked at before its request's own transaction began, and is looked at again in it."""
    service = backend.service.service
    key = await backend.service.platform_key(Scope.MAILBOXES)
    known = await service.pipeline.read(lambda tx: platform_keys.identify(tx, key))
    await revoke(backend, key)
    with pytest.raises(Unauthenticated):
        await service.pipeline.read(lambda tx: platform_keys.scopes_of(tx, known))
