"""The board: how far each conversation came, by stage, and what waits in it."""

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from messaging.chat import rendering
from messaging.chat.catalogue import Texts
from messaging.chat.shown import day
from messaging.domain.vocabulary import THIRD
from pli_client import Relation

if TYPE_CHECKING:
    from messaging.chat.visit import Visit


async def show(visit: "Visit", _: str) -> None:
    """Conversations have here the numbers that they are opened by."""
    say, console = visit.say, visit.console
    relations = await visit.client.board()
    if not relations:
        console.show(say("no_board"))
    for stage, reached in groupby(relations, key=lambda relation: relation.stage):
        console.show(say(f"stage_{stage}"))
        for relation in reached:
            peer = rendering.peer(visit.client.thread(relation.thread), say)
            told = ", ".join(facts(relation, say))
            console.show(say("board_line", number=visit.number_of(relation.thread), peer=peer, facts=told))


def facts(relation: Relation, say: Texts) -> Iterator[str]:
    """What waits, then what was held, proposed and declared."""
    yield _wait(relation, say)
    for name, count in (("board_meetings", relation.meetings), ("board_visits", relation.visits)):
        if count:
            yield say(name, count=count)
    for name, proposed in (("meeting", relation.proposed_meeting), ("offer", relation.proposed_offer)):
        if proposed is not None:
            yield say(f"proposed_{name}")
    if relation.installed:
        yield say("installed_by_one" if len(relation.installed) == 1 else "installed_by_both")


def _wait(relation: Relation, say: Texts) -> str:
    if relation.silent is None:
        return say("waits_nothing")
    if relation.party == THIRD:
        return say("waits_other", day=day(relation.since))
    if relation.silent == relation.party:
        return say("waits_own", day=day(relation.since))
    return say("waits_seen" if relation.seen else "waits_unseen", day=day(relation.since))
