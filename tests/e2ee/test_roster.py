"""Words, records and pins of rosters, and how a seed reaches the seats."""

import hashlib
import os
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from messaging.e2ee import generations, mailbox, roster
from messaging.e2ee.encoding import frame
from messaging.e2ee.errors import BadRoster, BadSeed
from tests.e2ee.making.group_mailbox import AGENT, MAYOR, STRANGER, village_roster
from tests.e2ee.making.stream import fixed
from tests.e2ee.making.world import VILLAGE

BOX = VILLAGE.mailbox
WORDS_FILE = Path(roster.__file__).parent / "words" / "french.txt"


def test_the_word_list_is_frozen() -> None:
    raw = WORDS_FILE.read_bytes()
    assert hashlib.sha256(raw).hexdigest() == "431c1d074225d2b7e82db857d7c3ea58051df546e7c8b74c1f6dcab36351fd56"
    words = raw.decode("utf-8").splitlines()
    assert len(words) == len(set(words)) == 2048
    assert all(word == unicodedata.normalize("NFC", word) == word.strip() and word for word in words)
    assert tuple(words) == roster.word_list()


def test_the_specification_names_the_word_list() -> None:
    spec = (WORDS_FILE.parent.parent / "SPEC.md").read_text(encoding="utf-8")
    assert hashlib.sha256(WORDS_FILE.read_bytes()).hexdigest() in spec


def first_132_bits(hashed: bytes) -> tuple[str, ...]:
    bits = "".join(f"{byte:08b}" for byte in hashed)
    return tuple(roster.word_list()[int(bits[at : at + 11], 2)] for at in range(0, 132, 11))


def test_the_words_of_an_admission_are_twelve() -> None:
    head, sign, kem = fixed("head"), AGENT.keys.sign.public, AGENT.keys.kem.public
    expected = first_132_bits(hashlib.sha256(frame("pli1/words", BOX, head, sign, kem)).digest())
    assert roster.words(BOX, head, sign, kem) == expected
    assert len(expected) == 12
    assert roster.words(BOX, fixed("other head"), sign, kem) != expected


def test_the_words_of_a_record_are_twelve_others() -> None:
    expected = first_132_bits(hashlib.sha256(frame("pli1/thread-words", fixed("R_n"))).digest())
    assert roster.record_words(fixed("R_n")) == expected
    assert roster.record_words(fixed("another R_n")) != expected


def test_a_refused_record_changes_nothing() -> None:
    records = village_roster()
    state = roster.replay(records, BOX)
    with pytest.raises(BadRoster):
        roster.apply(state, records[1])
    assert state == roster.replay(records, BOX)
    with pytest.raises(TypeError):
        state.seats[STRANGER.seat] = state.seats[MAYOR.seat]  # type: ignore[index]  # the mapping must refuse it


def test_of_a_roster_that_is_replayed_one_state_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """One for each record took the square of their number: seconds, for a few thousand."""
    made: list[int] = []
    whole = roster.RosterState

    def counted(*parts: Any) -> roster.RosterState:
        made.append(len(parts[1]))
        return whole(*parts)

    monkeypatch.setattr(roster, "RosterState", counted)
    records = village_roster()
    made.clear()
    roster.replay(records, BOX)
    assert made == [len(records)]


def test_a_roster_replayed_at_once_is_the_one_applied_record_by_record() -> None:
    mayor = MAYOR.keys.sign
    records = village_roster()
    state = roster.replay(records, BOX)

    def add(signed: bytes) -> roster.RosterState:
        records.append(signed)
        return roster.apply(state, signed)

    seed = os.urandom(32)
    for leaver in (None, AGENT.seat, None):
        if leaver is not None:
            state = add(roster.make_remove(state, seat=leaver, signer=MAYOR.seat, signer_key=mayor))
        made = generations.next_generation(state, seed, os.urandom)
        seed = made.seed
        rotate = roster.make_rotate(state, identity=made.identity, sc=made.sc, signer=MAYOR.seat, signer_key=mayor)
        state = add(rotate)
        assert state == roster.replay(records, BOX)
    assert (state.g, state.index, sorted(state.ended)) == (3, 6, [AGENT.seat])
    assert [state.generation_at(head) for head in state.heads] == [0, 0, 0, 1, 1, 2, 3]
    assert [state.was_seated(AGENT.seat, head) for head in state.heads] == [
        False,
        False,
        True,
        True,
        False,
        False,
        False,
    ]


def test_the_state_names_what_seated_each_seat() -> None:
    state = roster.replay(village_roster(), BOX)
    assert state.heads[-1] == state.head
    assert state.heads[0] == state.root
    assert state.seats[MAYOR.seat].record_hash == state.heads[1]
    assert state.seats[AGENT.seat].shown_head == state.heads[1]
    assert [state.seats[seat].admin for seat in (VILLAGE.seat, MAYOR.seat, AGENT.seat)] == [True, True, False]


def test_a_pin_at_any_index_holds() -> None:
    state = roster.replay(village_roster(), BOX)
    for index, head in enumerate(state.heads):
        roster.check_pin(state, index, head)
        with pytest.raises(BadRoster):
            roster.check_pin(state, index, fixed("other"))
    with pytest.raises(BadRoster):
        roster.check_pin(state, 3, state.head)


def test_a_seed_reaches_a_new_seat_with_all_of_the_history() -> None:
    state = roster.replay(village_roster(), BOX)
    record_hash = state.seats[MAYOR.seat].record_hash
    wrap = mailbox.wrap_seed(VILLAGE.seed, MAYOR.keys.kem.public, BOX, 0, MAYOR.seat, record_hash)
    seed = mailbox.open_seed(MAYOR.keys.kem, wrap, BOX, 0, MAYOR.seat, record_hash, state.sc)
    assert seed == VILLAGE.seed
    following = mailbox.new_seed(lambda count: fixed("next seed", count))
    prev = mailbox.seal_prev(following, seed, BOX, 1)
    assert len(prev) == 48
    assert mailbox.open_prev(following, prev, BOX, 1, state.sc) == seed
    with pytest.raises(BadSeed):
        mailbox.open_prev(following, prev, BOX, 1, mailbox.seed_check(following, BOX, 1))


def test_two_mailboxes_or_generations_share_no_key() -> None:
    keys = {mailbox.identity(VILLAGE.seed, box, g).sign.public for box in (BOX, fixed("other box", 16)) for g in (0, 1)}
    assert len(keys) == 4
