"""What the board of `pli chat` tells of a conversation, in one line."""

import time
from dataclasses import replace

import pytest

from messaging.chat.board import facts
from messaging.chat.catalogue import Language, Texts
from messaging.domain.relation import Stage
from pli_client import Relation

SINCE = 1_767_000_000_000
DAY = time.strftime("%d/%m/%Y", time.localtime(SINCE / 1_000))
SAY = Texts(Language.FRENCH)
NEW = Relation(
    thread=b"t" * 16,
    party=0,
    stage=Stage.ENGAGED,
    proposed_meeting=None,
    proposed_offer=None,
    installed=frozenset(),
    meetings=0,
    visits=0,
    closed=None,
    silent=None,
    since=0,
    seen=None,
)


@pytest.mark.parametrize(
    ("relation", "told"),
    [
        (NEW, ["rien n’attend"]),
        (replace(NEW, silent=0, since=SINCE), [f"à vous de répondre depuis le {DAY}"]),
        (replace(NEW, silent=1, since=SINCE, seen=True), [f"vu, sans réponse depuis le {DAY}"]),
        (replace(NEW, silent=1, since=SINCE, seen=False), [f"pas encore vu, écrit le {DAY}"]),
        (replace(NEW, party=2, silent=1, since=SINCE), [f"une réponse est attendue depuis le {DAY}"]),
        (
            replace(NEW, meetings=2, visits=1, proposed_meeting=0, proposed_offer=1),
            [
                *("rien n’attend", "rencontres\u00a0: 2", "visites\u00a0: 1"),
                *("rencontre proposée, sans réponse", "offre faite, sans réponse"),
            ],
        ),
        (replace(NEW, installed=frozenset((1,))), ["rien n’attend", "installation déclarée par un côté"]),
        (replace(NEW, installed=frozenset((0, 1))), ["rien n’attend", "installation confirmée des deux côtés"]),
    ],
)
def test_what_waits_comes_first_and_then_what_was_held_and_declared(relation: Relation, told: list[str]) -> None:
    assert list(facts(relation, SAY)) == told
