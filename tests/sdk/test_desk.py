"""The private log: gap-free by seq, shown in order, refused when no seat sealed it."""

from typing import TypeVar

import pytest

from messaging.e2ee import desk
from messaging.e2ee.errors import BadSeal
from messaging.wire.commands import AnyCommand, DeskPull, DeskPut
from messaging.wire.events import DeskAck, DeskEntries, DeskEntry
from pli_client import Desk, DeskChanged, DeskNotRendered, MemoryStorage
from pli_client.keys import MailboxKeys
from pli_client.runtime import Runtime
from tests.sdk.rig import HttpService, next_event, opened_keeper, runtime
from tests.sdk.world import NOW, Stream, make_keys

THREAD, OTHER = b"\x01" * 16, b"\x02" * 16

K = TypeVar("K")


class DeskService:
    """Keeps one mailbox's desk log."""

    def __init__(self) -> None:
        self.entries: list[DeskEntry] = []
        self.pulls: list[int] = []
        self.claimed_head = 0

    def add(self, entry: bytes, blob: bytes) -> DeskEntry:
        self.entries.append(DeskEntry(len(self.entries) + 1, entry, NOW, blob))
        return self.entries[-1]

    async def request(self, command: AnyCommand, kind: type[K], *, timeout_s: float | None) -> K:
        if isinstance(command, DeskPut):
            added = self.add(command.entry, command.blob)
            answer: object = DeskAck(ref=0, seq=added.seq, at=added.at)
        else:
            assert isinstance(command, DeskPull)
            self.pulls.append(command.after)
            answer = DeskEntries(
                ref=0,
                mailbox=command.mailbox,
                entries=self.entries[command.after :][:2],
                head_seq=max(self.claimed_head, len(self.entries)),
            )
        assert isinstance(answer, kind)
        return answer


class Office:
    """A mailbox's desk on one device, and a colleague's way to add to it."""

    def __init__(self, service: DeskService, keys: MailboxKeys, parts: Runtime) -> None:
        self.service = service
        self.keys = keys
        self.inbox = parts.inbox
        self.desk = Desk(parts, keys, 0)
        self._entropy = Stream("colleague")

    def colleague(self, content: bytes, keys: MailboxKeys | None = None) -> DeskEntry:
        entry = self._entropy(16)
        return self.service.add(entry, (keys or self.keys).seal_entry(entry, content, self._entropy))


@pytest.fixture
async def office() -> Office:
    service, keys, http = DeskService(), make_keys("mayor", Stream("desk")), HttpService()
    parts = runtime(service, await opened_keeper(http, MemoryStorage(), "desk"), http)
    return Office(service, keys, parts)


async def test_what_we_put_is_there_at_once(office: Office) -> None:
    await office.desk.draft(THREAD, "Bonjour Docteur, je")
    await office.desk.draft(THREAD, "Bonjour Docteur, je vous")
    await office.desk.note(THREAD, "Urgent")
    await office.desk.note(THREAD, "Vu avec la maire")
    await office.desk.assign(THREAD, office.keys.seat)
    await office.desk.assign(OTHER, office.keys.seat)
    await office.desk.assign(OTHER, None)
    assert office.desk.drafts == {THREAD: "Bonjour Docteur, je vous"}
    assert office.desk.notes[THREAD] == ["Urgent", "Vu avec la maire"]
    assert office.desk.assigned == {THREAD: office.keys.seat, OTHER: None}
    assert office.service.pulls == []


async def test_a_gap_is_pulled_in_pages(office: Office) -> None:
    for n in range(5):
        office.colleague(desk.encode_note(THREAD, str(n)))
    office.desk.offer(office.service.entries[-1])
    events = [await next_event(office.inbox) for _ in range(5)]
    assert [event.seq for event in events if isinstance(event, DeskChanged)] == [1, 2, 3, 4, 5]
    assert office.desk.notes[THREAD] == ["0", "1", "2", "3", "4"]
    assert office.service.pulls == [0, 2]


async def test_an_entry_twice_counts_once(office: Office) -> None:
    entry = office.colleague(desk.encode_note(THREAD, "une fois"))
    office.desk.offer(entry)
    office.desk.offer(entry)
    assert office.desk.notes[THREAD] == ["une fois"]


async def test_an_entry_that_no_seat_sealed_is_not_rendered(office: Office) -> None:
    stranger = make_keys("stranger", Stream("stranger"))
    office.desk.offer(office.colleague(desk.encode_note(THREAD, "faux"), stranger))
    office.desk.offer(office.colleague(desk.encode_note(THREAD, "vrai")))
    refused, shown = await next_event(office.inbox), await next_event(office.inbox)
    assert isinstance(refused, DeskNotRendered)
    assert isinstance(refused.reason, BadSeal)
    assert isinstance(shown, DeskChanged)
    assert office.desk.notes[THREAD] == ["vrai"]


async def test_a_later_kind_of_entry_is_passed_over(office: Office) -> None:
    office.desk.offer(office.colleague(b"\x00\x00\x00\x0epli1/desk-soon"))
    assert isinstance(await next_event(office.inbox), DeskChanged)
    assert office.desk.seq == 1


async def test_a_service_that_withholds_entries_does_not_keep_us_asking(office: Office) -> None:
    office.service.claimed_head = 7
    await office.desk.reach(7)
    assert office.service.pulls == [0]


async def test_an_old_entry_that_the_service_shows_again_is_not_rendered(office: Office) -> None:
    old = office.colleague(desk.encode_draft(THREAD, "ancien"))
    office.desk.offer(old)
    office.desk.offer(office.colleague(desk.encode_draft(THREAD, "nouveau")))
    office.desk.offer(office.service.add(old.entry, old.blob))
    assert office.desk.drafts[THREAD] == "nouveau"
