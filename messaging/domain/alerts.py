"""When a person is alerted that something waits: pure rules, over times in ms since 1970, UTC.

An alert says that there is something, and nothing of what, where or from whom. A thread waits for a side while its
last word is the peer's and nobody of that side has read it: whoever reads or writes first spares all colleagues. Each
word of a peer has moments, counted from when it was said: a first one, and reminders while it waits. So does a case of
moderation that asks the side for its answer; what was decided in one is told of once. A person's alert covers all
moments until then, whatever they are of, so that it does not show how many there are.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from messaging.domain import limits
from messaging.domain.errors import Malformed
from messaging.domain.ids import MailboxId, ThreadId
from messaging.domain.vocabulary import EventKind

_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 86_400_000
_SUNDAY: Final = 6

REMINDER_DAYS: Final = (3, 9, 21)
"""After a word that still waits then."""
WORDS: Final = (EventKind.MESSAGE, EventKind.ASKED, EventKind.CLOSED, EventKind.REOPENED)
"""The kinds of event that are a side's word. All alert."""


class CaseWord(StrEnum):
    """What a case of moderation has to say to a side of it."""

    ASKED = "case-asked"
    """The accused is asked, and has not answered."""
    TOLD = "case-told"
    """A statement of reasons: of a decision, or of what came of an appeal. Nothing says whether it was read."""


_ONCE: Final = frozenset((EventKind.CLOSED.value, CaseWord.TOLD.value))
"""Awaits nothing: nobody is reminded of it."""

_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
_LOCAL_CHARS_MAX: Final = 64
_ADDRESS_CHARS_MAX: Final = 254


@dataclass(frozen=True, slots=True)
class Pace:
    """How soon and how often a person is alerted; ms but for `per_day_max`."""

    after: int
    """From a word to its first alert."""
    every: int
    """Between two alerts, at least."""
    per_day_max: int
    spread: int
    """An alert is put off by less than that, drawn at random."""
    look_every: int


