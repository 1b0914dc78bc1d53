"""Messages on their way: kept before they are sent, sent again as they are, sealed again when the keys were renewed."""

import asyncio
import copy
from collections.abc import Callable
from typing import TypeVar, cast

import pytest

from messaging.domain.vocabulary import INITIATOR, RECIPIENT, EventKind, MessageKind
from messaging.e2ee.content import encode_text
from messaging.e2ee.message import parse_payload
from messaging.wire.commands import AnyCommand, Pull, Send
from messaging.wire.events import Ack, LogEntry, Problem
from pli_client import MemoryStorage, Message, SendRefused, follower, local
from pli_client.errors import (
    ClientError,
    Fork,
    Overloaded,
    ProblemError,
    Stopped,
    ThreadGone,
    TimedOut,
    Unreachable,
)
from pli_client.follower import Follower
from pli_client.log import ThreadLog
from pli_client.losses import Losses
from pli_client.outbox import Outbox, forget
from pli_client.renewal import Renewal
from pli_client.runtime import Runtime
from pli_client.views import Item
from tests.sdk.rig import HttpService, ScriptedLink, next_event, opened_keeper, runtime
from tests.sdk.test_log import rotate
from tests.sdk.world import PREKEY_INDEX, TRUST, World
from tests.support.waiting import until

K = TypeVar("K")


class WritableLink(ScriptedLink):
    """A service that also takes messages, with the epoch rule of the real one."""

    def __init__(self, world: World) -> None:
        super().__init__(world.service.entries, {0: world.opening.wraps}, PREKEY_INDEX)
        self.world = world
        self.in_force = 0
        self.refusing: str | None = None
        self.trouble: list[ClientError] = []
        """What the next sends meet instead of an answer."""
        self.lie: Callable[[bytes], Ack] | None = None
        """What is acked instead of storing the message."""
        self.answering = asyncio.Event()
        self.answering.set()
        self.received = asyncio.Event()
        self.sent: list[bytes] = []

    async def request(self, command: AnyCommand, kind: type[K], *, timeout_s: float | None) -> K:
        if not isinstance(command, Send):
            return await super().request(command, kind, timeout_s=timeout_s)
        self.sent.append(command.payload)
        self.received.set()
        await self.answering.wait()
        if self.refusing or parse_payload(command.payload).epoch != self.in_force:
            code = self.refusing or "stale_epoch"
            raise ProblemError(Problem(f"/problems/{code}", code, 409, code))
        if self.trouble:
            raise self.trouble.pop(0)
        if self.lie is not None:
            return cast(K, self.lie(command.payload))
        entry = self.world.service.add(EventKind.MESSAGE, RECIPIENT, command.payload)
        answer: object = Ack(ref=0, thread=self.world.thread, seq=entry.seq, at=entry.at, proof=entry.proof)
        assert isinstance(answer, kind)
        return answer


class Sender:
    """The town hall's outbox in the world's thread."""

    def __init__(self, world: World, link: WritableLink, parts: Runtime) -> None:
        self.world = world
        self.link = link
        self.parts = parts
        self.shown: list[Item] = []
        self.follower = Follower(parts, ThreadLog(world.logs[RECIPIENT].side, TRUST), self.shown.extend)
        self.renewal = Renewal(parts, self.follower, self._reread)
        self.outbox = Outbox(parts, self.follower, self.renewal)
        self.rereadings = 0

    async def say(self, text: str) -> int:
        seq, _ = await self.outbox.post(MessageKind.TEXT, encode_text(text))
        return seq

    async def _reread(self) -> None:
        self.rereadings += 1

    @property
    def texts(self) -> list[str | None]:
        return [item.text for item in self.shown if isinstance(item, Message)]

    async def kept(self) -> list[str]:
        return await self.parts.storage.names(local.OUTBOX)


@pytest.fixture
async def sender() -> Sender:
    world, service = World(), HttpService()
    world.talk((0, "Bonjour"))
    link = WritableLink(world)
    made = Sender(world, link, runtime(link, await opened_keeper(service, MemoryStorage(), "sender"), service))
    await made.follower.catch_up(pull=True)
    link.asked.clear()
    return made


async def test_an_acked_message_stands_in_the_log_without_a_pull(sender: Sender) -> None:
    assert await sender.say("Oui ?") == 3
    assert sender.texts == ["Bonjour", "Oui ?"]
    assert not any(isinstance(command, Pull) for command in sender.link.asked)
    assert await sender.kept() == []


async def test_a_message_is_kept_before_it_is_first_sent(sender: Sender) -> None:
    sender.link.answering.clear()
    sending = asyncio.create_task(sender.say("Oui ?"))
    await sender.link.received.wait()
    (name,) = await sender.kept()
    kept = await local.load(sender.parts.storage, name, local.Outgoing)
    assert kept is not None
    assert kept.payload == sender.link.sent[0]
    sender.link.answering.set()
    await sending


