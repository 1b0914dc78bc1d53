"""How far a conversation came: by what both sides said in it and this device verified, with the rules of the service.

A third party that may not read how the sides came there takes the stage from the service.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from messaging.domain import progress, relation
from messaging.domain.errors import Conflict
from messaging.domain.progress import Progress, Step
from messaging.domain.relation import TRANSITIONS, Stage
from messaging.domain.vocabulary import THIRD
from pli_client.views import Closed, Item, Message, Reopened, StepTaken


@dataclass(frozen=True, slots=True)
class Relation:
    """The business face of a conversation. Parties: 0 wrote first, 1 was written to."""

    thread: bytes
    party: int
    """One's own; 2: a third party, which declares nothing."""
    stage: Stage
    proposed_meeting: int | None
    """The party whose proposal to meet has no answer yet."""
    proposed_offer: int | None
    """The party whose offer has no answer yet."""
    installed: frozenset[int]
    """The parties that say that the project has settled there: one declares, the other confirms."""
    meetings: int
    visits: int
    """As many as the side says that says more: both may tell of one."""
    closed: Closed | None
    """Who closed it, and why if it was told; None while it is open."""
    silent: int | None
    """The party whose answer is waited for; None: nobody wrote, it is closed, or the project has settled."""
    since: int
    """When the message was written that waits, ms; 0 where none does."""
    seen: bool | None
    """Whether the peer saw one's own message that waits; None where none does."""


@dataclass(slots=True)
class _Course:
    """What was said so far."""

    stage: Stage
    before: Stage = Stage.SOLICITED
    humans: int = 0
    progress: Progress = field(default_factory=Progress)
    wrote: list[Message | None] = field(default_factory=lambda: [None, None])
    met: list[int] = field(default_factory=lambda: [0, 0])
    visited: list[int] = field(default_factory=lambda: [0, 0])
    closed: Closed | None = None

    def take(self, item: Item) -> None:
        """What does not fit was refused by the service; one that let it pass moves nothing here either."""
        match item:
            case Message(party=party) if party < THIRD:
                self.stage, self.humans = relation.after_human_message(self.stage, self.humans, party)
                self.wrote[party] = item
            case StepTaken(step=Step() as step, party=party) if party < THIRD:
                try:
                    self.progress, self.stage = progress.take(self.progress, self.stage, step, party)
                except Conflict:
                    return
                self.met[party] += step is Step.MEETING_HELD
                self.visited[party] += step is Step.VISITED
            case Closed() if self.closed is None:
                self.before, self.stage, self.closed = self.stage, Stage.CLOSED, item
            case Reopened() if self.closed is not None:
                self.stage, self.closed = relation.reopened(self.before, self.humans), None


def relation_of(items: Sequence[Item], *, thread: bytes, party: int, stage: Stage, peer_read_seq: int) -> Relation:
    """`stage`: the service's word; `peer_read_seq`: up to where the peer says to have read."""
    course = _Course(Stage.SOLICITED)
    for item in items:
        course.take(item)
    if party == THIRD and course.stage is not Stage.CLOSED and stage in TRANSITIONS[course.stage]:
        course.stage = stage
    waits = None if course.stage in (Stage.CLOSED, Stage.INSTALLED) else _last(course.wrote)
    return Relation(
        thread=thread,
        party=party,
        stage=course.stage,
        proposed_meeting=course.progress.meeting,
        proposed_offer=course.progress.offer,
        installed=frozenset(side for side in (0, 1) if course.progress.installed >> side & 1),
        meetings=max(course.met),
        visits=max(course.visited),
        closed=course.closed,
        silent=None if waits is None else 1 - waits.party,
        since=0 if waits is None else waits.at,
        seen=peer_read_seq >= waits.seq if waits is not None and waits.own else None,
    )


def _last(wrote: Sequence[Message | None]) -> Message | None:
    return max((message for message in wrote if message is not None), key=lambda each: each.seq, default=None)


def board_order(relation: Relation) -> tuple[int, bool, int]:
    """By stage; what waits stands before what does not, the longest first."""
    return list(Stage).index(relation.stage), relation.since == 0, relation.since
