"""Consent, withdrawal, removal, block, closing and release against each other, thought up by hypothesis, on the real
service.

Two persons on each side, each with two devices. A step lets one of them act, or two at the same moment from two
connections. After each step the books are held against the rules and against what was shown:

- the register replays to the cards as they stand, and every consent in it is proven by its seat's key;
- where both sides have a live card nothing waits: no half release;
- a card appears once, by its own person's consent, with the very payload that was consented to, and never after a
  withdrawal that came first; the first release shows both sides;
- what waits is in escrow, and nothing else is;
- both sides have the same log, the relation stands where its notices say, and no peer hears of a desk or of a card;
- who was removed does nothing more, and what of theirs waited is withdrawn for that reason.
"""

import asyncio
import base64
import os
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from messaging.app import system_clock
from messaging.domain import consent as rules
from messaging.domain.consent import Card, CardState
from messaging.domain.ids import CardId
from messaging.domain.relation import Stage
from messaging.domain.vocabulary import ClosingReason, EventKind
from messaging.e2ee import desk, mailbox
from messaging.e2ee.consent_proof import ConsentProof, verify_consent_proof
from messaging.e2ee.notice import CLOSED, KINDS
from messaging.e2ee.release import ReleasedCard, parse_released
from messaging.e2ee.suite import sha256
from messaging.services.proofs import consent_proofs, register_lines
from messaging.wire.commands import DeskPut
from messaging.wire.events import LogEntry
from tests.machine.ground import DEVICES, Company, Ground, Player
from tests.support.scale import scaled
from tests.support.server import RunningService, running_service

pytestmark = [pytest.mark.slow, pytest.mark.soak, pytest.mark.timeout(900)]

EXAMPLES: Final = 200
STEPS: Final = 30

Act = Callable[[Ground, Player, int, int], Awaitable[str]]
"""What a player does on one of their devices; the last number chooses among what they did before."""


async def _give(ground: Ground, player: Player, device: int, which: int) -> str:
    command = player.line.give(0, system_clock())
    player.given.append(command)
    return await ground.ask(player, device, command)


async def _give_again(ground: Ground, player: Player, device: int, which: int) -> str:
    """The very bytes of an earlier consent, withdrawn or not."""
    if not player.given:
        return "nothing"
    given = player.given[which % len(player.given)]
    was_withdrawn = given.statement in player.withdrawn
    answer = await ground.ask(player, device, given)
    assert not (was_withdrawn and answer == "done"), "a consent that was withdrawn is not given again"
    return answer


async def _withdraw(ground: Ground, player: Player, device: int, which: int) -> str:
    """Any consent of this person, on any of their devices."""
    if not player.given:
        return "nothing"
    given = player.given[which % len(player.given)]
    answer = await ground.ask(player, device, player.line.withdraw(0, given, system_clock()))
    if answer == "done":
        player.withdrawn.add(given.statement)
    return answer


async def _block(ground: Ground, player: Player, device: int, which: int) -> str:
    """As the SDK does: what this person consented to is withdrawn, then the thread is hidden."""
    for given in player.given:
        await ground.ask(player, device, player.line.withdraw(0, given, system_clock()))
    keys, entry = player.line.keys, os.urandom(16)
    hiding = desk.encode_hiding(ground.thread, bool(which % 2))
    blob = mailbox.seal_entry(keys.seed, keys.mailbox, 0, entry, hiding, os.urandom)
    return await ground.ask(player, device, DeskPut(ref=0, mailbox=keys.mailbox, entry=entry, blob=blob))


async def _send(ground: Ground, player: Player, device: int, which: int) -> str:
    return await ground.ask(player, device, player.line.send(0, "Bonjour"))


async def _ask(ground: Ground, player: Player, device: int, which: int) -> str:
    return await ground.ask(player, device, player.line.notice(0, "asked"))


async def _close(ground: Ground, player: Player, device: int, which: int) -> str:
    reason = list(ClosingReason)[which % len(ClosingReason)]
    return await ground.ask(player, device, player.line.notice(0, "closed", reason=reason, told=which % 2 == 0))


async def _reopen(ground: Ground, player: Player, device: int, which: int) -> str:
    return await ground.ask(player, device, player.line.notice(0, "reopened"))


async def _remove(ground: Ground, player: Player, device: int, which: int) -> str:
    """Seldom: who is removed stays away for the rest of the conversation."""
    return await ground.remove_colleague(player.party) if which < 2 else "nothing"


async def _rotate(ground: Ground, player: Player, device: int, which: int) -> str:
    return await ground.rotate(player, device)


ACTS: Final[dict[str, Act]] = {
    "give": _give,
    "give again": _give_again,
    "withdraw": _withdraw,
    "block": _block,
    "send": _send,
    "ask": _ask,
    "close": _close,
    "reopen": _reopen,
    "remove": _remove,
    "rotate": _rotate,
}

