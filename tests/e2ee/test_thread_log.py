"""The log verifier: a range counts whole or not at all, and a bad event does not stop the log."""

import pytest

from messaging.e2ee.errors import BadCard, BadChain, E2EEError, Fork, FutureSeen, Gap, Repeated, Rollback, WrongHeader
from messaging.e2ee.message import Place
from messaging.e2ee.release import ReleasedCard, make_released
from messaging.e2ee.thread_log import ThreadChain
from messaging.e2ee.vault import Checkpoint
from messaging.e2ee.verified_log import SERVICE as SERVICE_PARTY
from messaging.e2ee.verified_log import LogEvent
from tests.e2ee.making.group_card import sealed_card
from tests.e2ee.making.stream import fixed
from tests.e2ee.making.world import DOCTOR, SERVICE, STAMP_KEY, THREAD, VILLAGE, LogBuilder, conversation

TALK = conversation()


def events(log: LogBuilder) -> list[LogEvent]:
    return [LogEvent(**{**event, "kind": str(event["kind"])}) for event in log.events]


def reader(checkpoint: Checkpoint | None = None) -> ThreadChain:
    return ThreadChain(
        service=SERVICE, thread=THREAD, stamp_public=STAMP_KEY.public, checkpoint=checkpoint,
        recipient=VILLAGE.pseudonym(0).public,
    )  # fmt: skip


def test_a_refused_range_leaves_the_log_as_it_was() -> None:
    honest = events(TALK.log)
    for count in range(len(honest)):
        log = reader()
        log.verify_range(honest[:count])
        before = (log.seq, log.head, list(log.records))
        broken = [*honest[count:-1], honest[-1]._replace(proof=honest[0].proof)]
        with pytest.raises(E2EEError):
            log.verify_range(broken)
        assert (log.seq, log.head, list(log.records)) == before
        log.verify_range(honest[count:])
        assert log.seq == len(honest)
        assert log.head == TALK.log.head


def test_time_is_restored_with_the_log() -> None:
    """Else a refused range with a late time would make the true events look old."""
    honest, log = events(TALK.log), reader()
    log.verify_range(honest[:2])
    with pytest.raises(E2EEError):
        log.verify_range([honest[2]._replace(time=honest[2].time + 10**9)])
    log.verify_range(honest[2:])


def test_known_events_may_come_again_in_any_range() -> None:
    honest, log = events(TALK.log), reader()
    log.verify_range(honest[:4])
    log.verify_range(honest[1:3])
    log.verify_range(honest[2:])
    log.verify_range([])
    assert log.seq == 6


def test_places_follow_the_epoch_in_force() -> None:
    log = reader()
    log.verify_range(events(TALK.log))
    first, second = (opening.record.hash for opening in TALK.openings)
    assert log.place_at(2, 0) == Place(THREAD, 0, first, 0)
    assert log.place_at(4, 1) == Place(THREAD, 0, first, 1), "the rotation itself stands under the epoch before"
    assert log.place_at(5, 1) == Place(THREAD, 1, second, 1)
    with pytest.raises(BadChain):
        log.place_at(1, 0)
    assert log.head_at(0) == TALK.log.heads[0]
    for seq in (-1, 7):
        with pytest.raises(BadChain):
            log.head_at(seq)


def test_reading_an_event_twice_is_no_repetition() -> None:
    log, honest = reader(), events(TALK.log)
    log.verify_range(honest)
    assert log.check_message(honest[1]) == log.check_message(honest[1])
    log.take_message(honest[1])
    log.take_message(honest[1])
    with pytest.raises(Repeated):
        log.take_message(honest[1]._replace(seq=3))


def test_what_was_seen_is_compared() -> None:
    log = reader()
    log.verify_range(events(TALK.log))
    log.check_seen(5, 4, TALK.log.heads[4])
    with pytest.raises(FutureSeen):
        log.check_seen(5, 5, TALK.log.heads[5])
    with pytest.raises(Fork):
        log.check_seen(5, 3, TALK.log.heads[4])


def test_the_readers_own_prekey_is_what_the_record_names() -> None:
    log = ThreadChain(
        service=SERVICE, thread=THREAD, stamp_public=STAMP_KEY.public, recipient=VILLAGE.pseudonym(1).public
    )
    with pytest.raises(E2EEError, match="another pseudonym"):
        log.verify_range(events(TALK.log))


def test_the_end_must_not_be_before_what_was_seen() -> None:
    log = reader(Checkpoint(4, TALK.log.heads[4]))
    with pytest.raises(Rollback):
        log.check_end(3)
    log.check_end(4)
    log.verify_range(events(TALK.log))
    with pytest.raises(Rollback):
        log.check_end(5)
    log.check_end(6)


def with_release(cards: list[ReleasedCard], party: int = SERVICE_PARTY) -> tuple[ThreadChain, LogEvent]:
    """A log whose seventh event releases these cards."""
    log, builder = reader(), LogBuilder()
    for event in TALK.log.events:
        builder.commit((str(event["kind"]), event["party"], event["payload"]))
    builder.commit(("released", party, make_released(cards)))
    released = events(builder)
    log.verify_range(released)
    return log, released[-1]


DOCTORS, VILLAGES = sealed_card(DOCTOR, TALK), sealed_card(VILLAGE, TALK)
BOTH = [
    ReleasedCard(0, DOCTORS.card, DOCTORS.payload, DOCTORS.s_server),
    ReleasedCard(1, VILLAGES.card, VILLAGES.payload, VILLAGES.s_server),
]


def test_a_release_places_each_card_under_its_own_epoch() -> None:
    log, event = with_release(BOTH)
    cards = log.check_release(event)
    assert list(cards) == BOTH
    places = [log.card_place(card) for card in cards]
    assert {place.epoch for place in places} == {0}, "sealed before the rotation"
    assert [place.party for place in places] == [0, 1]


def test_a_card_is_shown_by_one_release_only() -> None:
    log, _ = with_release(BOTH)
    for seq in (7, 7):
        log.take_card(seq, BOTH[0])
    with pytest.raises(Repeated):
        log.take_card(8, BOTH[0])
    with pytest.raises(Repeated, match="of a message"):
        log.take_card(7, BOTH[0]._replace(card=BOTH[1].card))
    log.take_card(8, BOTH[1])


@pytest.mark.parametrize(
    ("cards", "party", "error"),
    [
        (BOTH, 0, BadCard),
        ([BOTH[0]._replace(party=1)], SERVICE_PARTY, WrongHeader),
        ([BOTH[0]._replace(payload=TALK.log.events[1]["payload"])], SERVICE_PARTY, WrongHeader),
    ],
    ids=["by a party", "as the other side's", "a text"],
)
def test_a_bad_release_is_not_shown(cards: list[ReleasedCard], party: int, error: type[E2EEError]) -> None:
    log, event = with_release(cards, party)
    with pytest.raises(error):
        for card in log.check_release(event):
            log.card_place(card)


def test_a_gap_is_found_before_the_stamp() -> None:
    with pytest.raises(Gap):
        reader().verify_range([events(TALK.log)[0]._replace(seq=3, proof=b"")])


def test_unknown_kinds_stand_in_the_chain() -> None:
    builder, log = LogBuilder(), reader()
    builder.commit(("epoch", 0, TALK.openings[0].signed), ("asked", 1, fixed("payload")))
    log.verify_range(events(builder))
    assert log.seq == 2
