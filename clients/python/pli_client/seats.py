"""The mailboxes in which this account sits: taken up, kept up to date, given up, as the service lists its seats.

What the service lists is only who may ask; whether a seat holds is decided by its verified roster (`seating`). A
mailbox whose roster does not verify raises an alarm and is not touched: one that is open keeps the keys it has.
"""

import asyncio
from collections.abc import Callable, Sequence

from messaging.e2ee.errors import E2EEError
from messaging.wire.commands import Refresh
from messaging.wire.events import Ok, ThreadState
from messaging.wire.types import SeatView
from pli_client.errors import NotSeated, ProblemError
from pli_client.mailbox import Mailbox
from pli_client.runtime import Runtime, log
from pli_client.seating import Seating
from pli_client.thread import Thread
from pli_client.views import RosterAlarm, VaultAlarm

ACTIVE = "active"


class Seats:
    """One account's seats, by mailbox."""

    def __init__(
        self,
        runtime: Runtime,
        seating: Seating,
        adopt: Callable[[ThreadState], Thread],
        threads: Callable[[], Sequence[Thread]],
    ) -> None:
        self.views: dict[bytes, SeatView] = {}
        self.mailboxes: dict[bytes, Mailbox] = {}
        """Those with an active seat whose roster verified."""
        self.unsound: dict[bytes, Exception] = {}
        """Why an active seat is not used."""
        self._runtime = runtime
        self._seating = seating
        self._adopt = adopt
        self._threads = threads
        self._taking = asyncio.Lock()

    async def take(self, views: Sequence[SeatView]) -> None:
        """Takes the seats as the service lists them now; every roster is read and verified again.

        Raises: ProblemError, Unreachable: nothing is decided then, try again.
        """
        async with self._taking:
            self.views = {view.mailbox: view for view in views}
            active = {view.mailbox: view for view in views if view.state == ACTIVE}
            for gone in self.mailboxes.keys() - active.keys():
                del self.mailboxes[gone]
            for view in active.values():
                await self._take(view)
            await self._save_pins()

    async def listed(self) -> Sequence[SeatView]:
        """As the service lists them now. Raises: ProblemError, Unreachable."""
        return (await self._runtime.api.account()).seats

    async def refresh(self) -> None:
        """Has the connection read who sits where, by our token of now. Raises: ProblemError, Unreachable, TimedOut,
        Ended."""
        ticket = (await self._runtime.api.ticket()).ticket
        await self._runtime.link.request(Refresh(ref=0, ticket=ticket), Ok, timeout_s=self._runtime.timeout_s)

    async def view(self, mailbox: bytes) -> SeatView:
        """What the platform lets this account be in a mailbox. Raises: NotSeated."""
        view = await self._view(mailbox) or await self._view_anew(mailbox)
        if view is None:
            raise NotSeated("the platform names no seat of this account in that mailbox")
        return view

    async def _view(self, mailbox: bytes) -> SeatView | None:
        return next((view for view in await self.listed() if view.mailbox == mailbox), None)

    async def _view_anew(self, mailbox: bytes) -> SeatView | None:
        """With a new token: whoever was removed comes back with one that is younger than the removal. The connection
        gets it too, as it goes by what its own token says."""
        await self._runtime.api.token(fresh=True)
        view = await self._view(mailbox)
        if view is not None:
            await self.refresh()
        return view

    async def _take(self, view: SeatView) -> None:
        try:
            await self._take_up(view)
        except ProblemError as error:
            if error.retryable:
                raise
            self.unsound[view.mailbox] = error
        except (E2EEError, NotSeated) as reason:
            told = repr(self.unsound.get(view.mailbox)) == repr(reason)
            self.unsound[view.mailbox] = reason
            if not told:
                self._runtime.inbox.put(RosterAlarm(view.mailbox, reason))
        else:
            self.unsound.pop(view.mailbox, None)

    async def _take_up(self, view: SeatView) -> None:
        mailbox = self.mailboxes.get(view.mailbox)
        if mailbox is None:
            keys = await self._seating.read(view)
            mailbox = Mailbox(self._runtime, self._seating, view, keys, self._adopt, self._threads)
            self.mailboxes[view.mailbox] = mailbox
        else:
            await mailbox.reread()
        await mailbox.maintain(view)

    async def _save_pins(self) -> None:
        """Pins are worth a write at once: they are what the next device trusts."""
        try:
            await self._runtime.keeper.save()
        except E2EEError as reason:
            self._runtime.inbox.put(VaultAlarm(reason))
        except ProblemError as error:
            if error.retryable:
                raise
            log.warning("the vault was refused: %s", error.code)
