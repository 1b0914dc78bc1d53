"""Two peers, B and C, and all that they saw of the town halls they talk to: one town hall, or two that look alike."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from messaging.domain.vocabulary import INITIATOR, RECIPIENT
from messaging.e2ee import message
from messaging.e2ee.message import Place
from messaging.e2ee.pseudonym import thread_slot
from messaging.wire import codec
from messaging.wire import commands as up
from messaging.wire.events import Event, Events, Receipt
from messaging.wire.rest import ServiceInfo
from tests.equality.cast import OTHER_TOWN, TOWN, project
from tests.equality.device import Device
from tests.equality.registry import Registry
from tests.equality.script import Script
from tests.equality.values import Collected
from tests.support.server import RunningService, running_service

MINUTE_MS: Final = 60_000
PREKEYS: Final = 4
SAID: Final = (
    ("Bonjour, un cabinet vous attend.", "Merci beaucoup !", "Quel loyer ?"),
    ("Enchantée. Cherchez-vous encore ?", "Nous en discutons jeudi.", "Combien d'habitants ?"),
)
"""What is said in either conversation: nothing twice."""


class Mistake(StrEnum):
    """What a client must never do; two peers who pool what they saw then know."""

    ONE_PSEUDONYM = "one pseudonym for two threads"
    ONE_PREKEY = "one prekey for two targets"


class Pooled(NamedTuple):
    """What each of both peers saw and opened, and what the service says of itself to anybody."""

    b: Collected
    c: Collected
    info: ServiceInfo


async def meet(
    folder: Path, *, one_hall: bool, a_initiates: bool, mistake: Mistake | None = None, at_once: bool = False
) -> Pooled:
    """Plays both conversations on a service of its own. After a mistake they end with the first message.

    `at_once`: A also writes to both in one frame, which makes one commit.
    """
    script = Script()
    async with running_service(
        f"sqlite+aiosqlite:///{folder / 'pli.sqlite3'}",
        folder,
        with_worker=False,
        clock=script.clock,
        entropy=script.draws("service"),
    ) as service:
        meeting = _Meeting(service, script, one_hall=one_hall, a_initiates=a_initiates)
        await meeting.gather(mistake)
        await meeting.first_messages(mistake)
        if mistake is None:
            await meeting.talk()
        if at_once:
            await meeting.write_at_once()
        b, c = [await meeting.saw(peer) for peer in (0, 1)]
        await meeting.leave()
        return Pooled(b, c, service.service.info())


class _Meeting:
    """`halls[i]` talks to `peers[i]` in `threads[i]`, about `targets[i]`, which is the peer's if A writes first."""

    def __init__(self, service: RunningService, script: Script, *, one_hall: bool, a_initiates: bool) -> None:
        hall = Device(service, script, TOWN, name="A")
        self.halls = (hall, hall if one_hall else Device(service, script, OTHER_TOWN, name="A'"))
        self.peers = (
            Device(service, script, project("brieuc"), name="B"),
            Device(service, script, project("denez"), name="C"),
        )
        self._platform = Registry(service, script)
        self._script = script
        self._a_initiates = a_initiates
        self._targets: list[bytes] = []
        self._threads: list[bytes] = []

    @property
    def _everybody(self) -> Sequence[Device]:
        return tuple(dict.fromkeys((*self.halls, *self.peers)))

    async def gather(self, mistake: Mistake | None) -> None:
        for device in self._everybody:
            self._script.begin(f"{device.name} comes")
            await self._platform.mailbox(device.identity)
            await device.sign_in()
            await device.found()
            await device.connect()
        self._script.begin("the platform registers targets")
        owners = self.peers if self._a_initiates else self.halls
        self._targets = [await self._platform.target(owner.identity, i) for i, owner in enumerate(owners)]
        for owner, target in zip(owners, self._targets, strict=True):
            slots_of = self._targets[0] if mistake is Mistake.ONE_PREKEY else target
            await owner.publish(target, PREKEYS, slots_of=slots_of)

    async def first_messages(self, mistake: Mistake | None) -> None:
        for i, (hall, peer) in enumerate(zip(self.halls, self.peers, strict=True)):
            self._script.begin(f"{hall.name} and {peer.name} meet")
            slot = thread_slot(bytes(16), 0) if mistake is Mistake.ONE_PSEUDONYM else None
            writer = hall if self._a_initiates else peer
            thread = await writer.open(self._targets[i], SAID[i][0], slot=slot)
            self._threads.append(thread)

    async def talk(self) -> None:
        """A does in each step the same for both: read, answer, consent. Nothing is released."""
        self._script.begin("A reads")
        for i, hall in enumerate(self.halls):
            await self._read(hall, i)
            await hall.mark_read(self._threads[i])
        self._script.begin("the minute ends", after_ms=MINUTE_MS)
        for peer in self.peers:
            await peer.socket.hears(Receipt, 1)
        for i, (hall, peer) in enumerate(zip(self.halls, self.peers, strict=True)):
            self._script.begin(f"A answers {peer.name}")
            await hall.send(hall.seal(self._threads[i], SAID[i][1]))
        for i, peer in enumerate(self.peers):
            self._script.begin(f"{peer.name} answers")
            await self._read(peer, i)
            await peer.mark_read(self._threads[i])
            await peer.send(peer.seal(self._threads[i], SAID[i][2]))
        for i, hall in enumerate(self.halls):
            self._script.begin(f"A consents in thread {i}")
            await self._read(hall, i)
            await hall.consent(self._threads[i])

    async def write_at_once(self) -> None:
        self._script.begin("A writes to both at once")
        hall = self.halls[0]
        payloads = [
            hall.seal(thread, text) for thread, text in zip(self._threads, ("Bien reçu", "À jeudi"), strict=True)
        ]
        await hall.send_together(payloads)
        for peer in self.peers:
            await peer.socket.hears(Event, 2)

    async def saw(self, i: int) -> Collected:
        """All that peer i got, once it asked for everything; with what it opened and derived."""
        peer, thread = self.peers[i], self._threads[i]
        self._script.begin(f"{peer.name} looks at everything")
        await self._read(peer, i)
        await peer.ask(up.Pull(ref=0, thread=thread, after=0))
        await peer.ask(up.Wraps(ref=0, thread=thread))
        await peer.ask(up.Threads(ref=0))
        if not self._a_initiates:
            for target in self._targets:
                await peer.try_claim(target)
        await peer.disconnect()
        await peer.connect()
        collected = Collected(peer.tap.seen)
        for name, value in _opened(peer, thread):
            collected.take(value, f"opened {name}")
        return collected

    async def leave(self) -> None:
        for device in self._everybody:
            await device.disconnect()

    async def _read(self, device: Device, i: int) -> None:
        is_initiator = (device in self.halls) == self._a_initiates
        await device.read(self._threads[i], self._targets[i], INITIATOR if is_initiator else RECIPIENT)


def _opened(peer: Device, thread: bytes) -> list[tuple[str, bytes]]:
    """What a peer's own client opens and derives: the epoch's secret, and the parts of each message."""
    log = peer.logs[thread]
    current = log.epochs[0]
    found = [("epoch secret", current.opened_secret()), ("head", log.head)]
    pulled = [codec.decode_downs(seen.data)[0] for seen in peer.tap.seen if seen.channel == "ws"]
    entries = [entry for answer in pulled if isinstance(answer, Events) for entry in answer.events]
    for entry in (each for each in entries if each.kind == "message"):
        place = Place(thread, 0, current.record.hash, entry.party)
        author = current.record.parties[entry.party].sign
        opened = message.open_message(entry.payload, current.opened_secret(), author, place)
        found += [
            ("content", opened.content),
            ("seen head", opened.seen_head),
            ("seat tag", opened.tag),
            ("k_enc", opened.k_enc),
            ("k_f", opened.k_f),
        ]
    return found
