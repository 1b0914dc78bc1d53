"""One conversation before consent, step by step, with an observer on every chair but A's.

A is a town hall. B is the project holder it talks to, O an outsider with an account, a mailbox and bad manners, D
somebody else whom A talks to in some runs. After each step B and O look at everything that they may look at, and O at
what it may not. What the two of them got, what the service logged and which relation events it wrote is the `Run`.
"""

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pytest

from messaging.app import relay
from messaging.domain.progress import Step
from messaging.domain.vocabulary import ClosingReason
from messaging.e2ee import desk
from messaging.store.appending import SqliteAppending
from messaging.wire import commands as up
from messaging.wire.events import Receipt
from pli_client.views import CardsReleased
from tests.equality.cast import TOWN, Identity, project
from tests.equality.device import Device
from tests.equality.log_tap import log_tap
from tests.equality.outsider import pry, pry_anonymously
from tests.equality.registry import Registry
from tests.equality.script import STEP_MS, Script
from tests.equality.tap import Seen, Tap
from tests.equality.unseeded import Kept
from tests.support.server import RunningService, running_service

MINUTE_MS: Final = 60_000
REGISTERED: Final = "the platform registers A"
SIGNED_IN: Final = "A signs in"
PREKEYS: Final = (3, 2, 2)
"""How many prekeys A publishes for each of its targets: for B, for O, for D. Fewer than one mailbox may claim."""


@dataclass(frozen=True, slots=True)
class Plot:
    """What may differ between two runs, and whether A writes first."""

    a_initiates: bool
    identity: Identity = TOWN
    other_ids: bool = False
    """Whether A is another mailbox and another account to the service too: other ids, other seat."""
    colleague: bool = False
    """Whether A has a second seat: admitted, connected all along, reading, taking notes, writing one of the answers."""
    elsewhere: bool = False
    """Whether A talks to D too, about another target, whose prekeys D uses up."""
    consents: bool = True
    """Whether A consents, withdraws and consents again, without release."""
    rates: bool = False
    """Whether A says how satisfied it is, which is for the figures alone."""
    blocks: bool = False
    """Whether A ends up blocking B, rather than saying nothing to it any more: it takes back what waits, hides the
    thread from its side, and its devices go on reading without a word."""


@dataclass(slots=True)
class Run:
    """What was seen before mutual consent."""

    peer: list[Seen] = field(default_factory=list)
    outsider: list[Seen] = field(default_factory=list)
    log: list[Seen] = field(default_factory=list)
    events: list[Seen] = field(default_factory=list)
    revealed: dict[str, str] = field(default_factory=dict)
    """The card that B reads after mutual consent."""
    wraps_again: int = 0
    """How many wrapped epoch secrets were those of the run before, since they were made of the same."""


async def play(plot: Plot, folder: Path, kept: Kept, *, replaying: bool) -> Run:
    """Plays a conversation on a service of its own. `kept` is filled, or given again when `replaying`."""
    script = Script({REGISTERED: "others", SIGNED_IN: "others"} if plot.other_ids else None)
    run = Run()
    with pytest.MonkeyPatch.context() as patch, log_tap(script) as log:
        again = kept.replay(patch) if replaying else kept.record(patch)
        async with running_service(
            f"sqlite+aiosqlite:///{folder / 'pli.sqlite3'}",
            folder,
            with_worker=False,
            clock=script.clock,
            entropy=script.draws("service"),
        ) as service:
            await _Play(service, script, plot).through(run, log)
    run.wraps_again = again["pli1/wrap"]
    return run


