"""When a person is alerted: moments, quiet time, throttle, and who is spared."""

from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from messaging.domain import limits
from messaging.domain.alerts import USUAL, Ledger, Quiet, Reminder, Waiting, check_address, check_quiet, decide, failed
from messaging.domain.errors import Malformed
from messaging.domain.ids import MailboxId, ThreadId

PARIS = Quiet()
NEVER_QUIET = Quiet(begins=0, ends=0, sundays=False)
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
SPREAD = limits.alert_spread_s * 1_000


def ms(text: str, zone: str = "Europe/Paris") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1_000)


def waiting(since: int, kind: str = "message", thread: bytes = b"t" * 16) -> Waiting:
    return Waiting(ThreadId(thread), MailboxId(b"m" * 16), kind, since)


MONDAY = ms("2026-03-02T10:00")


@pytest.mark.parametrize(
    ("at", "over"),
    [
        ("2026-03-02T10:00", "2026-03-02T10:00"),
        ("2026-03-02T08:00", "2026-03-02T08:00"),
        ("2026-03-02T07:59", "2026-03-02T08:00"),
        ("2026-03-02T19:59", "2026-03-02T19:59"),
        ("2026-03-02T20:00", "2026-03-03T08:00"),
        ("2026-03-07T20:00", "2026-03-09T08:00"),
        ("2026-03-08T12:00", "2026-03-09T08:00"),
        ("2026-03-28T22:00", "2026-03-30T08:00"),
        ("2026-10-24T22:00", "2026-10-26T08:00"),
    ],
)
def test_the_quiet_time_of_a_town_hall(at: str, over: str) -> None:
    """Nights and Sundays, also over both changes of the clock."""
    assert PARIS.over_from(ms(at)) == ms(over)


@pytest.mark.parametrize(
    ("quiet", "at", "over"),
    [
        (Quiet(begins=12 * 60, ends=14 * 60, sundays=False), "2026-03-08T12:30", "2026-03-08T14:00"),
        (Quiet(begins=12 * 60, ends=14 * 60, sundays=False), "2026-03-08T23:00", "2026-03-08T23:00"),
        (NEVER_QUIET, "2026-03-08T03:00", "2026-03-08T03:00"),
        (Quiet(begins=0, ends=0), "2026-03-08T03:00", "2026-03-09T00:00"),
    ],
)
def test_the_quiet_time_that_a_person_chose(quiet: Quiet, at: str, over: str) -> None:
    assert quiet.over_from(ms(at)) == ms(over)


def test_the_quiet_time_is_where_the_person_is() -> None:
    reunion = Quiet(zone="Indian/Reunion")
    assert reunion.over_from(ms("2026-03-02T18:00")) == ms("2026-03-03T08:00", "Indian/Reunion")


@pytest.mark.parametrize(
    ("kind", "after"),
    [
        ("message", (10 * MINUTE, 3 * DAY, 9 * DAY, 21 * DAY)),
        ("asked", (10 * MINUTE, 3 * DAY, 9 * DAY, 21 * DAY)),
        ("reopened", (10 * MINUTE, 3 * DAY, 9 * DAY, 21 * DAY)),
        ("closed", (10 * MINUTE,)),
        ("case-asked", (10 * MINUTE, 3 * DAY, 9 * DAY, 21 * DAY)),
        ("case-told", (10 * MINUTE,)),
    ],
)
def test_the_moments_of_a_word(kind: str, after: tuple[int, ...]) -> None:
    assert waiting(MONDAY, kind).moments(USUAL) == tuple(MONDAY + each for each in after)


def simulate(words: list[Waiting], until: int, quiet: Quiet = NEVER_QUIET, drawn: int = 0) -> list[int]:
    """When alerts go out, with everything left waiting from Monday on."""
    ledger, now, sent = Ledger(covered_until=MONDAY - 1), MONDAY, []
    while now <= until:
        said = [word for word in words if word.since <= now]
        decision = decide(ledger, said, quiet, now, drawn)
        if decision.about is not None:
            sent.append(now)
        assert decision.look_at >= now
        ledger, now = decision.ledger, decision.look_at
    return sent


def test_one_word_has_one_alert_and_three_reminders() -> None:
    sent = simulate([waiting(MONDAY)], MONDAY + 60 * DAY)
    look = limits.alert_look_every_s * 1_000
    expected = [MONDAY + 10 * MINUTE, MONDAY + 3 * DAY, MONDAY + 9 * DAY, MONDAY + 21 * DAY]
    assert len(sent) == 4
    assert all(at <= when <= at + 2 * look for at, when in zip(expected, sent, strict=True))


