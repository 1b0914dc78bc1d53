"""Vectors of SPEC.md section 9.6: which releases are an exchange, and show their cards."""

from functools import partial
from typing import Any

from messaging.e2ee import card, message
from messaging.e2ee.card import SealedCard
from messaging.e2ee.release import ReleasedCard, make_released
from tests.e2ee.making.group import Group
from tests.e2ee.making.group_card import sealed_card
from tests.e2ee.making.stream import Stream, fixed
from tests.e2ee.making.world import (
    DOCTOR,
    SERVICE,
    STAMP_KEY,
    THREAD,
    VILLAGE,
    Conversation,
    LogBuilder,
    conversation,
    tag,
)

Release = tuple[ReleasedCard, ...]
"""The cards of one event."""


def exchanges() -> Group:
    group = Group("exchange", "Released cards: those of both sides, or none", "9.6")
    talk = conversation()
    mine, yours = _item(0, sealed_card(DOCTOR, talk)), _item(1, sealed_card(VILLAGE, talk, label="village"))
    later = _item(0, sealed_card(DOCTOR, talk, label="later"))
    unbound = _item(1, sealed_card(VILLAGE, talk, label="unbound", record_0=fixed("another R_0")))
    renewed = _item(1, _under_epoch_1(talk))
    shareless = yours._replace(s_server=fixed("no share"))
    group.share(doctors=mine.payload, villages=yours.payload, later=later.payload, renewed=renewed.payload)
    group.share(**{f"payload_{event['seq']}": event["payload"] for event in talk.log.events})
    cases: dict[str, list[Release]] = {
        "both sides": [(mine, yours)],
        "the initiator's alone": [(mine,)],
        "the recipient's alone": [(yours,)],
        "a share withheld": [(mine, shareless)],
        "a card in the other's name": [(mine, yours._replace(party=0))],
        "a later card alone": [(mine, yours), (later,)],
        "one side, then the other": [(mine,), (yours,)],
        "one side, then both": [(mine,), (mine, yours)],
        "both sides twice": [(mine, yours), (mine, yours)],
        "a binding that does not verify": [(mine, unbound)],
        "under two epochs": [(mine, renewed)],
    }
    for name, releases in cases.items():
        group.accept(name, "show_exchange", **_given(talk, releases))
    closed = [b"", talk.secrets[1]]
    group.accept("a key that is no longer kept", "show_exchange", **_given(talk, [(mine, renewed)], secrets=closed))
    group.accept("no key is kept", "show_exchange", **_given(talk, [(mine, renewed)], secrets=[b"", b""]))
    group.reject("a release by a party", "BadCard", "show_exchange", **_given(talk, [(mine, yours)], party=0))
    return group


def _item(party: int, sealed: SealedCard) -> ReleasedCard:
    return ReleasedCard(party, sealed.card, sealed.payload, sealed.s_server)


def _under_epoch_1(talk: Conversation) -> SealedCard:
    """The village's card, under the keys that it renewed."""
    opening = talk.openings[1]
    return card.seal_card(
        message.header("card", THREAD, 1, opening.record.hash, 1, fixed("message renewed", 16)),
        {"name": "Jeanne Riou"},
        record_0=talk.openings[0].record.hash,
        identity=VILLAGE.identity.sign,
        attestation="",
        epoch_secret=opening.epoch_secret,
        signing=VILLAGE.pseudonym(1).sign,
        seen_seq=4,
        seen_head=talk.log.heads[4],
        tag=partial(tag, VILLAGE),
        entropy=Stream("card renewed"),
    )


def _given(
    talk: Conversation, releases: list[Release], *, secrets: list[bytes] | None = None, party: int = 255
) -> dict[str, Any]:
    """The whole conversation, then these releases."""
    log = LogBuilder()
    for event in talk.log.events:
        log.commit((str(event["kind"]), event["party"], event["payload"]))
    for cards in releases:
        log.commit(("released", party, make_released(sorted(cards, key=lambda item: (item.party, item.card)))))
    return {
        "service": SERVICE, "thread": THREAD, "stamp_public": STAMP_KEY.public,
        "epoch_secrets": talk.secrets if secrets is None else secrets, "ranges": [log.events],
    }  # fmt: skip
