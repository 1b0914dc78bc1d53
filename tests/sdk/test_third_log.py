"""A log in which a third party comes and goes, on a service that lies: what a side believes, and what a guest reads."""

from dataclasses import replace

import pytest

from messaging.domain.vocabulary import SERVICE, THIRD, EventKind, MessageKind
from messaging.e2ee import chain, content, epoch, third
from messaging.e2ee.errors import BadInvitation, BadMessage, BadRecord, BadSignature, E2EEError, Fork, WrongHeader
from messaging.e2ee.pseudonym import prekey_slot, thread_slot
from messaging.e2ee.suite import sha256
from messaging.e2ee.third import Shown
from messaging.wire.events import LogEntry, ThirdEntry
from messaging.wire.types import EpochShare
from pli_client.epochs import Side
from pli_client.log import ThreadLog
from pli_client.views import CardsReleased, Item, Message, NotRendered, ThirdInvited, ThirdJoined, ThirdLeft
from tests.sdk.world import TRUST, Stream, World, make_keys

SHOWN = Shown("Facilitateur", "Bretagne", True, "")
INDEX = 5


class Visited(World):
    """The doctor invites a facilitator, the town hall lets them in: step by step, and as the service wants it."""

    def __init__(self, name: str = "visited", *, history: bool = False) -> None:
        super().__init__(name)
        self.history = history
        self.guest = make_keys("facilitator", Stream(f"guest of {name}"))
        self.page = self.entropy(16)
        self.key = self.guest.pseudonym(prekey_slot(self.page, INDEX))
        self.made = self.opening
        self.before = self.service.head
        self.talk((0, "Bonjour"), (1, "Bonsoir"))

    def invitation(self) -> bytes:
        return self.logs[0].invitation(self.entropy(16), self.page, self.key.public, SHOWN, history=self.history)

    def both(self, kind: EventKind, party: int, payload: bytes) -> list[Item]:
        """An event that both sides read; what the doctor is shown."""
        entry = self.service.add(kind, party, payload)
        shown = [log.append([entry]) for log in self.logs]
        return shown[0]

    def rotated(self, old: epoch.Opening) -> epoch.Opening:
        """The town hall renews the keys."""
        n = old.record.n + 1
        current = self.logs[1].epochs[-1]
        made = epoch.make_rotation(
            old.record,
            party=1,
            old=current.own,
            new=self.town.pseudonym(thread_slot(self.thread, n)),
            thread_head=self.service.head,
            entropy=self.entropy,
        )
        for log in self.logs:
            log.epochs.add_wraps({n: made.wraps}, None)
        return made

    def let_in(self) -> bytes:
        """Whole and honest; the payload of the joining."""
        invited = self.invitation()
        self.both(EventKind.INVITED, 0, invited)
        self.before = self.service.head
        self.made = self.rotated(self.opening)
        joined, _ = self.logs[1].acceptance(self.entropy(16), invited)
        self.both(EventKind.JOINED, 1, joined)
        self.both(EventKind.EPOCH, 1, self.made.signed)
        return joined

    def entry(self, joined: bytes, **changes: object) -> ThirdEntry:
        """As an honest service tells the third party."""
        present = self.logs[0].third
        assert present is not None
        share = third.make_share(present, self.made.record, self.made.epoch_secret)
        given = ThirdEntry(
            joined=joined,
            seq=0 if self.history else self.joined_seq - 1,
            head=b"" if self.history else self.before,
            signed_record=self.opening.signed,
            shares=[EpochShare(1, share)],
        )
        return ThirdEntry(**{**{name: getattr(given, name) for name in given.__struct_fields__}, **changes})

    @property
    def joined_seq(self) -> int:
        return next(entry.seq for entry in self.service.entries if entry.kind == EventKind.JOINED)

    def third_log(self) -> ThreadLog:
        return ThreadLog(Side(self.thread, self.page, THIRD, self.guest), TRUST)

    def entered(self, joined: bytes, **changes: object) -> ThreadLog:
        log = self.third_log()
        stopped = log.enter(self.entry(joined, **changes), INDEX)
        assert (stopped is None) == (log.evidence is None)
        return log


def refusals(shown: list[Item]) -> list[type[E2EEError]]:
    return [type(item.reason) for item in shown if isinstance(item, NotRendered)]


