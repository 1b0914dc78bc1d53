"""What a removed seat can still read, if it also steals ciphertext: all up to its side's next rotation, nothing after.

The removed seat holds S_g, every epoch's key until then, all wraps and all payloads that the service ever stored.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from messaging.e2ee import chain, content, epoch, mailbox, message, pseudonym
from messaging.e2ee.epoch import INITIATOR, RECIPIENT, EpochRecord, Opening
from messaging.e2ee.errors import BadSeal, BadSeed, E2EEError
from messaging.e2ee.message import Place
from messaging.e2ee.pseudonym import Pseudonym, prekey_slot, thread_slot
from messaging.e2ee.suite import KemKey

SERVICE, THREAD, TARGET, TOWN = (bytes([n]) * 16 for n in range(1, 5))
HEAD_0 = chain.head0(SERVICE, THREAD)


@dataclass(frozen=True)
class Stolen:
    """One epoch as the service stores it, with a message of each side under it."""

    record: EpochRecord
    wraps: tuple[bytes, bytes]
    payloads: tuple[bytes, bytes]


def said(opening: Opening, authors: tuple[Pseudonym, Pseudonym]) -> tuple[bytes, bytes]:
    def one(party: int) -> bytes:
        header = message.header("text", THREAD, opening.record.n, opening.record.hash, party, os.urandom(16))
        return message.seal_message(
            header,
            content.encode_text(f"epoch {opening.record.n}, party {party}"),
            epoch_secret=opening.epoch_secret,
            signing=authors[party].sign,
            seen_seq=0,
            seen_head=HEAD_0,
            tag=lambda header, salt: bytes(84),
            entropy=os.urandom,
        )

    return one(INITIATOR), one(RECIPIENT)


@dataclass(frozen=True)
class Story:
    """Three epochs: the opening; one that the doctor renewed after the removal; one that the town hall renewed."""

    old_seed: bytes
    new_seed: bytes
    stolen: tuple[Stolen, Stolen, Stolen]


@pytest.fixture(scope="module")
def story() -> Story:
    old_seed, new_seed, doctor_seed = (os.urandom(32) for _ in range(3))
    doctor = pseudonym.derive(doctor_seed, thread_slot(THREAD, 0))
    town = pseudonym.derive(old_seed, prekey_slot(TARGET, 7))
    first = epoch.make_first(thread=THREAD, head_0=HEAD_0, initiator=doctor, recipient=town.public, entropy=os.urandom)
    doctor_1 = pseudonym.derive(doctor_seed, thread_slot(THREAD, 1))
    second = epoch.make_rotation(
        first.record, party=INITIATOR, old=doctor, new=doctor_1, thread_head=HEAD_0, entropy=os.urandom
    )
    town_2 = pseudonym.derive(new_seed, thread_slot(THREAD, 2))
    third = epoch.make_rotation(
        second.record, party=RECIPIENT, old=town, new=town_2, thread_head=HEAD_0, entropy=os.urandom
    )
    parties = ((doctor, town), (doctor_1, town), (doctor_1, town_2))
    stolen = tuple(
        Stolen(made.record, made.wraps, said(made, pair))
        for made, pair in zip((first, second, third), parties, strict=True)
    )
    return Story(old_seed, new_seed, (stolen[0], stolen[1], stolen[2]))


def slots() -> Sequence[bytes]:
    """Every slot that can matter here."""
    return [prekey_slot(TARGET, 7), *(thread_slot(THREAD, n) for n in range(4))]


def secrets(seed: bytes, stolen: Stolen) -> list[bytes]:
    """Whatever a holder of the seed can open of an epoch's wraps, as either party."""
    found: list[bytes] = []
    for slot in slots():
        for party in (INITIATOR, RECIPIENT):
            try:
                found.append(epoch.open_epoch(stolen.record, stolen.wraps, party, pseudonym.derive(seed, slot).kem))
            except E2EEError:
                continue
    return found


def read(secret: bytes, stolen: Stolen, party: int) -> bytes:
    place = Place(THREAD, stolen.record.n, stolen.record.hash, party)
    return message.open_message(stolen.payloads[party], secret, stolen.record.parties[party].sign, place).content


def test_before_its_sides_rotation_a_removed_seat_reads_on_also_after_the_peers(story: Story) -> None:
    """Why the removing side rotates: the other side's rotation wraps to the old pseudonym again."""
    for stolen in story.stolen[:2]:
        (secret,) = secrets(story.old_seed, stolen)
        for party in (INITIATOR, RECIPIENT):
            assert read(secret, stolen, party)


def test_after_its_sides_rotation_it_opens_nothing(story: Story) -> None:
    after = story.stolen[2]
    assert secrets(story.old_seed, after) == []
    for before in story.stolen[:2]:
        (known,) = secrets(story.old_seed, before)
        for party in (INITIATOR, RECIPIENT):
            with pytest.raises(BadSeal):
                read(known, after, party)


def test_those_who_stay_read_all_of_it(story: Story) -> None:
    (secret,) = secrets(story.new_seed, story.stolen[2])
    assert read(secret, story.stolen[2], INITIATOR) == content.encode_text("epoch 2, party 0")
    prev = mailbox.seal_prev(story.new_seed, story.old_seed, TOWN, 1)
    old = mailbox.open_prev(story.new_seed, prev, TOWN, 1, mailbox.seed_check(story.old_seed, TOWN, 0))
    assert len(secrets(old, story.stolen[0])) == 1


def test_the_old_seed_does_not_lead_to_the_new_one(story: Story) -> None:
    prev = mailbox.seal_prev(story.new_seed, story.old_seed, TOWN, 1)
    with pytest.raises(E2EEError):
        mailbox.open_prev(story.old_seed, prev, TOWN, 1, mailbox.seed_check(story.new_seed, TOWN, 0))
    wrap = mailbox.wrap_seed(story.new_seed, KemKey(b"\x05" * 32).public, TOWN, 1, b"s" * 16, b"h" * 32)
    sc = mailbox.seed_check(story.new_seed, TOWN, 1)
    with pytest.raises(BadSeal):
        mailbox.open_seed(KemKey(b"\x06" * 32), wrap, TOWN, 1, b"s" * 16, b"h" * 32, sc)
    with pytest.raises(BadSeed):
        mailbox.open_seed(KemKey(b"\x05" * 32), wrap, TOWN, 1, b"s" * 16, b"h" * 32, bytes(32))