async def test_what_an_earlier_run_left_goes_out_as_the_same_bytes(sender: Sender) -> None:
    payload = sender.world.logs[1].seal(MessageKind.TEXT, b"\x01" * 16, encode_text("avant"), sender.world.entropy)
    left = local.Outgoing(4, sender.world.thread, b"\x01" * 16, "text", encode_text("avant"), payload)
    sender.outbox.resume(left)
    await until(lambda: len(sender.texts) > 1)
    assert sender.link.sent == [payload]
    assert sender.texts == ["Bonjour", "avant"]


async def test_under_renewed_keys_the_same_message_is_sealed_again(sender: Sender) -> None:
    world = sender.world
    made = rotate(world, INITIATOR)
    sender.link.wraps[1] = made.wraps
    world.service.add(EventKind.EPOCH, INITIATOR, made.signed)
    sender.link.in_force = 1
    await sender.say("juste à temps")
    stale, fresh = (parse_payload(payload) for payload in sender.link.sent)
    assert (stale.epoch, fresh.epoch) == (0, 1)
    assert stale.msg_id == fresh.msg_id
    assert stale.salt != fresh.salt
    assert sender.texts[-1] == "juste à temps"
    assert await sender.kept() == []


async def test_a_thread_whose_keys_never_settle_gives_up(sender: Sender) -> None:
    sender.link.in_force = 9
    with pytest.raises(ProblemError, match="stale_epoch"):
        await sender.say("jamais")
    assert await sender.kept() == []


async def test_a_refusal_reaches_whoever_waits_and_leaves_nothing(sender: Sender) -> None:
    sender.link.refusing = "frozen"
    with pytest.raises(ProblemError, match="frozen"):
        await sender.say("non")
    assert await sender.kept() == []


async def test_a_refusal_that_nobody_waits_for_is_an_event(sender: Sender) -> None:
    sender.link.answering.clear()
    with pytest.raises(TimedOut):
        await sender.say("plus tard")
    sender.link.refusing = "frozen"
    sender.link.answering.set()
    refused = await next_event(sender.parts.inbox)
    assert isinstance(refused, SendRefused)
    assert refused.problem.code == "frozen"


async def test_after_a_timeout_the_message_still_goes_out(sender: Sender) -> None:
    sender.link.answering.clear()
    with pytest.raises(TimedOut):
        await sender.say("plus tard")
    assert len(await sender.kept()) == 1
    sender.link.answering.set()
    await until(lambda: sender.texts[-1] == "plus tard")
    assert await sender.kept() == []


async def test_a_cancelled_caller_does_not_cancel_the_message(sender: Sender) -> None:
    sender.link.answering.clear()
    sending = asyncio.create_task(sender.say("quand même"))
    await sender.link.received.wait()
    sending.cancel()
    sender.link.answering.set()
    await until(lambda: sender.texts[-1] == "quand même")


async def test_many_go_out_in_the_order_of_their_calls(sender: Sender) -> None:
    seqs = await asyncio.gather(*(sender.say(str(n)) for n in range(20)))
    assert list(seqs) == list(range(3, 23))
    assert sender.texts[1:] == [str(n) for n in range(20)]


@pytest.mark.attack("acknowledges a message at the place of another event")
async def test_an_ack_for_a_place_where_something_else_stands_stops_the_log_and_loses_nothing(sender: Sender) -> None:
    """The service stamps the message on a branch of its own, acks that, and shows the peer's messages instead."""

    def lie(payload: bytes) -> Ack:
        world = sender.world
        branch = copy.deepcopy(world.service)
        shown = [world.say(0, "venez demain"), world.say(0, "n’oubliez pas")]
        branch.add(EventKind.MESSAGE, INITIATOR, shown[0].payload, at=shown[0].at)
        stamped = branch.add(EventKind.MESSAGE, RECIPIENT, payload)
        return Ack(ref=0, thread=world.thread, seq=stamped.seq, at=stamped.at, proof=stamped.proof)

    sender.link.lie = lie
    with pytest.raises(Stopped):
        await sender.say("J’accepte le bail.")
    evidence = sender.follower.log.evidence
    assert evidence is not None
    assert isinstance(evidence.reason, Fork)
    assert evidence.entry is not None
    assert evidence.entry.payload == sender.link.sent[0]
    assert len(await sender.kept()) == 1


async def test_an_ack_for_what_was_read_before_stops_the_log(sender: Sender) -> None:
    old = sender.world.service.entries[-1]
    sender.link.lie = lambda payload: Ack(ref=0, thread=sender.world.thread, seq=old.seq, at=old.at, proof=old.proof)
    with pytest.raises(Stopped):
        await sender.say("Oui ?")
    assert len(await sender.kept()) == 1


TROUBLE = [
    ProblemError(Problem("/problems/failed", "failed", 500, "failed", retryable=True)),
    ProblemError(Problem("/problems/error", "error", 500, "error")),
    Unreachable("not an answer to this command"),
    Overloaded("too many commands wait already"),
]


