"""Made-up histories of relations of real territories with fictional projects, for tests, demonstrations, benchmarks.

They go through the rules of the domain, as real ones do: what those forbid cannot be simulated. There are seasons,
quick and slow town halls, relations that stall, that close and reopen, abusive ones, couples of whom one consents
later, and projects that settle. Nobody in them exists; the same seed makes the same histories.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Final, Literal

from messaging.domain import consent, progress, relation
from messaging.domain.consent import Card, CardState
from messaging.domain.ids import CardId, SeatId
from messaging.domain.progress import Progress, Step
from messaging.domain.relation import Stage
from messaging.domain.vocabulary import ClosingReason, MailboxKind
from messaging.ports import OutboxRow
from messaging.relations import facts
from messaging.reporting.calendar import DAY_MS
from messaging.territories.tables import Commune, Territories
from messaging.wire.rest import Dimensions

_HOUR_MS: Final = DAY_MS // 24
_SEASON: Final = (13, 11, 11, 9, 8, 7, 4, 3, 10, 10, 8, 6)
"""How many first contacts a month gets, January first, in proportion."""
PROFESSIONS: Final = (
    *(("Santé", 34), ("Commerce et artisanat", 24), ("Restauration", 16), ("Agriculture", 10)),
    *(("Enfance et services", 9), ("Tourisme et culture", 7)),
)
_PLANS: Final = (("essentiel", 70), ("territoire", 25), ("département", 5))
_OUTCOMES: Final[tuple[Literal["none", "warning", "frozen", "blocked"], ...]] = (
    *("none", "warning", "frozen", "blocked"),
)
_REASONS: Final = (
    *((ClosingReason.FILLED, 18), (ClosingReason.NO_ANSWER, 22), (ClosingReason.HOUSING, 12), (ClosingReason.OTHER, 8)),
    *((ClosingReason.PROJECT_ABANDONED, 12), (ClosingReason.SPOUSE_JOB, 9), (ClosingReason.FINANCING, 7)),
    *(
        (ClosingReason.AFTER_VISIT, 5),
        (ClosingReason.NEED_GONE, 3),
        (ClosingReason.SCHOOL, 2),
        (ClosingReason.PREMISES, 2),
    ),
)


def simulate(seed: int, relations: int, first: int, until: int) -> Iterator[list[OutboxRow]]:
    """The events of so many relations, relation by relation, whose first contacts lie in [first, until) (ms). No event
    is of a later time.
    """
    random = Random(seed)
    world = _World(random, relations, first, until)
    for _ in range(relations):
        yield _Life(random, world).told


class _World:
    """Who could talk, and when."""

    def __init__(self, random: Random, relations: int, first: int, until: int) -> None:
        self.first, self.until = first, until
        listed = [commune for commune in Territories.load().communes.values() if commune.tier is not None]
        self.communes = random.sample(listed, min(len(listed), max(60, relations // 6)))
        self.by_region: dict[str, list[Commune]] = {}
        for commune in self.communes:
            self.by_region.setdefault(commune.region, []).append(commune)
        self.regions = list(self.by_region)
        self.projects = max(40, relations // 4)
        starts = range(first, until, DAY_MS)
        self.days = list(starts)
        weights = [_SEASON[datetime.fromtimestamp(day / 1_000, UTC).month - 1] for day in starts]
        self.day_weights = [sum(weights[: i + 1]) for i in range(len(weights))] if len(weights) < 2_000 else None
        self.professions = _cumulated(PROFESSIONS)
        self.plans = _cumulated(_PLANS)
        self.reasons = _cumulated(_REASONS)


def _cumulated(weighted: Sequence[tuple[object, int]]) -> list[int]:
    total, sums = 0, []
    for _, weight in weighted:
        total += weight
        sums.append(total)
    return sums


class _Life:
    """One relation from its first contact on; each method is something that somebody does, if the rules let them."""

    def __init__(self, random: Random, world: _World) -> None:
        self._random = random
        self._world = world
        self._subject = random.randbytes(16)
        self._at = random.choices(world.days, cum_weights=world.day_weights)[0] + random.randrange(7, 22) * _HOUR_MS
        self._at += random.randrange(_HOUR_MS)
        self._stage = Stage.SOLICITED
        self._before = Stage.SOLICITED
        self._humans = 0
        self._progress = Progress()
        self._cards: list[Card] = []
        self.told: list[OutboxRow] = []
        self._live()

    def _live(self) -> None:
        random = self._random
        self._solicit()
        self._write(0)
        abusive = random.random() < 0.012
        if random.random() < 0.36 and not abusive:
            self._stall()
            return
        if not self._pass(random.lognormvariate(1.3, 1.3)):
            return
        self._write(1)
        if abusive:
            self._is_reported()
            return
        for _ in range(min(60, int(random.expovariate(1 / 20)))):
            if not self._pass(random.lognormvariate(-0.4, 1.2)):
                return
            self._write(random.randrange(2))
        if random.random() < 0.55:
            self._consent()
        self._meet()
        if random.random() < 0.45:
            self._close()

    def _solicit(self) -> None:
        random, world = self._random, self._world
        # A project looks for a place for a while, and others come after it.
        begun = (self._at - world.first) / (world.until - world.first)
        number = int(world.projects * (begun + random.random() ** 2 / 20))
        project = Random(number)
        profession = project.choices(PROFESSIONS, cum_weights=world.professions)[0][0]
        region = world.regions[project.randrange(len(world.regions))]
        near = world.by_region[region] if random.random() < 0.6 else world.communes
        commune = near[int(len(near) * random.random() ** 1.5)]
        own = Random(commune.code)
        dimensions = Dimensions(
            profession_group=profession,
            project_type=project.choice(("création", "reprise", "salariat")),
            territory_type="commune",
            population_tier=commune.tier or "",
            departement=commune.departement,
            region=commune.region,
            plan=own.choices(_PLANS, cum_weights=world.plans)[0][0],
            qualified_offer=own.random() < 0.4,
        )
        refs = {"territory_ref": _ref(commune.code), "project_ref": _ref(str(number))}
        origin = MailboxKind.PROJECT if random.random() < 0.7 else MailboxKind.TERRITORY
        self.told.append(facts.solicited(self._subject, 0, self._at, origin=origin, dimensions=dimensions, refs=refs))
        self._couple = project.random() < 0.3

    def _write(self, party: int) -> None:
        before = self._stage
        self._stage, self._humans = relation.after_human_message(before, self._humans, party)
        self._tell(facts.message_accepted(self._subject, len(self.told), self._at, party))
        if self._stage is Stage.ENGAGED and before is Stage.SOLICITED:
            self._tell(facts.engaged(self._subject, len(self.told), self._at))
        self._moved(before)

    def _stall(self) -> None:
        """Nobody answers: somebody writes again, gives up perhaps."""
        if self._random.random() < 0.4 and self._pass(self._random.uniform(5, 30)):
            self._write(0)
        if self._random.random() < 0.3 and self._pass(self._random.uniform(15, 120)):
            self._close(ClosingReason.NO_ANSWER)

    def _is_reported(self) -> None:
        random = self._random
        if not self._pass(random.uniform(0, 3)):
            return
        self._tell(facts.flagged(self._subject, len(self.told), self._at, "recipient"))
        if not self._pass(random.uniform(0.2, 8)):
            return
        outcome = random.choice(_OUTCOMES)
        self._tell(facts.decided(self._subject, len(self.told), self._at, outcome))
        if outcome != "none" and random.random() < 0.25 and self._pass(random.uniform(1, 10)):
            self._tell(facts.appealed(self._subject, len(self.told), self._at, "initiator"))

    def _consent(self) -> None:
        random = self._random
        if random.random() < 0.6 and self._pass(random.expovariate(1 / 2)):
            self._tell(facts.consent_requested(self._subject, len(self.told), self._at, random.randrange(2)))
        first = random.randrange(2)
        people = [first, 1 - first] if random.random() < 0.85 else [first]
        if self._couple:
            people.append(0)
        for party in people:
            if not self._pass(random.lognormvariate(0.3, 1.2)):
                return
            self._give(party)
        if random.random() < 0.03 and self._pass(random.uniform(5, 60)):
            self._tell(facts.consent_withdrawn(self._subject, len(self.told), self._at, first))

    def _give(self, party: int) -> None:
        number = len(self._cards).to_bytes(16, "big")
        consent.check_give(self._cards, party, SeatId(number), 3)
        revealed = any(card.state is CardState.RELEASED for card in self._cards)
        self._cards.append(Card(CardId(number), party, SeatId(number), CardState.WAITING))
        self._tell(facts.consent_given(self._subject, len(self.told), self._at, party))
        released = consent.releasable(self._cards)
        if released:
            self._cards = [Card(c.card, c.party, c.seat, CardState.RELEASED) for c in self._cards]
            if not revealed:
                self._tell(facts.identities_revealed(self._subject, len(self.told), self._at))

    def _meet(self) -> None:
        random = self._random
        party = random.randrange(2)
        if random.random() > 0.5 or not self._step(Step.MEETING_PROPOSED, party, random.expovariate(1 / 4)):
            return
        if random.random() > 0.8 or not self._step(Step.MEETING_CONFIRMED, 1 - party, random.expovariate(1 / 3)):
            return
        held = Step.VISITED if random.random() < 0.7 else Step.MEETING_HELD
        if not self._step(held, random.randrange(2), random.uniform(3, 40)) or random.random() > 0.4:
            return
        if not self._step(Step.OFFER_PROPOSED, 1, random.uniform(1, 30)) or random.random() > 0.75:
            return
        if not self._step(Step.OFFER_ACCEPTED, 0, random.uniform(1, 20)) or random.random() > 0.7:
            return
        if self._step(Step.INSTALLED, 0, random.uniform(20, 200)) and random.random() < 0.7:
            self._step(Step.INSTALLED, 1, random.uniform(1, 60))
        if random.random() < 0.5 and self._pass(random.uniform(1, 30)):
            marks = {"satisfied": random.choice((3, 4, 5)), "recommends": random.choice((3, 4, 5))}
            self._tell(facts.rated(self._subject, len(self.told), self._at, 0, **marks))

    def _step(self, step: Step, party: int, days: float) -> bool:
        if not self._pass(days):
            return False
        before, confirms = self._stage, bool(self._progress.installed)
        self._progress, self._stage = progress.take(self._progress, before, step, party)
        self._tell(facts.step(self._subject, len(self.told), self._at, party, step, confirms=confirms))
        self._moved(before)
        return True

    def _close(self, reason: ClosingReason | None = None) -> None:
        random = self._random
        if not self._pass(random.uniform(2, 60)):
            return
        party = random.randrange(2)
        why = reason or random.choices(_REASONS, cum_weights=self._world.reasons)[0][0]
        self._before, before = self._stage, self._stage
        self._stage = relation.move(before, Stage.CLOSED)
        self._tell(facts.closed(self._subject, len(self.told), self._at, party, why))
        self._moved(before)
        if random.random() < 0.06 and self._pass(random.uniform(3, 90)):
            self._stage = relation.reopened(self._before, self._humans)
            self._tell(facts.reopened(self._subject, len(self.told), self._at, party))
            self._moved(Stage.CLOSED)
            self._write(party)

    def _pass(self, days: float) -> bool:
        """Time goes by; False where nothing more happened until the end of the simulation."""
        at = self._at + int(days * DAY_MS) + 1
        if at >= self._world.until:
            return False
        self._at = at
        return True

    def _moved(self, before: Stage) -> None:
        if self._stage is not before:
            self._tell(facts.stage_changed(self._subject, len(self.told), self._at, before, self._stage))

    def _tell(self, row: OutboxRow) -> None:
        self.told.append(row)


def _ref(name: str) -> str:
    """In the form of a reference; nobody is behind it."""
    return hashlib.sha256(b"simulated " + name.encode()).hexdigest()
