"""The account's vault between devices: created, opened with a code, merged, never rolled back."""

import pytest

from messaging.domain import limits
from messaging.e2ee import errors
from messaging.e2ee.vault import Checkpoint
from pli_client import MemoryStorage
from pli_client.errors import ProblemError, RecoveryCodeNeeded, StorageDamaged
from pli_client.vault import ROSTER, THREAD, VaultKeeper, this_device, thread_checkpoints_max
from tests.sdk.rig import ACCOUNT, HttpService, Shown, opened_keeper, refusal
from tests.sdk.world import Stream

MAILBOX = b"\x01" * 16
HEADS = [bytes([n]) * 32 for n in range(6)]


@pytest.fixture
def service() -> HttpService:
    return HttpService()


async def first_device(service: HttpService, storage: MemoryStorage) -> tuple[VaultKeeper, str]:
    """A new account's vault, and the code that its person saw."""
    entropy, shown = Stream("first"), Shown()
    keeper = VaultKeeper(service.api(), storage, await this_device(storage, ACCOUNT, entropy), entropy)
    await keeper.open(shown.recovery)
    (code,) = shown.codes
    return keeper, code


async def test_the_code_is_shown_before_anything_is_stored(service: HttpService) -> None:
    entropy, storage = Stream(), MemoryStorage()
    stored_when_shown: list[bool] = []
    shown = Shown()
    shown.recovery = type(shown.recovery)(show=lambda code: stored_when_shown.append(service.vault is not None))
    keeper = VaultKeeper(service.api(), storage, await this_device(storage, ACCOUNT, entropy), entropy)
    await keeper.open(shown.recovery)
    assert stored_when_shown == [False]
    assert service.vault is not None


async def test_the_same_device_opens_its_vault_again_without_a_code(service: HttpService) -> None:
    storage = MemoryStorage()
    first, _ = await first_device(service, storage)
    first.set_pin(ROSTER, MAILBOX, HEADS[1])
    await first.save()
    again = await opened_keeper(service, storage, "again")
    assert again.account_seed == first.account_seed
    assert again.pin(ROSTER, MAILBOX) == HEADS[1]


async def test_a_new_device_needs_the_code(service: HttpService) -> None:
    await first_device(service, MemoryStorage())
    with pytest.raises(RecoveryCodeNeeded):
        await opened_keeper(service, MemoryStorage(), "second")


async def test_a_new_device_opens_with_the_code_however_it_is_typed(service: HttpService) -> None:
    first, code = await first_device(service, MemoryStorage())
    storage = MemoryStorage()
    typed = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    second = await opened_keeper(service, storage, "second", typed)
    assert second.account_seed == first.account_seed
    without_code = await opened_keeper(service, storage, "third run")
    assert without_code.account_seed == first.account_seed


async def test_a_wrong_code_opens_nothing(service: HttpService) -> None:
    await first_device(service, MemoryStorage())
    other = Shown()
    entropy, storage = Stream("other"), MemoryStorage()
    await VaultKeeper(HttpService().api(), storage, await this_device(storage, ACCOUNT, entropy), entropy).open(
        other.recovery
    )
    with pytest.raises(errors.WrongRecoveryCode):
        await opened_keeper(service, MemoryStorage(), "thief", other.codes[0])


async def test_two_devices_that_write_at_once_both_keep_theirs(service: HttpService) -> None:
    first, code = await first_device(service, MemoryStorage())
    second = await opened_keeper(service, MemoryStorage(), "second", code)
    first.set_pin(ROSTER, MAILBOX, HEADS[1])
    second.set_checkpoint(ROSTER, MAILBOX, 2, HEADS[2])
    second.set_thread_checkpoints({MAILBOX: Checkpoint(7, HEADS[3])})
    await first.save()
    await second.save()
    await first.save()
    third = await opened_keeper(service, MemoryStorage(), "third", code)
    assert third.pin(ROSTER, MAILBOX) == HEADS[1]
    assert third.checkpoint(ROSTER, MAILBOX) == Checkpoint(2, HEADS[2])
    assert third.checkpoint(THREAD, MAILBOX) == Checkpoint(7, HEADS[3])


async def test_the_furthest_checkpoint_stays(service: HttpService) -> None:
    keeper, _ = await first_device(service, MemoryStorage())
    keeper.set_checkpoint(ROSTER, MAILBOX, 5, HEADS[5])
    keeper.set_checkpoint(ROSTER, MAILBOX, 3, HEADS[3])
    assert keeper.checkpoint(ROSTER, MAILBOX) == Checkpoint(5, HEADS[5])


