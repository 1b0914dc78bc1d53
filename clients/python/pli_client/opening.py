"""A first contact: epoch 0 to a claimed prekey; record, wraps and first message in one command (SPEC.md section 5).

The peer may be offline for a week. What is sent is kept before and sent again as it is until there is an ack.
"""

from typing import Final

from messaging.domain.errors import Conflict, NotFound
from messaging.domain.vocabulary import INITIATOR, EventKind, MessageKind
from messaging.e2ee import chain, content, epoch, message, suite
from messaging.e2ee.pseudonym import PublicPseudonym, thread_slot
from messaging.wire.commands import Open
from messaging.wire.events import Ack, LogEntry, ThreadState
from messaging.wire.rest import Claim
from pli_client import local
from pli_client.errors import Unreachable
from pli_client.keys import MailboxKeys
from pli_client.runtime import Runtime


def make(
    runtime: Runtime, keys: MailboxKeys, target: bytes, claim: Claim, text: str, *, msg_id: bytes
) -> local.Opening:
    """Seals everything that opens a thread to a claimed prekey. Raises: BadKey, when nobody could receive under it."""
    suite.check_kem_public(claim.pk_kem)
    suite.check_sign_public(claim.pk_sign)
    thread = runtime.new_id()
    own = keys.pseudonym(thread_slot(thread, 0))
    head_0 = chain.head0(runtime.trust.service_id, thread)
    opened = epoch.make_first(
        thread=thread,
        head_0=head_0,
        initiator=own,
        recipient=PublicPseudonym(claim.pk_sign, claim.pk_kem),
        entropy=runtime.entropy,
    )
    header = message.header(MessageKind.TEXT, thread, 0, opened.record.hash, INITIATOR, msg_id)
    payload = message.seal_message(
        header,
        content.encode_text(text),
        epoch_secret=opened.epoch_secret,
        signing=own.sign,
        seen_seq=0,
        seen_head=head_0,
        tag=keys.tag,
        entropy=runtime.entropy,
    )
    return local.Opening(
        mailbox=keys.mailbox,
        target=target,
        claim=claim.claim,
        thread=thread,
        signed_record=opened.signed,
        wraps=opened.wraps,
        own=keys.own_signature(own.public),
        payload=payload,
        msg_id=msg_id,
        peer=claim.presentation,
        text=text,
    )


CLAIM_AGAIN: Final = frozenset({Conflict.code, NotFound.code})
"""A claim that is older than 72 h, or that a restored service does not know: with a new one the message goes out."""


async def deliver(runtime: Runtime, opening: local.Opening) -> tuple[ThreadState, LogEntry]:
    """Sends until there is an answer; returns the thread as it then stands, and the first message as the ack has it.

    It stays kept until the log shows that very message, or until the refusal that is raised is dealt with.
    Raises: ProblemError, Unreachable, Ended.
    """
    command = Open(
        ref=0,
        mailbox=opening.mailbox,
        claim=opening.claim,
        thread=opening.thread,
        signed_record=opening.signed_record,
        wraps=opening.wraps,
        own=opening.own,
        payload=opening.payload,
    )
    ack = await runtime.link.insist(command, Ack)
    if ack.thread != opening.thread:
        raise Unreachable("the service's ack is not for this conversation")
    entry = LogEntry(ack.seq, ack.at, EventKind.MESSAGE, INITIATOR, opening.payload, ack.proof)
    state = ThreadState(
        thread=opening.thread,
        mailbox=opening.mailbox,
        party=INITIATOR,
        target=opening.target,
        peer=opening.peer,
        seq=ack.seq,
        epoch=0,
        opened_at=ack.at,
        last_at=ack.at,
        stage="solicited",
        read_seq=ack.seq,
        peer_read_seq=0,
        revealed=False,
    )
    return state, entry


def name(opening: local.Opening) -> str:
    """Under which name it is kept."""
    return local.OPENINGS + opening.thread.hex()
