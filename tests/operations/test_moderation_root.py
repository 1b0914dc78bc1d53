"""The moderation root's file, and what it certifies: never a roster that does not continue the one that it knows."""

import os
from pathlib import Path

import msgspec
import pytest

from messaging.e2ee import roster
from messaging.e2ee.mailbox import identity, seed_check
from messaging.e2ee.moderation_key import open_certificate
from messaging.operations import OperationFailed
from messaging.operations.moderation_root import (
    Root,
    RosterFile,
    certified,
    keep_root,
    make_root,
    read_root,
)
from tests.e2ee.making.group_mailbox import AGENT, MAYOR, village_roster
from tests.e2ee.making.stream import Stream, fixed
from tests.e2ee.making.world import VILLAGE

NOW = 1_790_000_000_000
DAY_MS = 86_400_000
BEFORE = RosterFile(VILLAGE.mailbox.hex(), village_roster())


def after_a_removal() -> RosterFile:
    """The same mailbox, once the agent left."""
    state = roster.replay(BEFORE.records, VILLAGE.mailbox)
    key = MAYOR.keys.sign
    removed = roster.make_remove(state, seat=AGENT.seat, signer=MAYOR.seat, signer_key=key)
    seed = fixed("seed after the removal")
    rotated = roster.make_rotate(
        roster.apply(state, removed),
        identity=identity(seed, VILLAGE.mailbox, 1),
        sc=seed_check(seed, VILLAGE.mailbox, 1),
        signer=MAYOR.seat,
        signer_key=key,
    )
    return RosterFile(BEFORE.mailbox, [*BEFORE.records, removed, rotated])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "root.json"


def test_a_root_is_made_once_and_read_by_its_owner_alone(file: Path) -> None:
    made = make_root(file, os.urandom)
    assert file.stat().st_mode & 0o777 == 0o600
    assert read_root(file) == made
    with pytest.raises(OperationFailed, match="is made once"):
        make_root(file, os.urandom)
    file.chmod(0o640)
    with pytest.raises(OperationFailed, match="chmod 600"):
        read_root(file)
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("content", ["", "{}", '{"seed": "AAAA", "format": "pli-moderation-root/1"}', "\0"])
def test_a_file_that_is_no_root_is_refused(file: Path, content: str) -> None:
    file.write_text(content)
    file.chmod(0o600)
    with pytest.raises(OperationFailed, match="is no moderation root"):
        read_root(file)
    with pytest.raises(OperationFailed, match="cannot be read"):
        read_root(file.with_name("missing"))


def test_each_generation_is_certified_and_the_file_remembers_it(file: Path) -> None:
    root = make_root(file, Stream("root"))
    first = certified(root, BEFORE, NOW, 90)
    keep_root(file, first.root)
    second = certified(read_root(file), after_a_removal(), NOW + DAY_MS, 30)
    keep_root(file, second.root)

    assert [each.g for each in read_root(file).issued] == [0, 1]
    assert second.key.not_after == NOW + 31 * DAY_MS
    assert AGENT.seat not in second.state.seats
    public = root.key.public
    opened = open_certificate(second.certificate, public, now=NOW + DAY_MS, seen=first.key.checkpoint)
    assert opened == second.key
    assert opened.kem == second.state.identity_kem


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (BEFORE, "does not hold"),
        (RosterFile("00" * 16, BEFORE.records), "another mailbox"),
        (RosterFile(BEFORE.mailbox, [*after_a_removal().records[:-1]]), "does not hold"),
        (RosterFile(BEFORE.mailbox, after_a_removal().records[::-1]), "does not hold"),
        (RosterFile(BEFORE.mailbox, []), "does not hold"),
    ],
    ids=["the removal left out", "another mailbox", "the rotation left out", "reordered", "empty"],
)
def test_a_roster_that_does_not_continue_the_known_one_is_not_certified(document: RosterFile, says: str) -> None:
    known = certified(Root(fixed("root")), after_a_removal(), NOW, 90).root
    with pytest.raises(OperationFailed, match=says):
        certified(known, document, NOW, 90)


def test_a_certificate_that_readers_would_refuse_is_not_made() -> None:
    with pytest.raises(OperationFailed, match="400 days"):
        certified(Root(fixed("root")), BEFORE, NOW, 401)


def test_the_file_holds_its_version() -> None:
    assert msgspec.json.decode(msgspec.json.encode(Root(fixed("root"))))["format"] == "pli-moderation-root/1"
