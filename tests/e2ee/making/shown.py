"""Vectors of SPEC.md sections 6.7 and 9.6: which messages and cards of a log that verifies are shown."""

from typing import Any

from messaging.e2ee.card import SealedCard
from messaging.e2ee.release import ReleasedCard, make_released
from tests.e2ee.making.group import Group
from tests.e2ee.making.group_card import sealed_card
from tests.e2ee.making.stream import flipped
from tests.e2ee.making.world import (
    DOCTOR,
    SERVICE,
    STAMP_KEY,
    THREAD,
    VILLAGE,
    Conversation,
    LogBuilder,
    text_message,
)

Entry = tuple[str, int, bytes]
FIRST_TEXT = "Bonjour, je cherche un cabinet à la campagne."


def shown(group: Group, talk: Conversation) -> None:
    """Each case appends to the first three events of the conversation: an epoch record and a message of each side."""
    start: list[Entry] = [(str(each["kind"]), each["party"], each["payload"]) for each in talk.log.events[:3]]
    mine, yours = sealed_card(DOCTOR, talk), sealed_card(VILLAGE, talk, label="village")
    genuine = _text(talk, "C’est bien moi")
    names = {"of_text": sealed_card(DOCTOR, talk, label="reusing", message_label=FIRST_TEXT)}
    names |= {"again": sealed_card(DOCTOR, talk, label="again", message_label="card")}
    group.share(doctors_card=mine.payload, villages_card=yours.payload)
    for name, events in {
        "an unreadable copy, then the message": [*start, ("message", 0, flipped(genuine)), ("message", 0, genuine)],
        "a message, then the same again": [*start, ("message", 0, genuine), ("message", 0, genuine)],
        "both cards": [*start, _release((0, mine), (1, yours))],
        "a card released twice": [*start, _release((0, mine)), _release((0, mine))],
        "a card under the id of a text": [*start, _release((0, names["of_text"]), (1, yours))],
        "a text under the id of a card": [*start, _release((0, mine)), ("message", 0, _text(talk, "Non", "card"))],
        "two cards under one message id": [*start, _release((0, mine)), _release((0, names["again"]))],
        "one card in the other's name": [*start, _release((0, mine), (0, yours))],
        "cards that saw no less than their release": [*start[:2], _release((0, mine), (1, yours))],
    }.items():
        group.accept(f"shown: {name}", "show_log", **_given(talk, events))


def _text(talk: Conversation, text: str, label: str = "") -> bytes:
    return text_message(talk.openings[0], DOCTOR, text, 3, talk.log.heads[3], label=label)


def _release(*cards: tuple[int, SealedCard]) -> Entry:
    items = [ReleasedCard(party, each.card, each.payload, each.s_server) for party, each in cards]
    return "released", 255, make_released(items)


def _given(talk: Conversation, entries: list[Entry]) -> dict[str, Any]:
    log = LogBuilder()
    for entry in entries:
        log.commit(entry)
    return {
        "service": SERVICE, "thread": THREAD, "stamp_public": STAMP_KEY.public, "epoch_secrets": talk.secrets,
        "ranges": [log.events],
    }  # fmt: skip