class _Play:
    def __init__(self, service: RunningService, script: Script, plot: Plot) -> None:
        self._service = service
        self._script = script
        self._plot = plot
        self._platform = Registry(service, script)
        self.a = Device(service, script, plot.identity, name="A")
        self.colleague = Device(service, script, plot.identity, name="A", colleague=True)
        self.b = Device(service, script, project("brieuc"), name="B")
        self.o = Device(service, script, project("odile"), name="O")
        self.d = Device(service, script, project("denez"), name="D")
        self._targets: list[bytes] = []
        self._bs_target = b""
        self._ds_target = b""
        self._thread = b""
        self._last = b""
        self._waits: up.ConsentGive | None = None

    async def through(self, run: Run, log: Tap) -> None:
        await self._settle()
        await self._meet()
        await self._talk()
        await self._consent()
        await self._fall_silent()
        await self._suffer()
        await self._pry()
        run.peer, run.outsider, run.log = self.b.tap.seen[:], self.o.tap.seen[:], log.seen[:]
        run.events = await self._events()
        if self._plot.consents and not self._plot.blocks:
            run.revealed = await self._reveal()
        for device in (self.a, self.colleague, self.b, self.o, self.d):
            await device.disconnect()

    @contextlib.asynccontextmanager
    async def _step(self, name: str, *, after_ms: int = STEP_MS) -> AsyncIterator[None]:
        """A step of every run; then B and O look at their threads, and O at B's."""
        self._script.begin(name, after_ms=after_ms)
        yield
        for device in (self.b, self.o):
            if device.connected:
                await device.ask(up.Threads(ref=0))
        if self._thread:
            await self.o.ask(up.Pull(ref=0, thread=self._thread, after=0))

    async def _look_closely(self) -> None:
        """B asks for all that it may ask for about the thread, and whether anything changed in the last moment."""
        await self.b.ask(up.Threads(ref=0, since=self._script.clock()))
        await self.b.ask(up.Pull(ref=0, thread=self._thread, after=0))
        await self.b.ask(up.Wraps(ref=0, thread=self._thread))
        await self.b.ask(up.Consents(ref=0, thread=self._thread))

    # who is there

    async def _settle(self) -> None:
        for device in (self.b, self.o):
            self._script.begin(f"the platform registers {device.name}")
            await self._platform.mailbox(device.identity)
            target = await self._platform.target(device.identity, 0)
            await self._enter(device, begin=self._script.begin)
            await device.publish(target, 2)
            self._bs_target = self._bs_target or target
            await device.connect()
        self._script.begin(REGISTERED)
        await self._platform.mailbox(self.a.identity)
        self._script.begin("the platform registers A's targets")
        self._targets = [await self._platform.target(self.a.identity, number) for number in range(len(PREKEYS))]
        async with self._step("B asks where nobody is yet"):
            await self.b.try_claim(self._targets[0])
        await self._enter(self.a, begin=self._script.begin)
        async with self._step("A publishes"):
            for target, count in zip(self._targets, PREKEYS, strict=True):
                await self.a.publish(target, count)
        if self._plot.colleague:
            await self._admit_colleague()
        if self._plot.elsewhere:
            await self._register_elsewhere()

    async def _enter(self, device: Device, *, begin: Callable[[str], None]) -> None:
        begin(f"{device.name} signs in")
        await device.sign_in()
        begin(f"{device.name} founds")
        await device.found()

    async def _admit_colleague(self) -> None:
        self._script.aside("the colleague signs in")
        await self.colleague.sign_in()
        asked = await self.colleague.ask_seat()
        await self.a.admit(self.colleague, asked)
        self._script.aside("the colleague connects")
        await self.colleague.connect()

    async def _register_elsewhere(self) -> None:
        self._script.aside("the platform registers D")
        await self._platform.mailbox(self.d.identity)
        self._ds_target = await self._platform.target(self.d.identity, 0)
        await self._enter(self.d, begin=self._script.aside)
        await self.d.publish(self._ds_target, 2)
        self._script.aside("D connects")
        await self.d.connect()

    # what they do

    async def _meet(self) -> None:
        if self._plot.a_initiates:
            async with self._step("A connects"):
                await self.a.connect()
            async with self._step("A writes to B's project"):
                self._thread = await self.a.open(self._bs_target, "Bonjour, notre commune cherche un médecin.")
        else:
            async with self._step("B writes to A's listing"):
                self._thread = await self.b.open(self._targets[0], "Bonjour, votre annonce m'intéresse.")
            async with self._step("A connects"):
                await self.a.connect()
        if self._plot.elsewhere:
            await self._talk_elsewhere()

    async def _talk_elsewhere(self) -> None:
        """A talks to D in the very steps in which it talks to B; D takes every prekey of its target."""
        self._script.aside("A talks to D")
        if self._plot.a_initiates:
            thread, target, party = await self.a.open(self._ds_target, "Bonjour."), self._ds_target, 0
        else:
            thread, target, party = await self.d.open(self._targets[2], "Bonjour."), self._targets[2], 1
        await self.a.read(thread, target, party)
        await self.a.send(self.a.seal(thread, "Nous en parlons au conseil."))
        await self.a.mark_read(thread)
        await self.a.consent(thread)
        self._script.aside("D uses up A's prekeys")
        while (await self.d.try_claim(self._targets[2])).status == 201:
            pass

    async def _read(self, device: Device) -> list[object]:
        is_a = device.name == "A"
        target = self._bs_target if self._plot.a_initiates else self._targets[0]
        party = int(is_a != self._plot.a_initiates)
        return list(await device.read(self._thread, target, party))

    async def _talk(self) -> None:
        async with self._step("A reads"):
            await self._read(self.a)
            await self.a.mark_read(self._thread)
        async with self._step("the minute ends", after_ms=MINUTE_MS):
            await self.b.socket.hears(Receipt, 1)
        async with self._step("A answers"):
            writer = self.colleague if self._plot.colleague else self.a
            await self._read(writer)
            answer = writer.seal(self._thread, "Le cabinet est rénové, et un logement attend.")
            await writer.send(answer)
        async with self._step("B reads and answers"):
            await self._read(self.b)
            await self.b.mark_read(self._thread)
            await self.b.send(self.b.seal(self._thread, "Combien de patients ?"))
        async with self._step("A reads without saying so"):
            await self._read(self.a)
            await self.a.mark_read(self._thread, share=False)
            await self.a.put_desk(desk.encode_note(self._thread, "Ils demandent la patientèle."))
            if self._plot.colleague:
                await self.colleague.put_desk(desk.encode_assignment(self._thread, self.colleague.keys.seat))
        async with self._step("A writes twice, and sends one again"):
            first = self.a.seal(self._thread, "Environ 900.")
            await self.a.send(first)
            await self.a.send(self.a.seal(self._thread, "Et la pharmacie est ouverte."))
            await self.a.send(first)
        async with self._step("A proposes to meet"):
            await self._read(self.a)
            await self.a.mark(self._thread, Step.MEETING_PROPOSED)
            if self._plot.rates:
                await self.a.ask(up.Rate(ref=0, thread=self._thread, satisfied=1, recommends=2))
            await self._look_closely()
        async with self._step("B leaves"):
            await self.b.disconnect()
        async with self._step("A writes to somebody who is away"):
            await self._read(self.a)
            await self.a.send(self.a.seal(self._thread, "Seriez-vous libre en mars ?"))
        async with self._step("B comes back"):
            welcome = await self.b.connect()
            await self.b.disconnect()
            await self.b.connect(since=welcome.now, stream_epoch=welcome.stream_epoch)
            await self._read(self.b)
            await self._look_closely()

    async def _consent(self) -> None:
        """Both sides change their minds, never at once: nothing is released. A gives its last consent twice, as a
        device does that got no answer.

        Long enough after the last message for a listing of what changed lately to be empty.
        """
        async with self._step("B consents"):
            given = await self.b.consent(self._thread)
        async with self._step("B withdraws"):
            await self.b.withdraw(given)
        async with self._step("A consents", after_ms=3 * MINUTE_MS):
            if self._plot.consents:
                given = await self.a.consent(self._thread)
            await self._look_closely()
        async with self._step("A withdraws", after_ms=3 * MINUTE_MS):
            if self._plot.consents:
                await self.a.withdraw(given)
            await self._look_closely()
        async with self._step("A consents again", after_ms=3 * MINUTE_MS):
            if self._plot.consents:
                self._waits = await self.a.consent(self._thread)
                await self.a.ask(self._waits)
            await self._look_closely()
        async with self._step("A writes after its consent"):
            await self._read(self.a)
            self._last = self.a.seal(self._thread, "À bientôt.")
            await self.a.send(self._last)

    async def _fall_silent(self) -> None:
        """A does nothing more that B could see, for one reason or the other. B tries everything."""
        async with self._step("A has had enough", after_ms=3 * MINUTE_MS):
            if self._plot.blocks:
                if self._waits is not None:
                    await self.a.withdraw(self._waits)
                await self.a.put_desk(desk.encode_hiding(self._thread, True))
            await self._look_closely()
        async with self._step("B writes to nobody"):
            await self._read(self.b)
            await self.b.mark_read(self._thread)
            for text in ("Vous êtes là ?", "Répondez."):
                await self.b.send(self.b.seal(self._thread, text))
            await self.b.say(self._thread, "asked")
            await self._hear_blocked()
        async with self._step("B closes and reopens"):
            for kind, reason in (("closed", ClosingReason.NO_ANSWER), ("reopened", None)):
                await self._read(self.b)
                await self.b.say(self._thread, kind, reason)
            await self._hear_blocked()
            await self._look_closely()
        async with self._step("B comes back to nobody", after_ms=3 * MINUTE_MS):
            await self.b.disconnect()
            await self.b.connect()
            await self._look_closely()

    async def _hear_blocked(self) -> None:
        """What the devices of a blocking side do: all that they did before, and no word of it."""
        if self._plot.blocks:
            await self._read(self.a)
            await self.a.mark_read(self._thread, share=False)

    async def _suffer(self) -> None:
        """The service fails while it handles a message of A: its log tells so."""
        async with self._step("the service fails A"):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(SqliteAppending, "find", _finds_nothing)
                await self.a.send_into_failure(self._last)
        async with self._step("A comes back"):
            await self.a.connect()

    async def _pry(self) -> None:
        for device in (self.o, self.b):
            async with self._step(f"{device.name} pries"):
                await pry(device, self.a, self._thread, self._targets)
        async with self._step("somebody without a name pries"):
            await pry_anonymously(self.o.tap, self._service.port, self.a, self._targets)

    async def _events(self) -> list[Seen]:
        """The relation events so far, as the sink has them, from one address: each run has a port of its own."""
        settings = replace(self._service.service.settings, public_url="https://messages.example.org")
        while await relay(settings, self._service.service.store).move_batch():
            pass
        return [Seen("", "event", line) for line in settings.event_log.read_bytes().splitlines()]

    async def _reveal(self) -> dict[str, str]:
        self._script.begin("B consents, and A had")
        await self.b.consent(self._thread)
        released = [item for item in await self._read(self.b) if isinstance(item, CardsReleased)]
        return next(dict(card.fields) for card in released[0].cards if not card.own)


async def _finds_nothing(log: SqliteAppending, keys: object) -> dict[object, object]:
    """What the store would answer if it forgot a message: a retry then meets the unique key, the last defence."""
    return {}
