"""How far a conversation came, as the SDK has it: by the rules of the service.

`relations.json` is for the browser's, which is held to the same (`clients/web/src/core/course.test.ts`).
"""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from messaging.domain import progress, relation
from messaging.domain.errors import Conflict
from messaging.domain.progress import Progress, Step
from messaging.domain.relation import Stage
from messaging.domain.vocabulary import ClosingReason
from messaging.e2ee.content import Text
from pli_client.relating import Relation, board_order, relation_of
from pli_client.views import Closed, Item, Message, Reopened, StepTaken

CASES = Path(__file__).with_name("relations.json")
T = b"t" * 16
HELLO, CLOSED, REOPENED = "hello", "closed", "reopened"


def course(random: Random) -> list[str]:
    """What two sides say that the service takes."""
    said, stage, before, humans, now = ["0 hello"], Stage.SOLICITED, Stage.SOLICITED, 1, Progress()
    for _ in range(random.randrange(25)):
        party, word = random.randrange(2), random.choice([HELLO, HELLO, CLOSED, REOPENED, *Step])
        try:
            if word == HELLO:
                stage, humans = relation.after_human_message(stage, humans, party)
            elif word == CLOSED:
                before, stage = stage, relation.move(stage, Stage.CLOSED)
            elif word == REOPENED:
                stage = relation.reopened(before, humans) if stage is Stage.CLOSED else relation.move(stage, stage)
            else:
                now, stage = progress.take(now, stage, Step(word), party)
        except Conflict:
            continue
        said.append(f"{party} {word}")
    return said


def items(said: list[str], reader: int) -> list[Item]:
    shown: list[Item] = []
    for index, each in enumerate(said):
        party, word = int(each[0]), each[2:]
        seq, at, own, msg_id = index + 2, index + 1, party == reader, index.to_bytes(16, "big")
        match word:
            case "hello":
                shown.append(Message(T, seq, at, party, own, msg_id, "text", Text("…"), None))
            case "closed":
                shown.append(Closed(T, seq, at, party, own, msg_id, ClosingReason.HOUSING))
            case "reopened":
                shown.append(Reopened(T, seq, at, party, own, msg_id))
            case _:
                shown.append(StepTaken(T, seq, at, party, own, msg_id, Step(word)))
    return shown


def found(said: list[str], reader: int = 0, *, stage: Stage = Stage.SOLICITED, read: int = 0) -> Relation:
    return relation_of(items(said, reader), thread=T, party=reader, stage=stage, peer_read_seq=read)


def told(said: list[str]) -> dict[str, Any]:
    """One case of the file."""
    it = found(said)
    return {
        "said": said,
        "stage": it.stage.value,
        "meeting": it.proposed_meeting,
        "offer": it.proposed_offer,
        "installed": sorted(it.installed),
        "meetings": it.meetings,
        "visits": it.visits,
        "closed": None if it.closed is None else it.closed.party,
    }


def made() -> list[dict[str, Any]]:
    random = Random(0)
    return [told(course(random)) for _ in range(60)]


def test_the_file_holds_what_the_rules_say() -> None:
    assert json.loads(CASES.read_text(encoding="utf-8")) == made()
    assert {case["stage"] for case in made()} == {stage.value for stage in Stage}


def test_what_does_not_fit_moves_nothing() -> None:
    """As from a service that lets it pass."""
    it = found(["0 hello", "1 hello", "0 meeting_proposed", "0 meeting_confirmed", "1 offer_accepted", "0 reopened"])
    assert (it.stage, it.proposed_meeting, it.proposed_offer) == (Stage.ENGAGED, 0, None)
    closed = found(["0 hello", "0 closed", "1 visited", "1 closed"])
    assert (closed.stage, closed.visits) == (Stage.CLOSED, 0)
    assert closed.closed is not None
    assert closed.closed.own


def test_who_waits_for_whom_and_whether_it_was_seen() -> None:
    said = ["0 hello", "1 hello", "1 hello"]
    assert (found(said).silent, found(said).since, found(said).seen) == (0, 3, None)
    theirs = found(said, 1, read=3)
    assert (theirs.silent, theirs.seen) == (0, False)
    assert found(said, 1, read=4).seen is True
    assert found([*said, "0 closed"], 1).silent is None


@pytest.mark.parametrize("stage", [Stage.VISITED, Stage.INSTALLED])
def test_a_third_party_takes_the_stage_from_the_service(stage: Stage) -> None:
    assert found(["0 hello", "1 hello"], 2, stage=stage).stage is stage
    assert found(["0 hello", "1 hello"], 1, stage=stage).stage is Stage.ENGAGED
    assert found(["0 visited", "0 closed"], 2, stage=Stage.SOLICITED).stage is Stage.CLOSED


def test_the_board_is_by_stage_and_has_first_what_waits_longest() -> None:
    waits, later = found(["0 hello", "1 hello"]), found(["0 hello", "0 hello", "1 hello"])
    rest = found(["0 hello", "1 hello", "0 installed", "1 installed"])
    assert sorted([rest, later, waits], key=board_order) == [waits, later, rest]