async def test_a_pin_is_never_replaced_and_a_fork_is_refused(service: HttpService) -> None:
    keeper, _ = await first_device(service, MemoryStorage())
    keeper.set_pin(ROSTER, MAILBOX, HEADS[1])
    with pytest.raises(errors.BadVault):
        keeper.set_pin(ROSTER, MAILBOX, HEADS[2])
    keeper.set_checkpoint(ROSTER, MAILBOX, 1, HEADS[1])
    with pytest.raises(errors.BadVault):
        keeper.set_checkpoint(ROSTER, MAILBOX, 1, HEADS[2])


async def test_nothing_is_written_when_nothing_changed(service: HttpService) -> None:
    keeper, _ = await first_device(service, MemoryStorage())
    keeper.set_checkpoint(ROSTER, MAILBOX, 1, HEADS[1])
    await keeper.save()
    assert service.vault is not None
    version = service.vault.version
    keeper.set_checkpoint(ROSTER, MAILBOX, 1, HEADS[1])
    await keeper.save()
    assert service.vault.version == version


async def test_an_older_version_is_refused(service: HttpService) -> None:
    storage = MemoryStorage()
    keeper, _ = await first_device(service, storage)
    old = service.vault
    keeper.set_pin(ROSTER, MAILBOX, HEADS[1])
    await keeper.save()
    service.vault = old
    with pytest.raises(errors.RolledBack):
        await opened_keeper(service, storage, "again")


async def test_a_vault_that_vanished_is_not_made_anew(service: HttpService) -> None:
    storage = MemoryStorage()
    await first_device(service, storage)
    service.vault = None
    with pytest.raises(errors.RolledBack):
        await opened_keeper(service, storage, "again")


async def test_an_altered_vault_does_not_open(service: HttpService) -> None:
    storage = MemoryStorage()
    await first_device(service, storage)
    assert service.vault is not None
    service.vault = type(service.vault)(1, service.vault.blob[:-1] + b"\x00", service.vault.wraps)
    with pytest.raises(errors.BadVault):
        await opened_keeper(service, storage, "again")


async def test_a_device_that_was_taken_out_needs_the_code(service: HttpService) -> None:
    storage = MemoryStorage()
    await first_device(service, storage)
    assert service.vault is not None
    kept = [wrap for wrap in service.vault.wraps if wrap.method == "recovery"]
    service.vault = type(service.vault)(1, service.vault.blob, kept)
    with pytest.raises(RecoveryCodeNeeded):
        await opened_keeper(service, storage, "again")


async def test_thread_checkpoints_are_bounded(service: HttpService) -> None:
    keeper, _ = await first_device(service, MemoryStorage())
    threads = {n.to_bytes(16, "big"): Checkpoint(1, HEADS[1]) for n in range(thread_checkpoints_max + 10)}
    keeper.set_thread_checkpoints(threads)
    known = [thread for thread in threads if keeper.checkpoint(THREAD, thread)]
    assert len(known) == thread_checkpoints_max
    keeper.set_thread_checkpoints({known[0]: Checkpoint(2, HEADS[2])})
    assert keeper.checkpoint(THREAD, known[0]) == Checkpoint(2, HEADS[2])
    await keeper.save()


async def test_a_storage_of_another_account_is_refused() -> None:
    storage = MemoryStorage()
    await this_device(storage, ACCOUNT, Stream())
    with pytest.raises(StorageDamaged):
        await this_device(storage, b"\xbb" * 16, Stream())


async def test_a_failed_write_is_tried_again(service: HttpService, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper, _ = await first_device(service, MemoryStorage())
    keeper.set_pin(ROSTER, MAILBOX, HEADS[1])
    with monkeypatch.context() as broken:
        broken.setattr(service, "_put_vault", lambda request: refusal("busy", 503, retryable=True))
        with pytest.raises(ProblemError):
            await keeper.save()
    assert keeper.dirty
    await keeper.save()
    assert not keeper.dirty


async def test_the_device_that_came_first_makes_room_for_the_seventeenth(service: HttpService) -> None:
    storage = MemoryStorage()
    _, code = await first_device(service, storage)
    for n in range(limits.vault_wraps_max - 1):
        await opened_keeper(service, MemoryStorage(), f"device {n}", code)
    assert service.vault is not None
    assert len(service.vault.wraps) == limits.vault_wraps_max
    with pytest.raises(RecoveryCodeNeeded):
        await opened_keeper(service, storage, "again")
    await opened_keeper(service, storage, "again", code)


async def test_a_code_for_a_vault_that_is_gone_makes_no_new_account(service: HttpService) -> None:
    _, code = await first_device(service, MemoryStorage())
    service.vault = None
    with pytest.raises(errors.RolledBack):
        await opened_keeper(service, MemoryStorage(), "new device", code)
    assert service.vault is None