async def test_what_is_no_refusal_for_good_loses_no_message(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pli_client.link.insist_first_s", 0.01)
    sender.link.trouble = list(TROUBLE)
    assert await sender.say("Oui ?") == 3
    assert len(set(sender.link.sent)) == 1
    assert len(sender.link.sent) == len(TROUBLE) + 1
    assert await sender.kept() == []


def _unreadable(
    sender: Sender, monkeypatch: pytest.MonkeyPatch, code: str, status: int, times: int
) -> list[ClientError]:
    """Reading back what was taken meets this problem, so many times. Returns what is still to come."""
    monkeypatch.setattr(follower, "retry_s", 0.01)
    confirm = sender.follower.confirm
    problems: list[ClientError] = [ProblemError(Problem("", code, status, code)) for _ in range(times)]

    async def confirmed(entry: LogEntry, stream_epoch: int | None) -> None:
        if problems:
            raise problems.pop()
        await confirm(entry, stream_epoch)

    monkeypatch.setattr(sender.follower, "confirm", confirmed)
    return problems


async def test_what_was_taken_is_read_back_after_refusals_for_the_moment(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = _unreadable(sender, monkeypatch, "internal", 500, 2)
    assert await sender.say("Oui ?") == 3
    assert left == []
    assert await sender.kept() == []


async def test_what_was_taken_is_not_called_refused_where_it_may_not_be_read_back(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    _unreadable(sender, monkeypatch, "not_found", 404, 1)
    with pytest.raises(TimedOut):
        await sender.say("Oui ?")
    assert len(await sender.kept()) == 1


async def test_what_waits_in_a_conversation_that_is_gone_is_given_back(sender: Sender) -> None:
    sender.link.answering.clear()
    sending = asyncio.create_task(sender.say("un"))
    await sender.link.received.wait()
    await sender.outbox.keep(MessageKind.TEXT, encode_text("deux"), msg_id=b"\2" * 16)
    unsent = await sender.outbox.end()
    assert [each.content for each in unsent] == [encode_text("un"), encode_text("deux")]
    sender.link.refusing = "not_found"
    sender.link.answering.set()
    with pytest.raises(ThreadGone):
        await sending
    with pytest.raises(ThreadGone):
        await sender.say("trois")
    assert len(await sender.kept()) == 2, "until they are kept elsewhere"
    await forget(sender.parts.storage, unsent)
    assert await sender.kept() == []


async def test_what_is_being_kept_when_a_conversation_is_gone_is_given_back_too(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, going_on = asyncio.Event(), asyncio.Event()
    put = sender.parts.storage.put

    async def slowly(name: str, value: bytes) -> None:
        begun.set()
        await going_on.wait()
        await put(name, value)

    monkeypatch.setattr(sender.parts.storage, "put", slowly)
    sending = asyncio.create_task(sender.say("un"))
    await begun.wait()
    ending = asyncio.create_task(sender.outbox.end())
    await asyncio.sleep(0.05)
    going_on.set()
    unsent = await ending
    with pytest.raises(ThreadGone):
        await sending
    assert [each.content for each in unsent] == [encode_text("un")]
    await forget(sender.parts.storage, unsent)
    assert await sender.kept() == []


async def test_what_an_earlier_version_left_of_a_lost_conversation_is_one_of_the_losses(sender: Sender) -> None:
    losses, thread = Losses(sender.parts), sender.world.thread
    known = local.Sent(b"\1" * 16, 1, 5, MessageKind.TEXT, encode_text("un"))
    await losses.add(local.Lost(thread, b"m" * 16, b"t" * 16, INITIATOR, 1, 4, True, (known,)))
    unsent = [
        local.Outgoing(place, thread, bytes([place]) * 16, kind, encode_text(text), b"")
        for place, (kind, text) in enumerate([("text", "un"), ("text", "deux"), ("asked", "")], 1)
    ]
    for message in unsent:
        await local.save(sender.parts.storage, f"{local.OUTBOX}{thread.hex()}.{message.msg_id.hex()}", message)
    await losses.take(thread, unsent)
    (lost,) = losses.all
    assert [each.text for each in lost.own] == ["un", "deux"]
    assert await sender.kept() == []


async def test_a_message_that_waits_is_not_passed_by_a_later_one(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pli_client.link.insist_first_s", 0.01)
    sender.link.trouble = [TROUBLE[0]]
    assert list(await asyncio.gather(*(sender.say(text) for text in "abc"))) == [3, 4, 5]
    assert sender.texts[1:] == ["a", "b", "c"]


async def test_a_refusal_after_the_caller_gave_up_waiting_is_an_event(sender: Sender) -> None:
    sender.link.answering.clear()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(sender.say("plus tard"), 0.05)
    sender.link.refusing = "frozen"
    sender.link.answering.set()
    assert isinstance(await next_event(sender.parts.inbox), SendRefused)


async def test_without_room_nothing_is_kept(sender: Sender) -> None:
    sender.link.is_full = True
    with pytest.raises(Overloaded):
        await sender.say("trop")
    assert await sender.kept() == []


async def test_a_stale_epoch_without_a_newer_one_gets_the_same_bytes_again(sender: Sender) -> None:
    sender.link.trouble = [ProblemError(Problem("/problems/stale_epoch", "stale", 409, "stale_epoch", retryable=True))]
    await sender.say("encore")
    assert len(sender.link.sent) == 2
    assert len(set(sender.link.sent)) == 1