moves = st.tuples(
    st.sampled_from(["give", "withdraw", *ACTS]),
    st.integers(0, 3),
    st.integers(0, DEVICES - 1),
    st.integers(0, 11),
)
"""(what, who, on which device, which of what they did before)"""
Move = tuple[str, int, int, int]

ON_CARDS: Final = {"give", "give again", "withdraw", "block", "remove"}
REFUSALS: Final = {"done", "nothing", "conflict", "not_found", "gone", "rotation_needed", "stale_epoch", "stale_head"}
"""`not_found`: a withdrawal of a consent that was refused, or an act of who was removed; `gone`: their connection."""

REACHED: Final = (
    *("give: done", "give: conflict", "withdraw: done", "block: done"),
    *("close: done", "reopen: done", "remove: done", "rotate: done"),
)
"""What a run is worth nothing without."""
RARELY_REACHED: Final = ("give again: conflict",)
"""What a tenth of the examples may miss by chance, and all of them may not."""


class Scene:
    """What the machine of one test shares: the loop, the service, and a count of what happened."""

    def __init__(self, runner: asyncio.Runner, service: RunningService, database: Path) -> None:
        self.runner = runner
        self.service = service
        self.database = database
        self.outcomes: Counter[str] = Counter()
        self._company: Company | None = None
        self._companies = 0

    async def ground(self) -> Ground:
        """A new conversation, of the same company as before while it lasts."""
        if self._company is None or self._company.is_tired:
            await self.leave()
            self._companies += 1
            self._company = await Company.made(self.service, self._companies)
        return await Ground.made(self._company, self.database)

    async def leave(self) -> None:
        company, self._company = self._company, None
        if company is not None:
            await company.leave.aclose()


class ConsentMachine(RuleBasedStateMachine):
    scene: Scene
    """Set by the test on a class of its own."""

    @initialize()
    def open(self) -> None:
        self.ground = self.scene.runner.run(self.scene.ground())

    @rule(move=moves)
    def alone(self, move: Move) -> None:
        self.scene.runner.run(self._together(move))

    @rule(first=moves, second=moves)
    def together(self, first: Move, second: Move) -> None:
        """Two acts at the same moment, from two connections."""
        if first[1:3] == second[1:3]:
            second = (second[0], second[1], (second[2] + 1) % DEVICES, second[3])
        self.scene.runner.run(self._together(first, second))

    @precondition(lambda self: not self.ground.revealed)
    @rule(party=st.integers(0, 1), seldom=st.integers(0, 4), move=moves)
    def parting(self, party: int, seldom: int, move: Move) -> None:
        """Somebody's card waits, and they are removed while something else happens."""
        if seldom == 0 and party not in self.ground.company.leaving:
            self.scene.runner.run(self._together(("give", 2 * party + 1, 0, 0)))
            self.scene.runner.run(self._together(("remove", 2 * party, 1, 0), move))

    async def _together(self, *moves: Move) -> None:
        removed = [self.ground.players[who].removed for _, who, *_ in moves]
        acts = [ACTS[what](self.ground, self.ground.players[who], device, which) for what, who, device, which in moves]
        answers = await asyncio.gather(*acts)
        for (what, *_), was_removed, answer in zip(moves, removed, answers, strict=True):
            assert answer in REFUSALS, f"{what}: {answer}"
            if was_removed and what != "remove":
                assert answer in ("not_found", "gone", "nothing"), f"{what} after the removal: {answer}"
            self.scene.outcomes[f"{what}: {answer}"] += 1
        await check(self.ground, {self.ground.players[who].party for what, who, *_ in moves if what in ON_CARDS})


async def check(ground: Ground, on_cards: Collection[int]) -> None:
    """`on_cards`: the sides on which somebody consented or withdrew in this step."""
    async with ground.company.service.service.store.reading() as tx:
        cards = {card.card: card for card in await tx.consents.cards(ground.thread)}
        register = await tx.consents.register(ground.thread)
        if len(register) != ground.register_lines:
            ground.register_lines, ground.proofs = len(register), await consent_proofs(tx, ground.thread)
        stage = (await tx.threads.get([ground.thread]))[ground.thread].stage
    assert rules.replay(register_lines(register)) == cards, "the register replays to the state"
    assert not rules.releasable(cards.values()), "no half release"
    assert ground.escrow() == {card for card, each in cards.items() if each.state is CardState.WAITING}
    log, other = await asyncio.gather(*(ground.log(each) for each in ground.listeners))
    assert other == log, "both sides have one log"
    check_released(log, cards, ground.proofs, ground.proven)
    check_stage(log, stage)
    ground.revealed = any(entry.kind == EventKind.RELEASED for entry in log)
    for player in ground.listeners:
        check_heard(player, log, quiet=player.party not in on_cards, revealed=ground.revealed)


