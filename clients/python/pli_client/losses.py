"""What restored backups cost this device's person, kept until they decided: send it again, or let it go."""

from collections.abc import Iterable, Sequence

import msgspec

from pli_client import local, outbox, sent
from pli_client.runtime import Runtime
from pli_client.views import ServiceLost


class Losses:
    """One client's, by thread."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lost: dict[bytes, local.Lost] = {}

    async def restore(self) -> None:
        """Takes up what an earlier run learnt, and tells again what was not heard. Raises: StorageDamaged."""
        for lost in await local.load_all(self._runtime.storage, local.LOST, local.Lost):
            self._lost[lost.thread] = lost
            if not lost.told:
                self._tell(lost)

    @property
    def all(self) -> tuple[ServiceLost, ...]:
        return tuple(_shown(lost) for lost in self._lost.values() if lost.own)

    def of(self, thread: bytes) -> local.Lost | None:
        return self._lost.get(thread)

    async def add(self, lost: local.Lost) -> None:
        """Keeps a loss and tells of it; one that was not decided yet becomes part of it."""
        before = self._lost.get(lost.thread)
        if before is not None:
            own = {each.msg_id: each for each in (*before.own, *lost.own)}
            lost = msgspec.structs.replace(
                lost,
                from_seq=min(before.from_seq, lost.from_seq),
                to_seq=max(before.to_seq, lost.to_seq),
                own=tuple(own.values()),
            )
        await self._keep(lost)
        self._tell(lost)

    async def take(self, thread: bytes, unsent: Sequence[local.Outgoing]) -> None:
        """What still waited in a conversation that was found to be lost: an earlier version left it there, or a run
        ended in between."""
        lost = self._lost.get(thread)
        if lost is None or not lost.whole:
            return
        after = max((lost.to_seq, *(each.seq for each in lost.own)))
        known = {each.msg_id for each in lost.own}
        new = sent.waiting((each for each in unsent if each.msg_id not in known), after, self._runtime.clock())
        await self.add(msgspec.structs.replace(lost, own=new, told=False))
        await outbox.forget(self._runtime.storage, unsent)

    async def settle(self, thread: bytes, messages: Iterable[bytes]) -> None:
        """These messages are dealt with."""
        lost, done = self._lost.get(thread), set(messages)
        if lost is None:
            return
        left = tuple(each for each in lost.own if each.msg_id not in done)
        if left:
            await self._keep(msgspec.structs.replace(lost, own=left))
        else:
            await self.let_go(thread)

    async def let_go(self, thread: bytes) -> None:
        self._lost.pop(thread, None)
        await self._runtime.storage.delete(_name(thread))

    async def _keep(self, lost: local.Lost) -> None:
        self._lost[lost.thread] = lost
        await local.save(self._runtime.storage, _name(lost.thread), lost)

    def _tell(self, lost: local.Lost) -> None:
        self._runtime.inbox.put(_shown(lost), lambda: self._heard(lost.thread))

    def _heard(self, thread: bytes) -> None:
        lost = self._lost.get(thread)
        if lost is not None and lost.own:
            self._runtime.tasks.spawn(self._keep(msgspec.structs.replace(lost, told=True)))
        elif lost is not None:
            self._runtime.tasks.spawn(self.let_go(thread))


def _shown(lost: local.Lost) -> ServiceLost:
    return ServiceLost(
        lost.thread, lost.mailbox, lost.target, lost.from_seq, lost.to_seq, sent.shown(lost.own), lost.whole
    )


def _name(thread: bytes) -> str:
    return local.LOST + thread.hex()
