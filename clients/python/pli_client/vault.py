"""The account's vault as one device keeps it: opened, added to, and written back by compare-and-swap.

The service holds it sealed; this device opens it with its own key, a new device with the recovery code (SPEC.md section
3). What two devices write at once is merged: a pin is never replaced, the furthest checkpoint stays.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from messaging.domain import limits
from messaging.e2ee import recovery, vault
from messaging.e2ee.entropy import Entropy, draw
from messaging.e2ee.errors import BadVault, RolledBack
from messaging.e2ee.vault import DEVICE, RECOVERY, Checkpoint, Subject, Vault
from messaging.wire.rest import VaultBody, VaultWrap
from pli_client import local
from pli_client.errors import ProblemError, RecoveryCodeNeeded, StorageDamaged
from pli_client.http import Api
from pli_client.storage import Storage

writes_max: Final = 8
"""Lost compare-and-swaps in a row before a write gives up; the next save tries again."""
thread_checkpoints_max: Final = 2_000
"""So that the vault stays within what the service takes; further threads have this device's own memory only."""

ROSTER: Final = "roster"
SEAT: Final = "seat"
THREAD: Final = "thread"


@dataclass(frozen=True, slots=True)
class Recovery:
    """How the person and their recovery code meet.

    show: called once with a new account's code, before anything is stored; return once the person has it.
    code: the code that the person typed, on a device that is new to the account.
    """

    show: Callable[[str], Awaitable[None] | None]
    code: str | None = None


