"""A third party in one thread: invited, let in with the keys that are its, and shown the door.

SPEC.md section 7.6. Whoever accepts renews the thread's keys in the same command, so that the third party has no key of
what was written before, unless both sides chose that it reads it.
"""

from typing import Final

from messaging.domain.errors import RotationNeeded, StaleEpoch, StaleHead, Unverifiable
from messaging.domain.vocabulary import EventKind
from messaging.e2ee import epoch, suite
from messaging.e2ee.epoch import Opening
from messaging.e2ee.errors import BadInvitation
from messaging.e2ee.pseudonym import PublicPseudonym, thread_slot
from messaging.e2ee.third import Shown, make_share, parse_invited
from messaging.wire.commands import Accept, Invite, Share
from messaging.wire.events import Ack, LogEntry, Ok
from messaging.wire.rest import Claim
from messaging.wire.types import EpochShare
from pli_client.errors import NotASide, ProblemError, Unreachable
from pli_client.follower import Follower
from pli_client.log import ThreadLog
from pli_client.outbox import reseals_max
from pli_client.renewal import Renewal
from pli_client.runtime import Runtime

shares_at_once: Final = 24


class Inviting:
    """What one side of a thread that was read does about a third party; see `Thread.invite`."""

    def __init__(self, runtime: Runtime, follower: Follower, renewal: Renewal) -> None:
        self._runtime = runtime
        self._follower = follower
        self._renewal = renewal
        self._thread = follower.log.side.thread
        self._keys = follower.log.side.keys

    @property
    def _log(self) -> ThreadLog:
        """Another one after a restored backup."""
        return self._follower.log

    def check_side(self) -> None:
        """Raises: NotASide, as a third party."""
        if self._log.side.is_third:
            raise NotASide("a third party reads and writes; this is for the two sides")

    async def invite(self, target: bytes, *, history: bool) -> int:
        """Claims a prekey of the third party and signs the invitation; returns its seq.

        Raises: BadInvitation (a third party is in), BadKey, ProblemError, TimedOut, Stopped.
        """
        self.check_side()
        self._check_none_in()
        claim = await self._runtime.api.claim(target, self._keys.mailbox)
        suite.check_kem_public(claim.pk_kem)
        suite.check_sign_public(claim.pk_sign)
        msg_id = self._runtime.new_id()
        for _ in range(reseals_max):
            await self._follower.catch_up(pull=True)
            self._check_none_in()
            payload = self._invitation(msg_id, target, claim, history=history)
            try:
                return await self._asked(Invite(ref=0, claim=claim.claim, payload=payload), EventKind.INVITED, payload)
            except ProblemError as error:
                await self._after(error)
                refusal = error
        raise refusal

    async def accept(self, stay: bytes) -> int:
        """Lets the third party of an open invitation in; returns the seq of its joining.

        Where both sides chose that it reads what was written before, it gets the keys of that too; called again for one
        that is in, it gets those that are missing.
        Raises: BadInvitation (not open, or one's own), ProblemError, TimedOut, Stopped.
        """
        self.check_side()
        for _ in range(reseals_max):
            await self._follower.catch_up(pull=True)
            try:
                seq = self._log.joined_at(stay) if self._is_in(stay) else await self._tried(stay)
            except ProblemError as error:
                await self._after(error)
                refusal = error
            else:
                await self._share_history()
                return seq
        raise refusal

    def _is_in(self, stay: bytes) -> bool:
        return self._log.third is not None and self._log.third.id == stay

    def _check_none_in(self) -> None:
        self._log.check_followed()
        if self._log.third is not None:
            raise BadInvitation("a third party is in already")

    def _invitation(self, msg_id: bytes, target: bytes, claim: Claim, *, history: bool) -> bytes:
        keys, shown = PublicPseudonym(claim.pk_sign, claim.pk_kem), claim.presentation
        said = Shown(shown.group, shown.area, shown.verified, shown.words)
        return self._log.invitation(msg_id, target, keys, said, history=history)

    async def _tried(self, stay: bytes) -> int:
        invited = self._log.invitations.get(stay)
        if invited is None:
            raise BadInvitation("this invitation does not hold any more: the keys were renewed, or somebody is in")
        if parse_invited(invited).party == self._log.side.party:
            raise BadInvitation("the other side is to accept what this one proposes")
        payload, third = self._log.acceptance(self._runtime.new_id(), invited)
        made = self._made()
        command = Accept(
            ref=0,
            payload=payload,
            signed_record=made.signed,
            wraps=made.wraps,
            own=self._keys.own_signature(made.record.parties[self._log.side.party]),
            share=make_share(third, made.record, made.epoch_secret),
        )
        self._log.epochs.add_wraps({made.record.n: made.wraps}, None)
        seq = await self._asked(command, EventKind.JOINED, payload)
        await self._follower.reach(seq + 1)
        return seq

    def _made(self) -> Opening:
        current, side = self._log.epochs[-1], self._log.side
        return epoch.make_rotation(
            current.record,
            party=side.party,
            old=current.own,
            new=self._keys.pseudonym(thread_slot(side.thread, current.record.n + 1)),
            thread_head=self._log.head,
            entropy=self._runtime.entropy,
        )

    async def _asked(self, command: Invite | Accept, kind: EventKind, payload: bytes) -> int:
        """Sends a command and reads the event that it became."""
        stream_epoch = self._follower.stream_epoch
        ack = await self._runtime.link.request(command, Ack, timeout_s=self._runtime.timeout_s)
        if ack.thread != self._thread:
            raise Unreachable("the service's ack is not for this conversation")
        entry = LogEntry(ack.seq, ack.at, kind, self._log.side.party, payload, ack.proof)
        await self._follower.confirm(entry, stream_epoch)
        return ack.seq

    async def _share_history(self) -> None:
        """Gives the third party that is in the keys of the epochs before it joined, if both sides chose so."""
        third = self._log.third
        if third is None or not third.invitation.history:
            return
        joined_under = self._log.epoch_of(third.invitation.record_hash)
        before = [self._log.epochs[n] for n in range(joined_under + 1)]
        shares = [
            EpochShare(known.record.n, make_share(third, known.record, known.secret))
            for known in before
            if known.secret is not None
        ]
        for at in range(0, len(shares), shares_at_once):
            command = Share(ref=0, thread=self._thread, shares=shares[at : at + shares_at_once])
            await self._runtime.link.request(command, Ok, timeout_s=self._runtime.timeout_s)

    async def _after(self, error: ProblemError) -> None:
        """Prepares another try. Raises the refusal where that is of no use."""
        if error.code == RotationNeeded.code:
            await self._renewal.asked()
        elif error.code == Unverifiable.code:
            # The roster went on since it was read: who vouches is the generation in force.
            await self._renewal.reread()
        elif error.code not in (StaleEpoch.code, StaleHead.code):
            raise error
