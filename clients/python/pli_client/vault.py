"""The account's vault as one device keeps it: opened, added to, and written back by compare-and-swap.

The service holds it sealed; this device opens it with its own key, a new device with the recovery code (SPEC.md section
3). What two devices write at once is merged: a pin is never replaced, the furthest checkpoint stays.

An older version than this device saw is refused, unless the service says that it was restored from a backup (another
stream epoch): then the vault is made whole again from this device's own copy, and the person is told. Which of two
vault keys is the newer one shows by how many were drawn, which the vault holds as a checkpoint.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
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
from pli_client.defaults import system_clock
from pli_client.devices import DEVICE_PIN, Device, device, encode_pin
from pli_client.errors import ProblemError, RecoveryCodeNeeded, StorageDamaged
from pli_client.http import Api
from pli_client.storage import Storage
from pli_client.views import VaultRestored

writes_max: Final = 8
"""Lost compare-and-swaps in a row before a write gives up; the next save tries again."""
thread_checkpoints_max: Final = 2_000
"""So that the vault stays within what the service takes; further threads have this device's own memory only."""

ROSTER: Final = "roster"
RESET: Final = "reset"
"""Of a root that is followed no more, by its first 16 bytes: the root of the same mailbox that is followed instead."""
SEAT: Final = "seat"
THREAD: Final = "thread"
KEYS: Final = "keys"
"""A checkpoint whose position is how many vault keys followed the first one; its head is 32 zero bytes."""