def check_released(
    log: list[LogEntry],
    cards: dict[CardId, Card],
    proofs: dict[CardId, ConsentProof],
    proven: set[tuple[CardId, CardState]],
) -> None:
    """No card without its own consent, none twice, and both sides at first. What is `proven` is not proven again."""
    releases = [parse_released(entry.payload) for entry in log if entry.kind == EventKind.RELEASED]
    shown = [CardId(each.card) for release in releases for each in release]
    assert len(shown) == len(set(shown)), "a card is released once"
    assert set(shown) == {c for c, each in cards.items() if each.state in (CardState.RELEASED, CardState.RETRACTED)}
    if releases:
        assert {each.party for each in releases[0]} == {0, 1}, "the first release shows both sides"
    payloads = {each.card: each for release in releases for each in release}
    for card in cards.values():
        if (card.card, card.state) not in proven:
            check_consented(payloads.get(card.card), card, proofs[card.card])
            proven.add((card.card, card.state))


def check_consented(shown: ReleasedCard | None, card: Card, proof: ConsentProof) -> None:
    """The person's own key signed for exactly this card, on this side, and what ended it is proven too."""
    proven = verify_consent_proof(proof)
    assert proof.seat == card.seat
    assert (proven.consent.card, proven.consent.party) == (card.card, card.party)
    if shown is not None:
        assert (shown.card, shown.party) == (card.card, card.party)
        assert proven.consent.payload_hash == sha256(shown.payload)
    ended = (proven.withdrawn_at is not None, proven.removed)
    if card.state in (CardState.WAITING, CardState.RELEASED):
        assert ended == (False, False)
    elif card.state is CardState.RETRACTED:
        assert ended == (True, False), "a removal leaves what was released"
    else:
        assert ended in ((True, False), (False, True))


def check_stage(log: list[LogEntry], stage: Stage) -> None:
    """The relation stands where what was said leads: closed, or as far as the messages brought it."""
    moved = [entry.kind for entry in log if entry.kind in KINDS and entry.kind != "asked"]
    assert moved == [(CLOSED, "reopened")[place % 2] for place in range(len(moved))], "closed and reopened in turn"
    wrote = {entry.party for entry in log if entry.kind == EventKind.MESSAGE}
    if moved and moved[-1] == CLOSED:
        assert stage is Stage.CLOSED
    else:
        assert stage is (Stage.ENGAGED if wrote == {0, 1} else Stage.SOLICITED)


def check_heard(player: Player, log: list[LogEntry], *, quiet: bool, revealed: bool) -> None:
    """Nobody hears of the peer's desk or cards: what comes unasked is the log itself, and one's own side's news.

    `quiet`: nobody of this side did anything about cards. All that one device heard since the last step is looked at:
    what goes to a side goes to every device of it.
    """
    events = {entry.seq: entry.payload for entry in log}
    heard = player.devices[0].heard
    for struct in heard:
        match struct["t"]:
            case "event":
                assert decoded(struct["payload"]) == events[struct["seq"]]
            case "desk" | "seats.changed":
                assert decoded(struct["mailbox"]) == player.line.keys.mailbox
            case "cards.changed":
                assert not quiet, "a peer heard that somebody consented or withdrew"
            case "thread":
                assert revealed or not quiet, "a peer heard of a consent that was given again"
            case other:
                raise AssertionError(f"{other} is nothing that anybody should hear here")
    heard.clear()


def decoded(text: str) -> bytes:
    return base64.b64decode(text)


def test_whatever_people_do_nothing_is_shown_by_halves(sqlite_url: str, tmp_path: Path) -> None:
    database = Path(sqlite_url.partition(":///")[2])
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            service = runner.run(stack.enter_async_context(running_service(sqlite_url, tmp_path, with_worker=False)))
            scene = Scene(runner, service, database)
            machine = type("Machine", (ConsentMachine,), {"scene": scene})
            run_state_machine_as_test(
                machine,
                settings=settings(
                    max_examples=scaled(EXAMPLES),
                    stateful_step_count=STEPS,
                    deadline=None,
                    phases=[Phase.generate],  # shrinking on a live service takes minutes
                    database=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
            runner.run(scene.leave())
        finally:
            runner.run(stack.aclose())
    reached = (*REACHED, *RARELY_REACHED) if scaled(EXAMPLES) == EXAMPLES else REACHED
    for what in reached if scaled(EXAMPLES) >= 20 else ():
        assert scene.outcomes[what], f"the machine never came to {what}: {scene.outcomes}"
