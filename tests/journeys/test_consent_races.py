"""Consents at the same moment from two connections, many times: one release with all that waited, or none; never half.

Every race has a thread of its own. They run a few at a time, so that their transactions meet in the store.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

import pytest

from messaging.domain import limits
from messaging.domain.consent import CardState
from messaging.domain.vocabulary import EventKind, MailboxKind
from messaging.e2ee.release import parse_released
from messaging.relations import facts
from messaging.wire.commands import Consents, Pull
from messaging.wire.events import CardsList, Event, Events, LogEntry, Ok
from tests.faults.log_checker import assert_nothing, check_chains, check_facts
from tests.faults.parties import Line, Party, open_thread
from tests.faults.raw import RawSocket
from tests.faults.stored_log import read_log
from tests.journeys.cards import Prepared
from tests.support.scale import scaled
from tests.support.server import RunningService, running_service
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.soak]

RACES: Final = 500
AT_ONCE: Final = 10
THREADS_A_PAIR: Final = limits.claims_per_claimant_and_target_per_day_max
THREADS_A_VILLAGE: Final = limits.prekeys_per_batch_max


@dataclass(frozen=True, slots=True)
class Course:
    """A thread with both ends, and a connection for each."""

    lines: tuple[Line, Line]
    sockets: tuple[RawSocket, RawSocket]

    @property
    def thread(self) -> bytes:
        return self.lines[0].thread

    async def log(self, party: int) -> list[LogEntry]:
        """The thread's log as this party is given it."""
        answer = await self.sockets[party].request(Pull(ref=0, thread=self.thread, after=0), Events)
        return answer.events

    async def states(self) -> tuple[list[str], list[str]]:
        """Where the cards of each side stand, as the side itself is told."""
        first, second = [await s.request(Consents(ref=0, thread=self.thread), CardsList) for s in self.sockets]
        return [card.state for card in first.cards], [card.state for card in second.cards]

    def heard_releases(self, party: int) -> list[bytes]:
        """The payloads of the releases in this thread that this party heard of by itself."""
        heard = [struct for struct in self.sockets[party].heard if isinstance(struct, Event)]
        return [event.payload for event in heard if (event.thread, event.kind) == (self.thread, EventKind.RELEASED)]


async def _track(service: RunningService, count: int, undo: AsyncExitStack) -> list[Course]:
    """`count` threads between a few villages and projects, all connected."""
    service_id = service.service.store.service_id
    villages = -(-count // THREADS_A_VILLAGE)
    projects = -(-min(count, THREADS_A_VILLAGE) // THREADS_A_PAIR)
    recipients = [await _connected(service, f"mairie {n}", MailboxKind.TERRITORY, undo) for n in range(villages)]
    initiators = [await _connected(service, f"projet {n}", MailboxKind.PROJECT, undo) for n in range(projects)]
    courses: list[Course] = []
    for (village, at_village), (project, at_project), _ in product(recipients, initiators, range(THREADS_A_PAIR)):
        if len(courses) < count:
            lines = await open_thread(at_project, project, village, service_id)
            courses.append(Course(lines, (at_project, at_village)))
    return courses


async def _connected(
    service: RunningService, ref: str, kind: MailboxKind, undo: AsyncExitStack
) -> tuple[Party, RawSocket]:
    prekeys = THREADS_A_VILLAGE if kind is MailboxKind.TERRITORY else 0
    party = await Party.found(service, ref, kind, prekeys=prekeys)
    undo.push_async_callback(party.close)
    socket = await party.socket()
    undo.push_async_callback(socket.close)
    return party, socket


async def _race(courses: Sequence[Course], one: Callable[[int, Course], Awaitable[str]]) -> Counter[str]:
    """Runs every race, a few at a time, and counts how they ended."""
    few = asyncio.Semaphore(AT_ONCE)

    async def run(number: int, course: Course) -> str:
        async with few:
            return await one(number, course)

    return Counter(await asyncio.gather(*(run(number, course) for number, course in enumerate(courses))))


async def test_two_consents_at_once_release_both_cards_or_none(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path) as service, AsyncExitStack() as undo:
        courses = await _track(service, scaled(RACES), undo)
        ends = await _race(courses, _both_consent)
        assert ends == {"revealed": len(courses)}
        await _all_told(tmp_path, given=2 * len(courses), revealed=len(courses))
        info = service.service.info()
    log = await read_log(database_url, tmp_path / "copy")
    assert log.cards_waiting == 0
    assert_nothing(check_chains(log, info))
    assert_nothing(check_facts(log, tmp_path / "events.jsonl"))


async def _both_consent(number: int, course: Course) -> str:
    cards = [Prepared.made(line, f"{number}") for line in course.lines]
    starters = [s.request(c.give, Ok) for s, c in zip(course.sockets, cards, strict=True)]
    await asyncio.gather(*(starters if number % 2 else reversed(starters)))
    return await _ended(course, cards)


async def _ended(course: Course, cards: Sequence[Prepared]) -> str:
    """`revealed` or `nothing`; anything in between fails. Both sides are given the same, in the log and live."""
    logs = [await course.log(party) for party in (0, 1)]
    assert logs[0] == logs[1]
    releases = [entry.payload for entry in logs[0] if entry.kind == EventKind.RELEASED]
    assert course.heard_releases(0) == course.heard_releases(1) == releases
    if not releases:
        return "nothing"
    (payload,) = releases
    expected = sorted((c.line.party, c.sealed.card, c.sealed.payload, c.sealed.s_server) for c in cards)
    assert list(parse_released(payload)) == expected
    return "revealed"


async def test_a_consent_and_a_withdrawal_at_once_release_both_cards_or_none(database_url: str, tmp_path: Path) -> None:
    async with running_service(database_url, tmp_path) as service, AsyncExitStack() as undo:
        courses = await _track(service, scaled(RACES) // 2, undo)
        ends = await _race(courses, _one_withdraws)
        assert set(ends) == {"revealed", "nothing"}
    log = await read_log(database_url, tmp_path / "copy")
    assert log.cards_waiting == ends["nothing"]


async def _one_withdraws(number: int, course: Course) -> str:
    """One side's card waits; then it withdraws and the other side consents. Whoever comes second sees the first."""
    cards = [Prepared.made(line, f"{number}") for line in course.lines]
    withdrawing = number % 2
    await course.sockets[withdrawing].request(cards[withdrawing].give, Ok)
    starters = [
        course.sockets[withdrawing].request(cards[withdrawing].withdraw, Ok),
        course.sockets[1 - withdrawing].request(cards[1 - withdrawing].give, Ok),
    ]
    await asyncio.gather(*(starters if number % 4 < 2 else reversed(starters)))
    end = await _ended(course, cards)
    states = await course.states()
    if end == "revealed":
        expected = (CardState.RETRACTED, CardState.RELEASED)
    else:
        expected = (CardState.WITHDRAWN, CardState.WAITING)
    assert (states[withdrawing], states[1 - withdrawing]) == tuple([state] for state in expected)
    return end


async def _all_told(folder: Path, *, given: int, revealed: int) -> None:
    """Waits until every consent and every reveal came out as a relation event; there are no more of them."""

    def counted() -> tuple[int, int]:
        text = (folder / "events.jsonl").read_text()
        return text.count(facts.CONSENT_GIVEN + '"'), text.count(facts.IDENTITIES_REVEALED + '"')

    await until(lambda: counted() >= (given, revealed), 30.0)
    assert counted() == (given, revealed)