def test_an_honest_visit_is_told_to_all_three() -> None:
    world = Visited()
    joined = world.let_in()
    log = world.entered(joined)
    shown = log.append(world.service.entries[world.joined_seq - 1 :])
    (told,) = shown
    assert isinstance(told, ThirdJoined)
    assert (told.is_self, told.own, told.words) == (True, False, _joined(world.logs[0]).words)
    text = log.seal(MessageKind.TEXT, world.entropy(16), content.encode_text("Bonjour"), world.entropy)
    (message,) = world.both(EventKind.MESSAGE, THIRD, text)
    assert isinstance(message, Message)
    assert (message.text, message.party, message.author) == ("Bonjour", 2, None)
    leaving = log.leaving(world.entropy(16), told.third)
    log.append(world.service.entries[-1:])
    (left,) = world.both(EventKind.LEFT, THIRD, leaving)
    assert isinstance(left, ThirdLeft)
    assert [each.third for each in world.logs] == [None, None]
    assert [each.is_exposed for each in world.logs] == [True, True]


def _joined(log: ThreadLog) -> ThirdJoined:
    return next(item for item in log.items if isinstance(item, ThirdJoined))


def test_the_service_lets_nobody_in_that_one_side_alone_signed() -> None:
    world = Visited()
    invited = world.invitation()
    world.both(EventKind.INVITED, 0, invited)
    honest, _ = world.logs[1].acceptance(world.entropy(16), invited)
    said = third.parse_joined(honest)
    doctor, guest = world.logs[0].epochs[-1].own.sign, world.key.sign
    forged = third.make_invited(third.parse_invited(invited), guest)
    for party, payload, expected in (
        (1, third.make_joined(said, doctor), BadSignature),
        (1, third.make_joined(said, guest), BadSignature),
        (0, third.make_joined(said._replace(party=0), doctor), WrongHeader),
        (1, third.make_joined(said._replace(invited=forged), world.logs[1].epochs[-1].own.sign), BadSignature),
        (SERVICE, honest, WrongHeader),
        (0, honest, WrongHeader),
    ):
        assert refusals(world.both(EventKind.JOINED, party, payload)) == [expected]
        assert [log.third for log in world.logs] == [None, None]
    assert len(world.logs[1].invitations) == 1, "it still waits for an answer"


def test_a_grant_holds_in_no_other_thread_and_under_no_other_keys() -> None:
    elsewhere = Visited("elsewhere")
    foreign = elsewhere.let_in()
    world = Visited()
    assert refusals(world.both(EventKind.JOINED, 1, foreign)) == [WrongHeader]
    invited = world.invitation()
    world.both(EventKind.INVITED, 0, invited)
    honest, _ = world.logs[1].acceptance(world.entropy(16), invited)
    world.both(EventKind.EPOCH, 1, world.rotated(world.opening).signed)
    assert refusals(world.both(EventKind.JOINED, 1, honest)) == [WrongHeader]
    assert not world.logs[1].invitations
    with pytest.raises(WrongHeader):
        world.logs[1].acceptance(world.entropy(16), invited)


def test_an_invitation_lets_in_once() -> None:
    world = Visited()
    joined = world.let_in()
    stay = _joined(world.logs[0]).third
    world.both(EventKind.LEFT, 0, world.logs[0].leaving(world.entropy(16), stay))
    assert refusals(world.both(EventKind.JOINED, 1, joined)) == [WrongHeader]
    assert world.logs[0].third is None
    assert refusals(world.both(EventKind.LEFT, 0, world.logs[0].leaving(world.entropy(16), stay))) == [BadInvitation]


def test_who_is_not_in_writes_nothing() -> None:
    world = Visited()
    joined = world.let_in()
    log = world.entered(joined)
    log.append(world.service.entries[world.joined_seq - 1 :])
    sealed = [log.seal(MessageKind.TEXT, world.entropy(16), content.encode_text(text), world.entropy) for text in "ab"]
    other = Visited()
    assert refusals(other.both(EventKind.MESSAGE, THIRD, sealed[0])) == [WrongHeader]
    world.both(EventKind.LEFT, 1, world.logs[1].leaving(world.entropy(16), _joined(world.logs[0]).third))
    assert refusals(world.both(EventKind.MESSAGE, THIRD, sealed[1])) == [WrongHeader]


def test_a_third_party_reads_from_its_entry_and_the_service_cannot_widen_that() -> None:
    world = Visited()
    joined = world.let_in()
    after, at = world.say(0, "Bienvenue"), world.joined_seq
    log = world.entered(joined)
    shown = log.append(world.service.entries[at - 1 :])
    assert [item.text for item in shown if isinstance(item, Message)] == ["Bienvenue"]
    assert after.seq == log.seq
    widened = world.entered(joined)
    (stopped,) = widened.append(world.service.entries)
    assert isinstance(stopped, NotRendered)
    assert (type(stopped.reason), stopped.stopped) == (Fork, True)
    false = EpochShare(0, third.make_share(_present(world), world.opening.record, bytes(32)))
    whole = world.entered(joined, seq=0, head=b"", shares=[false])
    refused = whole.append(world.service.entries[: at - 1])
    assert refusals(refused) == [BadRecord, BadRecord]
    assert not [item for item in refused if isinstance(item, Message)], "a key of nobody's opens nothing"