class VaultKeeper:
    """Owns the opened vault. `save` is called rarely: nothing that a message needs waits for it."""

    def __init__(self, api: Api, storage: Storage, device: local.Device, entropy: Entropy) -> None:
        self.device = device
        self._api = api
        self._storage = storage
        self._entropy = entropy
        self._opened_vault: Vault | None = None
        self._wraps: Sequence[VaultWrap] = ()
        self._vk = b""
        self._dirty = False
        self._saving = asyncio.Lock()

    @property
    def _vault(self) -> Vault:
        if self._opened_vault is None:
            raise RuntimeError("the vault is not open")
        return self._opened_vault

    @property
    def account_seed(self) -> bytes:
        return self._vault.account_seed

    @property
    def dirty(self) -> bool:
        """Whether there is something to save."""
        return self._dirty

    async def open(self, known: Recovery) -> None:
        """Opens the vault, or makes the account's first one.

        Raises: RecoveryCodeNeeded, WrongRecoveryCode, RolledBack, BadVault, ProblemError, Unreachable.
        """
        body = await self._api.vault()
        if body is None:
            if known.code is not None:
                raise RolledBack("a recovery code was given, and the service has no vault that it could open")
            await self._create(known)
            return
        if not self._has_device_wrap(body):
            body = await self._enrol(body, known)
        await self._adopt(body)

    def pin(self, kind: str, about: bytes) -> bytes | None:
        return self._vault.pins.get((kind, about))

    def set_pin(self, kind: str, about: bytes, value: bytes) -> None:
        """Raises: BadVault when another value is pinned: a pin is never replaced."""
        self._add(pins={(kind, about): value})

    def checkpoint(self, kind: str, about: bytes) -> Checkpoint | None:
        return self._vault.checkpoints.get((kind, about))

    def set_checkpoint(self, kind: str, about: bytes, position: int, head: bytes) -> None:
        """Moves a checkpoint forward; one that is further already stays. Raises: BadVault for another history."""
        self._add(checkpoints={(kind, about): Checkpoint(position, head)})

    def set_thread_checkpoints(self, seen: Mapping[bytes, Checkpoint]) -> None:
        """Moves the checkpoints of threads forward. Raises: BadVault for another history."""
        kept = {about for kind, about in self._vault.checkpoints if kind == THREAD}
        room = max(0, thread_checkpoints_max - len(kept))
        taken = [thread for thread in seen if thread in kept]
        taken += [thread for thread in seen if thread not in kept][:room]
        self._add(checkpoints={(THREAD, thread): seen[thread] for thread in taken})

    async def save(self) -> None:
        """Writes what changed; merges with what another device wrote meanwhile.

        Raises: BadVault, ProblemError, Unreachable.
        """
        async with self._saving:
            for _ in range(writes_max):
                if not self._dirty:
                    return
                self._dirty = False
                if await self._put(self._body(self.device.vault_version + 1, self._wraps)):
                    return
                self._dirty = True
                body = await self._api.vault()
                if body is None:
                    raise RolledBack("the service has no vault of this account any more")
                await self._adopt(body)

    def _add(
        self, pins: dict[Subject, bytes] | None = None, checkpoints: dict[Subject, Checkpoint] | None = None
    ) -> None:
        added = Vault(self._vault.account_seed, pins or {}, checkpoints or {})
        merged = vault.merge(self._vault, added)
        self._dirty = self._dirty or merged != self._vault
        self._opened_vault = merged

    async def _create(self, known: Recovery) -> None:
        """The first vault of an account. The code is shown before anything is stored: no vault without a way back."""
        if self.device.vault_version:
            raise RolledBack("the service has no vault of this account any more")
        code = recovery.new_code(self._entropy)
        shown = known.show(code)
        if inspect.isawaitable(shown):
            await shown
        self._vk = draw(self._entropy, 32)
        self._opened_vault = Vault(draw(self._entropy, 32))
        wraps = (self._wrap_for_device(), self._wrap_for_recovery(code))
        await self._api.put_vault(self._body(1, wraps))
        self._wraps = wraps
        await self._remember(1)

    async def _enrol(self, body: VaultBody, known: Recovery) -> VaultBody:
        """Opens the vault with the recovery code, and gives this device a wrap of its own."""
        if known.code is None:
            raise RecoveryCodeNeeded("this device does not know the account's vault: its recovery code opens it")
        code = recovery.parse_code(known.code)
        key = recovery.recovery_key(code, self.device.account)
        for _ in range(writes_max):
            wrap = next((each for each in body.wraps if each.method == RECOVERY), None)
            if wrap is None:
                raise BadVault("the vault has no recovery code")
            self._vk = vault.unwrap_key(wrap.blob, key, self.device.account, RECOVERY, wrap.id)
            self._opened_vault = self._opened(body)
            wraps = self._with_this_device(body.wraps)
            enrolled = self._body(body.version + 1, wraps)
            if await self._put(enrolled):
                return enrolled
            fresh = await self._api.vault()
            if fresh is None:
                break
            body = fresh
        raise BadVault("the vault kept changing while this device was added; try again")

    def _with_this_device(self, wraps: Sequence[VaultWrap]) -> list[VaultWrap]:
        """One wrap more; where there are as many as may be, the device that came first has to give its code again."""
        kept = list(wraps)
        if len(kept) >= limits.vault_wraps_max:
            kept.remove(next(wrap for wrap in kept if wrap.method == DEVICE))
        return [*kept, self._wrap_for_device()]

    def _has_device_wrap(self, body: VaultBody) -> bool:
        return any(wrap.method == DEVICE and wrap.id == self.device.wrap for wrap in body.wraps)

    async def _adopt(self, body: VaultBody) -> None:
        """Opens a version of the vault and merges what this device has and the version lacks."""
        wrap = next((w for w in body.wraps if w.method == DEVICE and w.id == self.device.wrap), None)
        if wrap is None:
            raise RecoveryCodeNeeded("this device was taken out of the account: its recovery code opens it again")
        self._vk = vault.unwrap_key(wrap.blob, self.device.key, self.device.account, DEVICE, wrap.id)
        opened = self._opened(body)
        if self._opened_vault is not None:
            merged = vault.merge(opened, self._opened_vault)
            self._dirty = self._dirty or merged != opened
            opened = merged
        self._opened_vault = opened
        self._wraps = body.wraps
        await self._remember(body.version)

    def _opened(self, body: VaultBody) -> Vault:
        seen = self.device.vault_version
        return vault.open_vault(body.blob, self._vk, self.device.account, body.version, seen_version=seen)

    def _wrap_for_device(self) -> VaultWrap:
        device = self.device
        blob = vault.wrap_key(self._vk, device.key, device.account, DEVICE, device.wrap, self._entropy)
        return VaultWrap(DEVICE, device.wrap, blob)

    def _wrap_for_recovery(self, code: str) -> VaultWrap:
        account, wrap_id = self.device.account, draw(self._entropy, 16)
        key = recovery.recovery_key(recovery.parse_code(code), account)
        return VaultWrap(RECOVERY, wrap_id, vault.wrap_key(self._vk, key, account, RECOVERY, wrap_id, self._entropy))

    def _body(self, version: int, wraps: Sequence[VaultWrap]) -> VaultBody:
        blob = vault.seal_vault(self._vault, self._vk, self.device.account, version, self._entropy)
        return VaultBody(version, blob, list(wraps))

    async def _put(self, body: VaultBody) -> bool:
        """Whether it was written; False when another device was faster."""
        try:
            await self._api.put_vault(body)
        except ProblemError as error:
            if error.code != "stale_head":
                self._dirty = True
                raise
            return False
        self._wraps = body.wraps
        await self._remember(body.version)
        return True

    async def _remember(self, version: int) -> None:
        self.device = msgspec.structs.replace(self.device, vault_version=version)
        await local.save(self._storage, local.DEVICE, self.device)


async def this_device(storage: Storage, account: bytes, entropy: Entropy) -> local.Device:
    """What this storage knows of the device; drawn and kept at its first use.

    Raises: StorageDamaged, also when the storage is another account's.
    """
    device = await local.load(storage, local.DEVICE, local.Device)
    if device is None:
        device = local.Device(account, draw(entropy, 16), draw(entropy, 16), draw(entropy, 32))
        await local.save(storage, local.DEVICE, device)
    if device.account != account:
        raise StorageDamaged("this storage belongs to another account; give each account its own")
    return device
