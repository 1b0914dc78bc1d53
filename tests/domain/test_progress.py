"""Every step in every state: what it leads to, or that it is refused."""

from itertools import product

import pytest

from messaging.domain.errors import Conflict
from messaging.domain.progress import Progress, Step, take
from messaging.domain.relation import Stage

OPEN = [stage for stage in Stage if stage is not Stage.CLOSED]
ORDER = list(Stage)
REACHES = {
    Step.MEETING_CONFIRMED: Stage.MEETING_PLANNED,
    Step.VISITED: Stage.VISITED,
    Step.OFFER_ACCEPTED: Stage.AGREED,
    Step.INSTALLED: Stage.INSTALLED,
}
STATES = [Progress(m, o, i) for m, o, i in product((None, 0, 1), (None, 0, 1), range(4))]


def allowed(progress: Progress, step: Step, party: int) -> bool:
    """Written out once more, from PROTOCOL.md section 4.9."""
    other = 1 - party
    if step is Step.MEETING_CONFIRMED:
        return progress.meeting == other
    if step in (Step.OFFER_ACCEPTED, Step.OFFER_DECLINED):
        return progress.offer == other
    if step is Step.INSTALLED:
        return not progress.installed & (1 << party)
    return True


@pytest.mark.parametrize("step", Step)
@pytest.mark.parametrize("party", [0, 1])
def test_every_state(step: Step, party: int) -> None:
    for progress, stage in product(STATES, OPEN):
        if not allowed(progress, step, party):
            with pytest.raises(Conflict):
                take(progress, stage, step, party)
            continue
        after, reached = take(progress, stage, step, party)
        assert ORDER.index(reached) >= ORDER.index(stage), "never back"
        both = step is not Step.INSTALLED or after.installed == 0b11
        wanted = REACHES.get(step) if both else None
        assert reached == (stage if wanted is None else max(stage, wanted, key=ORDER.index))
        assert after.meeting == {Step.MEETING_PROPOSED: party, Step.MEETING_CONFIRMED: None}.get(step, progress.meeting)
        answered = {Step.OFFER_PROPOSED: party, Step.OFFER_ACCEPTED: None, Step.OFFER_DECLINED: None}
        assert after.offer == answered.get(step, progress.offer)
        assert after.installed == progress.installed | (1 << party if step is Step.INSTALLED else 0)


@pytest.mark.parametrize("step", Step)
def test_nothing_in_a_closed_relation(step: Step) -> None:
    for progress, party in product(STATES, (0, 1)):
        with pytest.raises(Conflict, match="closed"):
            take(progress, Stage.CLOSED, step, party)
