"""Whose a relation is, where both sides are of one kind: of the one that wrote first, as the contact is."""

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from messaging.domain.ids import MailboxId, TargetId
from messaging.domain.vocabulary import MailboxKind
from messaging.ports import MailboxRow, TargetRow
from messaging.relations import facts
from messaging.services import threads
from messaging.wire.rest import Dimensions

KEY = b"k" * 32
TALK: Any = SimpleNamespace(subject=b"s" * 16, relation_n=0)
SERVICE: Any = SimpleNamespace(reporting_key=KEY)


def mailbox(letter: bytes, kind: MailboxKind) -> MailboxRow:
    place = Dimensions(departement=letter.decode() * 2, project_type=letter.decode())
    return MailboxRow(MailboxId(letter * 16), kind, place, founded=True, desk_seq=0)


def told(initiator: MailboxRow, recipient: MailboxRow) -> dict[str, Any]:
    target = TargetRow(TargetId(b"t" * 16), recipient.mailbox, None)
    row = threads._solicited(TALK, initiator, recipient, target, 1, SERVICE)
    found: dict[str, Any] = msgspec.json.decode(row.data)
    return found


def ref(box: MailboxRow) -> str:
    return facts.report_ref(KEY, box.kind, box.mailbox).hex()


@pytest.mark.parametrize("kind", [MailboxKind.PROJECT, MailboxKind.TERRITORY])
def test_between_two_of_one_kind_it_is_the_initiators(kind: MailboxKind) -> None:
    first, second = mailbox(b"a", kind), mailbox(b"b", kind)
    data = told(first, second)
    named, other = ("project_ref", "territory_ref")[:: 1 if kind is MailboxKind.PROJECT else -1]
    assert (data["origin_side"], data[named]) == (kind, ref(first))
    assert other not in data
    assert (data["departement"], data["project_type"]) == (("aa", "") if kind is MailboxKind.TERRITORY else ("", "a"))


def test_between_a_project_and_a_territory_both_are_named() -> None:
    village, project = mailbox(b"v", MailboxKind.TERRITORY), mailbox(b"p", MailboxKind.PROJECT)
    for data in (told(village, project), told(project, village)):
        assert (data["territory_ref"], data["project_ref"]) == (ref(village), ref(project))
        assert (data["departement"], data["project_type"]) == ("vv", "p")