def _present(world: Visited) -> third.Third:
    present = world.logs[0].third
    assert present is not None
    return present


def test_with_history_a_third_party_reads_all_that_the_sides_gave_it() -> None:
    world = Visited(history=True)
    joined = world.let_in()
    shares = [
        EpochShare(made.record.n, third.make_share(_present(world), made.record, made.epoch_secret))
        for made in (world.opening, world.made)
    ]
    log = world.entered(joined, shares=shares)
    shown = log.append(world.service.entries)
    assert [item.text for item in shown if isinstance(item, Message)] == ["Bonjour", "Bonsoir"]
    assert [type(item) for item in shown if isinstance(item, ThirdInvited | ThirdJoined)] == [ThirdInvited, ThirdJoined]


def test_a_third_party_is_led_into_no_other_place() -> None:
    world, other = Visited(), Visited("other")
    joined, foreign = world.let_in(), other.let_in()
    at = world.joined_seq
    from_joining = world.service.entries[at - 1 :]
    assert _stops(world.entered(joined, head=bytes(32)), from_joining) is Fork
    assert _stops(world.entered(joined, signed_record=world.made.signed), from_joining) is WrongHeader
    log = world.third_log()
    stopped = log.enter(world.entry(foreign), INDEX)
    assert stopped is not None
    assert isinstance(stopped.reason, BadRecord), "the keys of another mailbox"
    log = world.third_log()
    stopped = log.enter(world.entry(joined), INDEX + 1)
    assert stopped is not None
    assert isinstance(stopped.reason, BadRecord)
    log = world.third_log()
    stopped = log.enter(world.entry(joined), None)
    assert stopped is not None


def _stops(log: ThreadLog, entries: list[LogEntry]) -> type[Exception]:
    log.append(entries)
    assert log.evidence is not None
    return type(log.evidence.reason)


def test_a_prekey_serves_one_thread() -> None:
    """A service that lets one invited prekey in twice would tie two threads together."""
    world = Visited()
    joined = world.let_in()
    world.guest.shown_in[world.key.public.sign] = bytes(16)
    log = world.third_log()
    stopped = log.enter(world.entry(joined), INDEX)
    assert stopped is not None
    assert isinstance(stopped.reason, BadRecord)


def test_a_release_shows_a_third_party_no_card_and_a_side_takes_none_withheld() -> None:
    world = Visited()
    joined = world.let_in()
    released = world.service.add(EventKind.RELEASED, SERVICE, b"cards of both sides")
    withheld = replace_payload(released, third.withhold(chain.digest("released", SERVICE, released.payload)))
    log = world.entered(joined)
    shown = log.append([*world.service.entries[world.joined_seq - 1 : -1], withheld])
    assert isinstance(shown[-1], CardsReleased)
    assert shown[-1].cards == ()
    assert _stops(world.logs[0], [withheld]) is not None
    shown_openly = world.entered(joined)
    assert _stops(shown_openly, world.service.entries[world.joined_seq - 1 :]) is not None


def replace_payload(entry: LogEntry, payload: bytes) -> LogEntry:
    return LogEntry(entry.seq, entry.at, entry.kind, entry.party, payload, entry.proof)


def test_a_reset_in_force_lets_nobody_in() -> None:
    world = Visited()
    invited = world.invitation()
    world.both(EventKind.INVITED, 0, invited)
    honest, _ = world.logs[1].acceptance(world.entropy(16), invited)
    world.logs[0]._chain._reset = 1
    (shown,) = world.logs[0].append([world.service.add(EventKind.JOINED, 1, honest)])
    assert isinstance(shown, NotRendered)
    assert isinstance(shown.reason, BadInvitation)
    assert sha256(invited) in world.logs[0].invitations


def test_what_reads_no_log_is_refused_as_an_entry() -> None:
    world = Visited()
    log = world.third_log()
    stopped = log.enter(ThirdEntry(b"nothing", 3, bytes(32), b"record", []), INDEX)
    assert stopped is not None
    assert isinstance(stopped.reason, E2EEError)
    assert not isinstance(stopped.reason, BadMessage)
    assert replace(Side(world.thread, world.page, THIRD, world.guest), party=0).is_third is False