USUAL: Final = Pace(
    after=limits.alert_after_min * _MINUTE_MS,
    every=limits.alert_every_h * _HOUR_MS,
    per_day_max=limits.alerts_per_day_max,
    spread=limits.alert_spread_s * 1_000,
    look_every=limits.alert_look_every_s * 1_000,
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A peer's last word in a thread, unread by the side that `mailbox` is; or a word of moderators to it."""

    thread: ThreadId | None
    """None: of a case, which alerts do not tell apart from another."""
    mailbox: MailboxId
    kind: str
    since: int

    def moments(self, pace: Pace) -> tuple[int, ...]:
        """When it is to be alerted of, in order."""
        first = self.since + pace.after
        if self.kind in _ONCE:
            return (first,)
        return (first, *(self.since + days * _DAY_MS for days in REMINDER_DAYS))


@dataclass(frozen=True, slots=True)
class Reminder:
    """The side that `mailbox` is was to be reminded of a thread at the moment `at` (ms)."""

    thread: ThreadId
    mailbox: MailboxId
    at: int


@dataclass(frozen=True, slots=True)
class Quiet:
    """When a person wants to hear nothing: from `begins` to `ends` (minutes after midnight, over midnight if `ends` is
    smaller, never if they are equal), and on Sundays, in their zone.
    """

    zone: str = "Europe/Paris"
    begins: int = 20 * 60
    ends: int = 8 * 60
    sundays: bool = True

    def covers(self, at: int) -> bool:
        local = datetime.fromtimestamp(at / 1_000, UTC).astimezone(ZoneInfo(self.zone))
        if self.sundays and local.weekday() == _SUNDAY:
            return True
        minute = local.hour * 60 + local.minute
        if self.begins <= self.ends:
            return self.begins <= minute < self.ends
        return minute >= self.begins or minute < self.ends

    def over_from(self, at: int) -> int:
        """`at`, or when the quiet time that it falls into is over. A wall clock that is put forward or back may make
        the end an hour early, and then the quiet time goes on from there.
        """
        while self.covers(at):
            local = datetime.fromtimestamp(at / 1_000, UTC).astimezone(ZoneInfo(self.zone))
            ends = [self.ends, 24 * 60] if self.begins != self.ends else [24 * 60]
            minute = local.hour * 60 + local.minute
            ahead = min(end - minute for end in ends if end > minute)
            later = local.replace(second=0, microsecond=0) + timedelta(minutes=ahead)
            at = max(at + _MINUTE_MS, int(later.astimezone(UTC).timestamp() * 1_000))
        return at


@dataclass(frozen=True, slots=True)
class Ledger:
    """What one person was alerted of, and when they will be. `covered_until`: moments until then are dealt with;
    `due_at`: when the next alert goes out, if then anything still waits; `day_from`, `day_n`: alerts since then.
    """

    covered_until: int
    due_at: int | None = None
    sent_at: int = 0
    day_from: int = 0
    day_n: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now. `about`: what has waited longest, if an alert is to go out; `look_at`: when to look
    again; `reminders`: what the alert reminds of, beside what it tells for the first time.
    """

    ledger: Ledger
    about: Waiting | None
    look_at: int
    reminders: tuple[Reminder, ...] = ()


def decide(
    ledger: Ledger, waiting: Sequence[Waiting], quiet: Quiet, now: int, drawn: int, pace: Pace = USUAL
) -> Decision:
    """`drawn`: how long an alert that becomes due is put off, drawn at random so that its time tells nothing, ms."""
    due = [each for each in waiting if any(ledger.covered_until < at <= now for at in each.moments(pace))]
    if not due:
        return Decision(replace(ledger, due_at=None), None, now + pace.look_every)
    if ledger.due_at is None or _free_from(ledger, quiet, now, pace) > now:
        due_at = _put_off(ledger, quiet, now, drawn, pace)
        return Decision(replace(ledger, due_at=due_at), None, due_at)
    if ledger.due_at > now:
        return Decision(ledger, None, ledger.due_at)
    begins_day = now - ledger.day_from >= _DAY_MS
    told = Ledger(
        covered_until=now,
        sent_at=now,
        day_from=now if begins_day else ledger.day_from,
        day_n=1 if begins_day else ledger.day_n + 1,
    )
    about = min(due, key=lambda each: (each.since, each.thread or b""))
    return Decision(told, about, now + pace.look_every, tuple(_reminders(ledger, due, now, pace)))


def _reminders(ledger: Ledger, due: Sequence[Waiting], now: int, pace: Pace) -> Iterator[Reminder]:
    """The last moment of each thread that is due, where it is not the first one of its word."""
    for each in due:
        if each.thread is None:
            continue
        _, *later = each.moments(pace)
        past = [at for at in later if ledger.covered_until < at <= now]
        if past:
            yield Reminder(each.thread, each.mailbox, past[-1])


def failed(before: Ledger, now: int) -> Ledger:
    """The alert that `before` led to could not be handed over: it is tried again later."""
    return replace(before, due_at=now + limits.alert_retry_s * 1_000)


def _put_off(ledger: Ledger, quiet: Quiet, now: int, drawn: int, pace: Pace) -> int:
    at = _free_from(ledger, quiet, now, pace) + drawn
    return at if not quiet.covers(at) else quiet.over_from(at) + drawn


def _free_from(ledger: Ledger, quiet: Quiet, now: int, pace: Pace) -> int:
    """The first time from now on that throttle and quiet time leave free."""
    at = max(now, ledger.sent_at + pace.every if ledger.sent_at else now)
    if ledger.day_n >= pace.per_day_max:
        at = max(at, ledger.day_from + _DAY_MS)
    return quiet.over_from(at)


def check_address(address: str) -> str:
    """An address that may stand in a header and an SMTP command. Raises: Malformed."""
    local = address.rpartition("@")[0]
    too_long = len(address) > _ADDRESS_CHARS_MAX or len(local) > _LOCAL_CHARS_MAX
    # "=?" begins an encoded word (RFC 2047): a header would say another address than this one.
    if too_long or "=?" in address or _ADDRESS.fullmatch(address) is None:
        raise Malformed("not an e-mail address that can be written to")
    return address


def check_quiet(quiet: Quiet) -> Quiet:
    """Raises: Malformed."""
    try:
        ZoneInfo(quiet.zone)
    except (KeyError, ValueError, OSError) as error:
        raise Malformed("no such time zone: a name of the IANA database is needed, Europe/Paris say") from error
    if (quiet.ends - quiet.begins) % (24 * 60) > limits.quiet_minutes_max:
        raise Malformed(f"a quiet time lasts at most {limits.quiet_minutes_max} minutes of a day")
    return quiet
