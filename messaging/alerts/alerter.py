"""The worker of alerts: looks at who may have to be told, decides, commits, and then tells.

What is told is committed before it is handed over, so that a crash in between loses an alert, which a reminder makes
good, and never sends one twice. One that neither a mail server nor a push service took is tried again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from messaging.alerts.letters import PUSH, Letters
from messaging.domain import limits
from messaging.domain.alerts import USUAL, Ledger, Pace, Reminder, Waiting, decide, failed
from messaging.domain.authorization import Grant, Operation
from messaging.domain.ids import AccountId, ThreadId
from messaging.domain.tokens import TOKEN_BYTES, token_digest, token_text
from messaging.e2ee.entropy import Entropy, draw
from messaging.ports import (
    AlertLinkRow,
    AlertRow,
    Clock,
    MailServerError,
    MailSink,
    PushChannel,
    PushSink,
    Store,
    Transaction,
    UndeliverableError,
)
from messaging.repeating import reason, repeat

log = logging.getLogger("pli.alerts")

NEVER: Final = 2**53 - 1
"""When to look at somebody whom no alert can reach."""
CONFIRM: Final = "confirm"
OPEN: Final = "open"
OPEN_CASES: Final = "open-cases"
UNSUBSCRIBE: Final = "unsubscribe"
VOID: Final = "void"
VOID_UNSUBSCRIBE: Final = "void-unsubscribe"
FAILED: Final = "failed"
"""What a link is for; a void one was replaced by a newer one, or went to an address of before; a failed one was never
sent."""
Remind = Callable[[Transaction, Sequence[Reminder], int], Awaitable[None]]
"""Says in relation events, at this time, that sides were reminded."""
_IDLE_S: Final = 5.0
_AT_ONCE: Final = 4
"""How many people are told at the same time."""
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class _Question:
    """A mail that asks whether an address is right."""

    account: AccountId
    address: str
    letter: bytes


@dataclass(frozen=True, slots=True)
class _Alert:
    account: AccountId
    before: Ledger
    address: str
    letter: bytes | None
    """None: not by mail."""
    channels: Sequence[PushChannel]
    reminders: Sequence[Reminder]


class Alerter:
    """`mail` is None where the service sends no mails. `remind`: told of reminders that were handed over."""

    def __init__(
        self,
        store: Store,
        letters: Letters,
        mail: MailSink | None,
        push: PushSink,
        clock: Clock,
        entropy: Entropy,
        remind: Remind,
        pace: Pace = USUAL,
    ) -> None:
        self._store = store
        self._letters = letters
        self._mail = mail
        self._push = push
        self._clock = clock
        self._entropy = entropy
        self._remind = remind
        self._pace = pace

    async def run(self) -> None:
        """Until cancelled."""

        async def step() -> bool:
            return await self.look() >= limits.alert_looks_max

        await repeat(step, _IDLE_S, lambda error: log.warning("alerts wait: %s", reason(error)))

    async def look(self) -> int:
        """One pass; how many people it looked at. Where there is nobody it only reads: no commit for nothing."""
        async with self._store.reading() as tx:
            if not await tx.alerts.due(self._clock()):
                return 0
        parcels: list[_Question | _Alert] = []
        async with self._store.transaction() as tx:
            rows = await tx.alerts.take(self._clock(), limits.alert_looks_max)
            for row in rows:
                try:
                    parcels += await self._look_at(tx, row)
                except (ValueError, LookupError, TypeError) as error:
                    # One person's letter that cannot be made must not keep everybody else from theirs.
                    log.error("an alert cannot be made: %s", type(error).__name__)
                    grant, later = Grant(Operation.ALERTS_READ, account=row.account), limits.alert_retry_s * 1_000
                    await tx.alerts.put(grant, replace(row, look_at=self._clock() + later))
        lanes = asyncio.Semaphore(_AT_ONCE)

        async def deliver(parcel: _Question | _Alert) -> None:
            async with lanes:
                await (self._ask(parcel) if isinstance(parcel, _Question) else self._tell(parcel))

        for broken in await asyncio.gather(*map(deliver, parcels), return_exceptions=True):
            if broken is not None:
                # One that breaks off is not handed over again, and must not end the look before the others are.
                log.error("what became of an alert is not noted: %s", type(broken).__name__)
        return len(rows)

    async def _look_at(self, tx: Transaction, row: AlertRow) -> list[_Question | _Alert]:
        grant, now = Grant(Operation.ALERTS_READ, account=row.account), self._clock()
        parcels: list[_Question | _Alert] = []
        if self._mail is not None and row.pending is not None and not row.asked:
            token = await self._link(tx, row, CONFIRM, None, limits.mail_confirm_h * 3_600_000)
            parcels.append(_Question(row.account, row.pending, self._letters.confirm(row.pending, token, now)))
            row = replace(row, asked=True)
        address = row.address if self._mail is not None and row.wanted and row.failing_since is None else None
        channels = await tx.alerts.pushes(grant)
        if address is None and not channels:
            await tx.alerts.put(grant, replace(row, look_at=NEVER))
            return parcels
        waiting = await tx.alerts.waiting(grant, limits.alert_threads_max)
        # What is told of once is looked at until an alert covers its moment.
        told_after = row.ledger.covered_until - self._pace.after
        waiting += await tx.alerts.case_words(grant, told_after, limits.alert_threads_max)
        decision = decide(row.ledger, waiting, row.quiet, now, self._drawn(), self._pace)
        if decision.about is not None:
            letter = None if address is None else await self._letter(tx, row, address, decision.about)
            parcels.append(_Alert(row.account, row.ledger, address or "", letter, channels, decision.reminders))
        await tx.alerts.put(grant, replace(row, ledger=decision.ledger, look_at=decision.look_at))
        return parcels

    async def _letter(self, tx: Transaction, row: AlertRow, address: str, about: Waiting) -> bytes:
        kept_ms = limits.alert_link_days * _DAY_MS
        purpose = OPEN_CASES if about.thread is None else OPEN
        opened = await self._link(tx, row, purpose, about.thread, kept_ms)
        unsubscribe = await self._link(tx, row, UNSUBSCRIBE, None, kept_ms)
        return self._letters.alert(address, opened, unsubscribe, self._clock())

    async def _link(self, tx: Transaction, row: AlertRow, purpose: str, thread: ThreadId | None, kept_ms: int) -> str:
        """The token of a new link."""
        token, now = token_text(draw(self._entropy, TOKEN_BYTES)), self._clock()
        await tx.alerts.put_link(token_digest(token), AlertLinkRow(row.account, purpose, thread, now, now + kept_ms))
        return token

    def _drawn(self) -> int:
        return int.from_bytes(draw(self._entropy, 8), "big") % self._pace.spread

    async def _ask(self, question: _Question) -> None:
        refused = await self._send(question.address, question.letter)
        if refused is None:
            return
        grant = Grant(Operation.ALERTS_READ, account=question.account)
        async with self._store.transaction() as tx:
            row = await tx.alerts.get(grant)
            if row is None or row.pending != question.address:
                return
            await tx.alerts.void_links(grant, CONFIRM, FAILED)
            again = self._clock() + limits.alert_retry_s * 1_000
            unasked = replace(row, asked=False, look_at=min(row.look_at, again))
            await tx.alerts.put(grant, replace(row, pending=None) if refused else unasked)

    async def _tell(self, alert: _Alert) -> None:
        refused = None if alert.letter is None else await self._send(alert.address, alert.letter)
        pushed = await asyncio.gather(*(self._pushed(alert.account, channel) for channel in alert.channels))
        told = any(pushed) or (alert.letter is not None and refused is None)
        if told and alert.reminders:
            await self._tell_of(alert.reminders)
        if told and not refused:
            return
        grant, now = Grant(Operation.ALERTS_READ, account=alert.account), self._clock()
        async with self._store.transaction() as tx:
            row = await tx.alerts.get(grant)
            if row is None:
                return
            if refused and row.address == alert.address:
                row = replace(row, failing_since=now)
            if not told:
                later = failed(alert.before, now)
                row = replace(row, ledger=later, look_at=now + limits.alert_retry_s * 1_000)
            await tx.alerts.put(grant, row)

    async def _tell_of(self, reminders: Sequence[Reminder]) -> None:
        """A conversation that is locked for too long must not keep what became of the alert from being noted."""
        try:
            async with self._store.transaction() as tx:
                await self._remind(tx, reminders, self._clock())
        except Exception as error:
            log.error("reminders are not told of in relation events: %s", type(error).__name__)

    async def _send(self, address: str, letter: bytes) -> bool | None:
        """None: sent; else whether the address was refused for good."""
        try:
            if self._mail is not None:
                await self._mail.send(address, letter)
        except UndeliverableError:
            return True
        except MailServerError as error:
            log.warning("a mail waits: %s", error)
            return False
        return None

    async def _pushed(self, account: AccountId, channel: PushChannel) -> bool:
        try:
            if await self._push.push(channel, PUSH):
                return True
            async with self._store.transaction() as tx:
                await tx.alerts.delete_push(Grant(Operation.ALERTS_READ, account=account), channel.subscription)
        except Exception as error:
            log.warning("a push did not go out: %s", type(error).__name__)
        return False
