"""Services that leak: honest ones with one line changed, for the tests to find."""

import logging

import msgspec
import pytest

from messaging.domain.authorization import Actor
from messaging.domain.errors import Conflict, TargetNotReady
from messaging.domain.ids import TargetId
from messaging.identity.jwks import JwksVerifier
from messaging.ports import PartyRow, ThreadRow, TokenClaims, Transaction
from messaging.services import presenting, targets
from messaging.services.context import Context
from messaging.services.outcome import Outcome
from messaging.services.presenting import ThirdSees
from messaging.wire.events import ThreadState
from messaging.wire.rest import Claim, ClaimRequest
from messaging.wire.types import Presentation


def mailbox_to_the_peer(patch: pytest.MonkeyPatch) -> None:
    """A thread's state carries the peer's mailbox id."""
    honest = presenting.thread_state

    def leaking(
        row: ThreadRow, own: PartyRow, peer: PartyRow, now: int, *, third: ThirdSees | None = None
    ) -> ThreadState:
        state = honest(row, own, peer, now, third=third)
        shown = Presentation(state.peer.group, state.peer.area, state.peer.verified, peer.mailbox.hex())
        return msgspec.structs.replace(state, peer=shown)

    patch.setattr(presenting, "thread_state", leaking)


def owner_to_outsiders(patch: pytest.MonkeyPatch) -> None:
    """A refusal names the owner of a target whose prekeys are used up."""
    honest = targets.claim

    async def leaking(
        tx: Transaction, actor: Actor, target: TargetId, body: ClaimRequest, context: Context
    ) -> Outcome[Claim]:
        try:
            return await honest(tx, actor, target, body, context)
        except TargetNotReady as refusal:
            row = await tx.targets.get(target)
            assert row is not None
            raise Conflict(f"ask {row.mailbox.hex()}") from refusal

    patch.setattr(targets, "claim", leaking)


def subject_to_the_log(patch: pytest.MonkeyPatch) -> None:
    """A line of the log names who signed in."""
    honest = JwksVerifier.verify

    async def leaking(verifier: JwksVerifier, token: str) -> TokenClaims:
        claims = await honest(verifier, token)
        logging.getLogger("pli.identity").debug("%s signed in", claims.subject)
        return claims

    patch.setattr(JwksVerifier, "verify", leaking)