def test_an_alert_reminds_of_what_it_told_before() -> None:
    """Of each conversation once, of its last moment, and not of what is told for the first time."""
    old, older = waiting(MONDAY, thread=b"a" * 16), waiting(MONDAY - 7 * DAY, thread=b"b" * 16)
    new, closed = waiting(MONDAY + 3 * DAY, thread=b"c" * 16), waiting(MONDAY, "closed", thread=b"d" * 16)
    words, now = [old, older, new, closed], MONDAY + 3 * DAY + HOUR
    first = decide(Ledger(0, due_at=MONDAY), [old, closed], NEVER_QUIET, MONDAY + HOUR, 0)
    assert first.reminders == ()
    told = decide(Ledger(MONDAY + HOUR, due_at=now), words, NEVER_QUIET, now, 0)
    assert told.reminders == (
        Reminder(ThreadId(b"a" * 16), old.mailbox, MONDAY + 3 * DAY),
        Reminder(ThreadId(b"b" * 16), older.mailbox, MONDAY + 2 * DAY),
    )
    assert decide(told.ledger, words, NEVER_QUIET, now + MINUTE, 0).reminders == ()


def test_a_case_that_is_reminded_of_is_no_event_of_a_relation() -> None:
    asked = Waiting(None, MailboxId(b"m" * 16), "case-asked", MONDAY)
    now = MONDAY + 3 * DAY
    told = decide(Ledger(MONDAY + DAY, due_at=now), [asked], NEVER_QUIET, now, 0)
    assert (told.about, told.reminders) == (asked, ())


def test_many_words_of_many_peers_are_one_alert_an_hour_and_four_a_day() -> None:
    words = [waiting(MONDAY + n * MINUTE, thread=bytes([n % 256]) * 16) for n in range(2_000)]
    sent = simulate(words, MONDAY + DAY)
    assert len(sent) == limits.alerts_per_day_max
    assert min(later - one for one, later in pairwise(sent)) >= HOUR


def test_none_goes_out_in_the_quiet_time_however_it_is_put_off() -> None:
    words = [waiting(MONDAY + n * 37 * MINUTE) for n in range(300)]
    sent = simulate(words, MONDAY + 8 * DAY, PARIS, drawn=SPREAD - 1)
    assert len(sent) > 10
    assert not [at for at in sent if PARIS.covers(at)]


def test_the_time_drawn_puts_it_off() -> None:
    first = decide(Ledger(0), [waiting(MONDAY)], NEVER_QUIET, MONDAY + 10 * MINUTE, 12_345)
    assert (first.about, first.look_at) == (None, MONDAY + 10 * MINUTE + 12_345)
    again = decide(first.ledger, [waiting(MONDAY)], NEVER_QUIET, first.look_at - 1, 99)
    assert (again.about, again.look_at) == (None, first.look_at)
    assert decide(first.ledger, [waiting(MONDAY)], NEVER_QUIET, first.look_at, 99).about == waiting(MONDAY)


def test_whoever_reads_meanwhile_spares_the_others() -> None:
    due = decide(Ledger(0), [waiting(MONDAY)], NEVER_QUIET, MONDAY + HOUR, 1)
    read = decide(due.ledger, [], NEVER_QUIET, due.look_at, 1)
    assert (read.about, read.ledger.due_at) == (None, None)


def test_the_link_leads_to_what_waits_longest() -> None:
    words = [waiting(MONDAY + MINUTE, thread=b"b" * 16), waiting(MONDAY, thread=b"z" * 16)]
    told = decide(Ledger(0, due_at=MONDAY), words, NEVER_QUIET, MONDAY + HOUR, 1)
    assert told.about == words[1]


def test_what_could_not_be_handed_over_is_tried_again() -> None:
    now, before = MONDAY + HOUR, Ledger(0, due_at=MONDAY)
    assert decide(before, [waiting(MONDAY)], NEVER_QUIET, now, 1).about
    later = failed(before, now)
    assert later == replace(before, due_at=now + limits.alert_retry_s * 1_000)
    assert decide(later, [waiting(MONDAY)], NEVER_QUIET, now + limits.alert_retry_s * 1_000, 1).about


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@b",
        "@b.example",
        "a@b.example\nBcc: c@d.example",
        "a@b.example\r\n",
        "a b@c.example",
        "<a@b.example>",
        "a@b.example,c@d.example",
        "a@b..example",
        "a@-b.example",
        "é@b.example",
        "=?utf-8?q??=@b.example",
        "=?utf-8?b?DQpTdWJqZWN0OiBwYXkNCg0KZXZpbA==?=@b.example",
        "a@[127.0.0.1]",
        f"{'a' * 65}@b.example",
        f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 60}.example",
    ],
)
def test_addresses_that_nothing_is_sent_to(address: str) -> None:
    with pytest.raises(Malformed):
        check_address(address)


@pytest.mark.parametrize("address", ["a@b.example", "Jean.O'Neil+x@sous-domaine.mairie.example"])
def test_addresses_of_people(address: str) -> None:
    assert check_address(address) == address


@pytest.mark.parametrize(
    "quiet",
    [Quiet(zone="Europe/Nowhere"), Quiet(zone="../../etc/passwd"), Quiet(zone="/etc/passwd"), Quiet(begins=1, ends=0)],
)
def test_quiet_times_that_do_not_exist(quiet: Quiet) -> None:
    with pytest.raises(Malformed):
        check_quiet(quiet)


def test_quiet_times_that_exist() -> None:
    assert check_quiet(PARIS) is PARIS
    assert check_quiet(NEVER_QUIET) is NEVER_QUIET
