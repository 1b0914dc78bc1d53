"""Renews the keys of threads in which no own message did it before the window's end (`schedule`).

A window's end that comes while this device watches is kept, to a random part of a turn. Those that came while nobody
was online are taken up by chance, each for itself, over some hours of being online: else all threads of a party would
renew their keys in the minute in which somebody comes home, and peers who pool their logs would know them for one's.
The same holds where the side begins anew: at once where this device was there when the platform vouched for it.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from messaging.e2ee.entropy import draw
from messaging.e2ee.errors import E2EEError
from pli_client import schedule
from pli_client.errors import ClientError
from pli_client.runtime import Runtime, log
from pli_client.thread import Thread

turn_s: Final = 60.0


def _may_renew(thread: Thread) -> bool:
    """Where the peer's side begins anew, only its own record goes on from the one for which that was attested; and a
    side whose mailbox began anew has to wait for the platform's word."""
    log = thread.follower.log
    return not (thread.stopped or log.peer_begins_anew or log.awaits_reset or log.begins_anew)


class Rotator:
    """One client's renewals. `watches`: whether the client is connected and knows what the service has."""

    def __init__(self, runtime: Runtime, threads: Mapping[bytes, Thread], watches: Callable[[], bool]) -> None:
        self._runtime = runtime
        self._threads = threads
        self._watches = watches
        self._watched_since: int | None = None
        self._at_work: set[bytes] = set()

    async def run(self) -> None:
        while True:
            await asyncio.sleep(turn_s)
            await self.turn()

    async def turn(self) -> None:
        """Looks once at every thread."""
        now = self._runtime.now()
        if not self._watches():
            self._watched_since = None
            return
        windows = {t.id: w for t in self._threads.values() if (w := t.window) and _may_renew(t)}
        punctual, overdue = schedule.sort_due(windows, now, self._watched_since)
        anew = {t.id: log.reset_at for t in self._threads.values() if (log := t.follower.log).begins_anew}
        vouched = [t for t, at in anew.items() if self._watched_since is not None and at > self._watched_since]
        missed = [t for t in anew if t not in vouched]
        self._watched_since = now
        taken_up = [t for t in (*overdue, *missed) if schedule.is_taken_up(self._drawn(), int(turn_s * 1_000))]
        for thread in (*vouched, *punctual, *taken_up):
            if thread not in self._at_work:
                self._at_work.add(thread)
                self._runtime.tasks.spawn(self._renew(thread, self._drawn() * turn_s))
        await self._learn_one()

    async def _learn_one(self) -> None:
        """Reads one thread of which this device does not know how old its keys are."""
        unknown = next((t for t in self._threads.values() if t.follower.log.is_empty and t.window is None), None)
        if unknown is not None:
            try:
                await unknown.load()
            except (ClientError, E2EEError) as error:
                log.info("a conversation could not be read: %s", type(error).__name__)

    async def _renew(self, thread_id: bytes, delay_s: float) -> None:
        """Who comes second finds it done; whatever else comes is tried again in a later turn."""
        try:
            await asyncio.sleep(delay_s)
            thread = self._threads.get(thread_id)
            if thread is not None:
                await thread.renewal.renew(thread.standing)
        except (ClientError, E2EEError) as error:
            log.info("keys could not be renewed: %s", type(error).__name__)
        finally:
            self._at_work.discard(thread_id)

    def _drawn(self) -> float:
        return int.from_bytes(draw(self._runtime.entropy, 4), "big") / 2**32