Show = Callable[[str], Awaitable[None] | None]
"""Shows a recovery code to its person; returns once they have it."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """How the person and their recovery code meet.

    show: called once with a new account's code, before anything is stored; return once the person has it.
    code: the code that the person typed, on a device that is new to the account.
    """

    show: Show
    code: str | None = None


class VaultKeeper:
    """Owns the opened vault. `save` is called rarely: nothing that a message needs waits for it.

    `name`: what the person calls this device. `notify` gets what the person should hear.
    """

    def __init__(
        self,
        api: Api,
        storage: Storage,
        device: local.Device,
        entropy: Entropy,
        *,
        name: str = "",
        clock: Callable[[], int] = system_clock,
        notify: Callable[[VaultRestored], None] = lambda _: None,
    ) -> None:
        self.device = device
        self._name = name
        self._clock = clock
        self._notify = notify
        self._api = api
        self._storage = storage
        self._entropy = entropy
        self._opened_vault: Vault | None = None
        self._wraps: Sequence[VaultWrap] = ()
        self._vk = b""
        self._stream_epoch: int | None = None
        """Under which this device last agreed with the service about the vault."""
        self._restored_threads: frozenset[bytes] = frozenset()
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
        await self._take_copy()
        if self._is_older(body) and self._opened_vault is not None:
            await self._make_whole(body)
            return
        if body is None:
            if known.code is not None:
                raise RolledBack("a recovery code was given, and the service has no vault that it could open")
            await self._create(known)
            return
        if not self._has_device_wrap(body):
            body = await self._enrol(body, known)
        await self._adopt(body)

    async def see_stream(self, epoch: int) -> None:
        """The connection is on this stream epoch; on another one than before, the vault is compared.

        Raises: RolledBack, BadVault, RecoveryCodeNeeded, ProblemError, Unreachable.
        """
        before = self._stream_epoch
        if before == epoch:
            return
        if before is not None:
            body = await self._api.vault()
            if body is None or self._is_older(body):
                async with self._saving:
                    await self._make_whole(body)
                return
        self._stream_epoch = epoch
        await self._remember(self.device.vault_version)

    @property
    def devices(self) -> tuple[Device, ...]:
        """Those that open the vault, this one among them, as of the last time it was read or written."""
        wraps = [wrap.id for wrap in self._wraps if wrap.method == DEVICE]
        return tuple(device(wrap, self.pin(DEVICE_PIN, wrap), is_this=wrap == self.device.wrap) for wrap in wraps)

    async def reload(self) -> None:
        """Reads the vault again: another device may have changed it. Raises as `save`."""
        async with self._saving:
            await self._read_again()

    async def replace_code(self, show: Show) -> None:
        """A new recovery code in place of the old one; the key stays, and so do all devices.

        It is shown before anything is stored. Raises: BadVault, ProblemError, Unreachable.
        """
        code = await self._new_code(show)
        async with self._saving:
            for _ in range(writes_max):
                await self._read_again()
                kept = [wrap for wrap in self._wraps if wrap.method != RECOVERY]
                if await self._written([*kept, self._wrap_for_recovery(code, self._vk)], self._vk):
                    return
        raise BadVault("the vault kept changing; try again")

    async def rekey(self, show: Show, code: str | None = None) -> None:
        """Draws a new vault key, for this device and the recovery code alone: other devices need the code once more.

        code: the account's code, which then stays; without it a new one is shown before anything is stored.
        Raises: WrongRecoveryCode, BadVault, ProblemError, Unreachable.
        """
        await self.reload()
        if code is None:
            code = await self._new_code(show)
        else:
            self._check_code(code, self._wraps)
        async with self._saving:
            fresh = draw(self._entropy, 32)
            for _ in range(writes_max):
                await self._read_again()
                drawn = self._keys_drawn + 1
                self._add(checkpoints={(KEYS, self.device.account): Checkpoint(drawn, bytes(32))})
                wraps = [self._wrap_for_device(fresh), self._wrap_for_recovery(code, fresh)]
                if await self._written(wraps, fresh):
                    return
        raise BadVault("the vault kept changing while its key was renewed; try again")

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

    def set_thread_checkpoints(
        self, seen: Mapping[bytes, Checkpoint], *, restored: Collection[bytes] = frozenset()
    ) -> None:
        """Moves the checkpoints of threads forward. Those that are `restored` have had more than one history: another
        device's word on them is no contradiction. Raises: BadVault for another history.
        """
        self._restored_threads = frozenset(restored)
        kept = {about for kind, about in self._vault.checkpoints if kind == THREAD}
        room = max(0, thread_checkpoints_max - len(kept))
        taken = [thread for thread in seen if thread in kept]
        taken += [thread for thread in seen if thread not in kept][:room]
        self._add(checkpoints={(THREAD, thread): seen[thread] for thread in taken})

    async def save(self) -> None:
        """Writes what changed; merges with what another device wrote meanwhile.

        Raises: BadVault, RolledBack, RecoveryCodeNeeded, ProblemError, Unreachable.
        """
        async with self._saving:
            for _ in range(writes_max):
                if not self._dirty:
                    return
                if await self._written(self._wraps, self._vk):
                    return
                await self._read_again()

    async def _read_again(self) -> None:
        body = await self._api.vault()
        if body is None or self._is_older(body):
            await self._make_whole(body)
        else:
            await self._adopt(body)

    async def _written(self, wraps: Sequence[VaultWrap], vk: bytes, *, over: int | None = None) -> bool:
        """Writes the vault as the version after `over` (the one seen last), all that changed until now with it."""
        version = (self.device.vault_version if over is None else over) + 1
        self._dirty = False
        try:
            written = await self._put(self._body(version, wraps, vk), vk)
        except BaseException:
            self._dirty = True
            raise
        self._dirty = self._dirty or not written
        return written

    async def _new_code(self, show: Show) -> str:
        """A code that its person has seen."""
        code = recovery.new_code(self._entropy)
        shown = show(code)
        if inspect.isawaitable(shown):
            await shown
        return code

    def _check_code(self, typed: str, wraps: Sequence[VaultWrap]) -> bytes:
        """The vault key, by the code. Raises: WrongRecoveryCode, BadVault."""
        key = recovery.recovery_key(recovery.parse_code(typed), self.device.account)
        wrap = next((each for each in wraps if each.method == RECOVERY), None)
        if wrap is None:
            raise BadVault("the vault has no recovery code")
        return vault.unwrap_key(wrap.blob, key, self.device.account, RECOVERY, wrap.id)

    @property
    def _keys_drawn(self) -> int:
        return _keys_drawn(self._vault, self.device.account)

    def _is_older(self, body: VaultBody | None) -> bool:
        """Whether the service has less than this device saw."""
        return (body.version if body else 0) < self.device.vault_version

    async def _take_copy(self) -> None:
        """What this device kept of the vault. Of threads it knows better than the vault, elsewhere."""
        copy = await local.load(self._storage, local.VAULT, local.VaultCopy)
        if copy is None:
            return
        kept = vault.decode(copy.content)
        checkpoints = {about: point for about, point in kept.checkpoints.items() if about[0] != THREAD}
        self._opened_vault = Vault(kept.account_seed, kept.pins, checkpoints)
        self._vk, self._wraps, self._stream_epoch = copy.vk, copy.wraps, copy.stream_epoch

    async def _make_whole(self, body: VaultBody | None) -> None:
        """The service has an older vault than this device saw, or none. If it was restored from a backup, it gets back
        what this device has, merged with what it still had. Raises: RolledBack, BadVault, ProblemError, Unreachable.
        """
        seen = self.device.vault_version
        epoch = (await self._api.service()).stream_epoch
        if self._stream_epoch in (None, epoch):
            has = "no vault" if body is None else f"version {body.version} of the vault"
            raise RolledBack(f"the service has {has}, and this device saw version {seen}")
        for _ in range(writes_max):
            if body is not None:
                self._join(body)
            if await self._written(self._wraps, self._vk, over=body.version if body else 0):
                self._stream_epoch = epoch
                await self._remember(self.device.vault_version)
                self._notify(VaultRestored(seen))
                return
            body = await self._api.vault()
        raise BadVault("the vault kept changing while it was made whole; try again")

    def _join(self, body: VaultBody) -> None:
        """Takes over what an older version still has, and its key and wraps if they are the newer ones."""
        opened, key = self._opened_by_any_key(body)
        theirs, ours = _keys_drawn(opened, self.device.account), self._keys_drawn
        self._opened_vault = self._agreed(opened)
        if theirs > ours:
            self._vk, self._wraps = key, body.wraps
        elif key == self._vk:
            own = {(wrap.method, wrap.id) for wrap in self._wraps}
            others = [w for w in body.wraps if w.method == DEVICE and (w.method, w.id) not in own]
            self._wraps = [*self._wraps, *others][: limits.vault_wraps_max]

    def _opened_by_any_key(self, body: VaultBody) -> tuple[Vault, bytes]:
        """The vault by this device's own wrap, or else by the key that this device had. Raises: BadVault."""
        keys = [self._vk]
        for wrap in body.wraps:
            if wrap.method == DEVICE and wrap.id == self.device.wrap:
                keys.insert(0, vault.unwrap_key(wrap.blob, self.device.key, self.device.account, DEVICE, wrap.id))
        refusal = BadVault("the vault does not open")
        for key in keys:
            try:
                return vault.open_vault(body.blob, key, self.device.account, body.version), key
            except BadVault as error:
                refusal = error
        raise refusal

    def _agreed(self, opened: Vault) -> Vault:
        """A version of the vault, merged with what this device has and it lacks. Raises: BadVault."""
        ours = self._vault
        checkpoints = {
            about: point
            for about, point in ours.checkpoints.items()
            if about[0] != THREAD or about[1] not in self._restored_threads or about not in opened.checkpoints
        }
        return vault.merge(opened, Vault(ours.account_seed, ours.pins, checkpoints))

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
        code = await self._new_code(known.show)
        self._vk = draw(self._entropy, 32)
        self._opened_vault = Vault(draw(self._entropy, 32))
        self._name_this_device()
        wraps = (self._wrap_for_device(self._vk), self._wrap_for_recovery(code, self._vk))
        await self._api.put_vault(self._body(1, wraps, self._vk))
        self._wraps = wraps
        await self._remember(1)

    async def _enrol(self, body: VaultBody, known: Recovery) -> VaultBody:
        """Opens the vault with the recovery code, and gives this device a wrap of its own."""
        if known.code is None:
            raise RecoveryCodeNeeded("this device does not know the account's vault: its recovery code opens it")
        for _ in range(writes_max):
            self._vk = self._check_code(known.code, body.wraps)
            self._opened_vault = self._opened(body)
            self._name_this_device()
            wraps = self._with_this_device(body.wraps)
            enrolled = self._body(body.version + 1, wraps, self._vk)
            if await self._put(enrolled, self._vk):
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
        return [*kept, self._wrap_for_device(self._vk)]

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
            merged = self._agreed(opened)
            self._dirty = self._dirty or merged != opened
            opened = merged
        self._opened_vault = opened
        self._wraps = body.wraps
        await self._remember(body.version)

    def _opened(self, body: VaultBody) -> Vault:
        seen = self.device.vault_version
        return vault.open_vault(body.blob, self._vk, self.device.account, body.version, seen_version=seen)

    def _wrap_for_device(self, vk: bytes) -> VaultWrap:
        device = self.device
        blob = vault.wrap_key(vk, device.key, device.account, DEVICE, device.wrap, self._entropy)
        return VaultWrap(DEVICE, device.wrap, blob)

    def _wrap_for_recovery(self, code: str, vk: bytes) -> VaultWrap:
        account, wrap_id = self.device.account, draw(self._entropy, 16)
        key = recovery.recovery_key(recovery.parse_code(code), account)
        return VaultWrap(RECOVERY, wrap_id, vault.wrap_key(vk, key, account, RECOVERY, wrap_id, self._entropy))

    def _body(self, version: int, wraps: Sequence[VaultWrap], vk: bytes) -> VaultBody:
        blob = vault.seal_vault(self._vault, vk, self.device.account, version, self._entropy)
        return VaultBody(version, blob, list(wraps))

    def _name_this_device(self) -> None:
        about = (DEVICE_PIN, self.device.wrap)
        if about not in self._vault.pins:
            self._add(pins={about: encode_pin(self._name, self._clock())})

    async def _put(self, body: VaultBody, vk: bytes) -> bool:
        """Whether it was written; False when another device was faster."""
        try:
            await self._api.put_vault(body)
        except ProblemError as error:
            if error.code != "stale_head":
                raise
            return False
        self._wraps, self._vk = body.wraps, vk
        await self._remember(body.version)
        return True

    async def _remember(self, version: int) -> None:
        """The copy first: a device that knows a version must be able to give it back."""
        copy = local.VaultCopy(vault.encode(self._vault), self._vk, tuple(self._wraps), self._stream_epoch)
        await local.save(self._storage, local.VAULT, copy)
        self.device = msgspec.structs.replace(self.device, vault_version=version)
        await local.save(self._storage, local.DEVICE, self.device)


def _keys_drawn(opened: Vault, account: bytes) -> int:
    """How many vault keys followed the first one."""
    point = opened.checkpoints.get((KEYS, account))
    return point.position if point else 0


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
