"""A third party in a thread, command by command: invited by one end, let in by the other, gone again."""

import os
from dataclasses import dataclass, replace

from messaging.domain.vocabulary import THIRD
from messaging.e2ee import epoch, notice, pseudonym, third
from messaging.e2ee.notice import Notice
from messaging.e2ee.pseudonym import PublicPseudonym
from messaging.e2ee.suite import sha256
from messaging.e2ee.third import Invitation, Joining, Shown, Third
from messaging.wire import commands
from messaging.wire.commands import Accept, Invite, Share
from messaging.wire.types import EpochShare
from tests.support.talk import Line, log_head
from tests.support.world import Box, Someone, World

Person = tuple[Box, Someone]


@dataclass(frozen=True, slots=True)
class Stay:
    """A third party that is in: how it came in, and the three ends of the thread in the epoch since."""

    third: Third
    sides: tuple[Line, Line]
    guest: Line

    def leaving(self, ref: int, line: Line, *, thread: bytes | None = None) -> commands.Notice:
        """Ends the stay, from one of the three ends."""
        said = Notice(
            *("left", thread or line.thread, line.record.hash, line.party, os.urandom(16), 0, line.head_0),
            third=self.third.id,
        )
        return commands.Notice(ref=ref, payload=notice.make_notice(said, line.own.sign))

    def share(self, ref: int, line: Line, *, thread: bytes | None = None) -> Share:
        """The key of the epoch of this end, for the third party."""
        wrapped = third.make_share(self.third, line.record, line.secret)
        return Share(ref=ref, thread=thread or line.thread, shares=[EpochShare(line.record.n, wrapped)])


def invitation(
    line: Line,
    target: bytes,
    keys: PublicPseudonym,
    shown: Shown,
    *,
    history: bool = False,
    thread: bytes | None = None,
) -> bytes:
    said = Invitation(
        *(thread or line.thread, line.record.hash, line.party, os.urandom(16), 0, line.head_0),
        target,
        keys,
        history,
        shown,
    )
    return third.make_invited(said, line.own.sign)


async def invite(
    world: World,
    host: Person,
    guest: Person,
    line: Line,
    ref: int,
    *,
    history: bool = False,
    thread: bytes | None = None,
) -> tuple[Invite, bytes]:
    """The command, with a prekey that the host claims of a new target of the guest, which is returned too."""
    target = await world.fresh_target(*guest)
    claim = await world.claim(host[1], host[0].mailbox, target)
    shown = claim.presentation
    said = Shown(shown.group, shown.area, shown.verified, shown.words)
    keys = PublicPseudonym(claim.pk_sign, claim.pk_kem)
    payload = invitation(line, target, keys, said, history=history, thread=thread)
    return Invite(ref=ref, claim=claim.claim, payload=payload), target


def accept(line: Line, invited: bytes, head: bytes, ref: int, *, thread: bytes | None = None) -> tuple[Accept, Line]:
    """The command, made on the log's head, and this end of the thread once it is taken."""
    said = Joining(thread or line.thread, line.record.hash, line.party, os.urandom(16), 0, line.head_0, invited)
    payload = third.make_joined(said, line.own.sign)
    new = line.keys.pseudonym(pseudonym.thread_slot(line.thread, line.record.n + 1))
    made = epoch.make_rotation(
        line.record, party=line.party, old=line.own, new=new, thread_head=head, entropy=os.urandom
    )
    stay = Third(sha256(invited), third.parse_invited(invited), payload)
    command = Accept(
        ref=ref,
        payload=payload,
        signed_record=made.signed,
        wraps=made.wraps,
        own=line.keys.own_signature(new.public),
        share=third.make_share(stay, made.record, made.epoch_secret),
    )
    record_0 = line.record_0 or line.record.hash
    return command, replace(line, record=made.record, secret=made.epoch_secret, own=new, record_0=record_0)


async def let_in(
    world: World, hosts: tuple[Person, Person], guest: Person, lines: tuple[Line, Line], *, history: bool = False
) -> Stay:
    """The initiator invites, the recipient accepts."""
    initiator, recipient = lines
    asked, target = await invite(world, hosts[0], guest, initiator, 1, history=history)
    async with world.socket(hosts[0][1]) as socket:
        answer = await socket.ask(asked)
        assert b'"t":"ack"' in answer, answer
    head = await log_head(world, hosts[0][1], initiator.thread)
    command, after = accept(recipient, asked.payload, head, 1)
    async with world.socket(hosts[1][1]) as socket:
        answer = await socket.ask(command)
        assert b'"t":"ack"' in answer, answer
    stay = Third(sha256(asked.payload), third.parse_invited(asked.payload), command.payload)
    keys = guest[0].keys(guest[1])
    own = keys.pseudonym(pseudonym.prekey_slot(target, 0))
    line = Line(THIRD, keys, after.record, after.secret, own, initiator.head_0, after.record_0)
    return Stay(stay, (initiator.following(after), after), line)
