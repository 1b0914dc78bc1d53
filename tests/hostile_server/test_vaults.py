"""Vaults: a server that rolls one back, loses it, exchanges it, or makes up a device."""

import os
from collections.abc import Callable
from functools import partial

import msgspec
import pytest

from messaging.e2ee.errors import BadVault, RolledBack, WrongRecoveryCode
from messaging.e2ee.vault import DEVICE
from messaging.wire.events import Welcome
from messaging.wire.rest import ServiceInfo, VaultBody, VaultWrap
from pli_client import VaultRestored
from pli_client.errors import RecoveryCodeNeeded
from tests.hostile_server.ground import LINES, Account, Ground, first, hears, texts

pytestmark = [pytest.mark.hostile, pytest.mark.slow]

Change = Callable[[VaultBody, VaultBody], VaultBody | None]
"""From the newest and an older version to what is shown."""


def older(new: VaultBody, old: VaultBody) -> VaultBody:
    return old


def gone(new: VaultBody, old: VaultBody) -> None:
    return None


def older_under_the_new_number(new: VaultBody, old: VaultBody) -> VaultBody:
    return msgspec.structs.replace(old, version=new.version)


def altered(new: VaultBody, old: VaultBody) -> VaultBody:
    return msgspec.structs.replace(new, blob=new.blob[:-1] + bytes([new.blob[-1] ^ 1]))


async def two_versions(ground: Ground) -> tuple[VaultBody, VaultBody]:
    """The mayor's vault as it is, and as it was before they last read something."""
    async with ground.mayor.client() as mayor, ground.doctor.client() as doctor:
        old = await mayor._running.runtime.api.vault()
        await doctor.thread(ground.thread).send("Et le loyer ?")
        await hears(mayor, "Et le loyer ?")
        await mayor._running.engine._save_vault()
        new = await mayor._running.runtime.api.vault()
    assert old is not None
    assert new is not None
    assert new.version > old.version
    return new, old


async def enters(ground: Ground, account: Account) -> None:
    async with account.client() as me:
        await me.thread(ground.thread).load()
        assert texts(me.thread(ground.thread)) == [*LINES, "Et le loyer ?"]


async def test_control_an_honest_door_opens_the_vault(ground: Ground) -> None:
    new, _ = await two_versions(ground)
    door = ground.door()
    door.tell(VaultBody, lambda body: msgspec.structs.replace(body, blob=new.blob))
    for is_new in (False, True):
        async with ground.mayor.client(door, is_new=is_new) as mayor:
            await mayor.thread(ground.thread).load()
            assert texts(mayor.thread(ground.thread)) == [*LINES, "Et le loyer ?"]
        door.be_honest()


LIES: dict[str, tuple[Change, type[Exception]]] = {
    "rolls back the vault": (older, RolledBack),
    "says that there is no vault any more": (gone, RolledBack),
    "gives an old vault the newest number": (older_under_the_new_number, BadVault),
    "alters the vault": (altered, BadVault),
}


@pytest.mark.attack(*LIES)
async def test_a_vault_that_is_not_the_newest(ground: Ground) -> None:
    new, old = await two_versions(ground)
    for attack, (change, error) in LIES.items():
        door, shown = ground.door(), change(new, old)
        door.tell(VaultBody, partial(_instead, shown))
        with pytest.raises(error) as refused:
            async with ground.mayor.client(door):
                pass
        assert type(refused.value) is error, attack
    await enters(ground, ground.mayor)


def _instead(shown: VaultBody | None, _: VaultBody) -> VaultBody | None:
    return shown


@pytest.mark.attack("shows the vault of another account")
async def test_another_accounts_vault(ground: Ground) -> None:
    """The device finds nothing that it could open; the code opens nothing either."""
    await two_versions(ground)
    door = ground.door()
    async with ground.secretary.client() as secretary:
        theirs = await secretary._running.runtime.api.vault()
    assert theirs is not None
    door.tell(VaultBody, lambda body: msgspec.structs.replace(theirs, version=body.version))
    with pytest.raises(RecoveryCodeNeeded):
        async with ground.mayor.client(door):
            pass
    with pytest.raises(WrongRecoveryCode):
        async with ground.mayor.client(door, is_new=True):
            pass
    await enters(ground, ground.mayor)


@pytest.mark.attack("rolls back the vault and says that a backup was restored")
async def test_a_backup_that_was_none(ground: Ground) -> None:
    """The device gives back what it knows, and says so: nothing is lost, and it does not happen unseen."""
    _, old = await two_versions(ground)
    door = ground.door()
    door.tell(VaultBody, lambda _: old)
    door.tell(ServiceInfo, lambda info: msgspec.structs.replace(info, stream_epoch=info.stream_epoch + 1))
    door.tell(Welcome, lambda told: msgspec.structs.replace(told, stream_epoch=told.stream_epoch + 1))
    door.swallow("PUT", "vault")
    async with ground.mayor.client(door) as mayor:
        assert isinstance(await first(mayor, VaultRestored), VaultRestored)
        seen = mayor.thread(ground.thread).seen
        assert seen is not None
        assert seen.position == len(LINES) + 2
        given_back = msgspec.json.decode(door.swallowed[0], type=VaultBody)
        assert given_back.version == old.version + 1


@pytest.mark.attack("makes up a device of the account")
async def test_a_device_that_nobody_has(ground: Ground) -> None:
    """It stands in the list without the name and the time that only the vault holds, and no key was wrapped to it."""
    door = ground.door()
    ghost = VaultWrap(DEVICE, os.urandom(16), os.urandom(60))
    door.tell(VaultBody, lambda body: msgspec.structs.replace(body, wraps=[*body.wraps, ghost]))
    async with ground.mayor.client(door) as mayor:
        listed = {device.id: device for device in await mayor.devices()}
        assert len(listed) == 2
        assert (listed[ghost.id].name, listed[ghost.id].added_at, listed[ghost.id].is_this) == ("", None, False)
        assert all(device.added_at is not None for device in listed.values() if device.is_this)
