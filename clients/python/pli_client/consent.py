"""Consenting to show a card: what the person enters, and what leaves the device. Pure.

SPEC.md section 9: the card goes sealed into escrow with a statement that the person's own seat signs. The peer gets
neither before both sides consented; the statement it never gets.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from messaging.domain.vocabulary import CardField, MessageKind
from messaging.e2ee import card, consent, suite
from messaging.e2ee.consent import Consent
from messaging.e2ee.encoding import frame, utf8
from messaging.e2ee.entropy import Entropy
from messaging.e2ee.errors import BadCard, BadConsent
from messaging.wire.commands import ConsentGive, ConsentWithdraw
from pli_client.local import Given
from pli_client.log import ThreadLog


@dataclass(frozen=True, slots=True)
class Card:
    """One person's identity card, as they filled it in. Each field at most 254 bytes of UTF-8."""

    name: str | None = None
    role: str | None = None
    organisation: str | None = None
    phone: str | None = None
    email: str | None = None

    def shown(self, names: Collection[str]) -> Mapping[str, str]:
        """The consented fields with their values. Raises: BadCard, for none, an unknown or an empty one."""
        chosen = {name: getattr(self, name) for name in names if name in _NAMES}
        if not chosen or len(chosen) != len(set(names)):
            raise BadCard(f"a consent names at least one field, of {', '.join(_NAMES)}")
        empty = sorted(name for name, value in chosen.items() if not value)
        if empty:
            raise BadCard(f"the card has no {', '.join(empty)}")
        return chosen


_NAMES: Final = tuple(field.value for field in CardField)


def give(
    log: ThreadLog,
    shown: Mapping[str, str],
    *,
    text: str,
    channel: str,
    attestation: str | None,
    now: int,
    msg_id: bytes,
    entropy: Entropy,
) -> tuple[bytes, ConsentGive]:
    """Seals a card on the epoch in force and signs the consent to it; returns the card's id and the command.

    `text` is what the person read and agreed to. Raises: Stopped, BadRecord, BadCard, BadPadding (a field too long).
    """
    log.check_followed()
    side, current = log.side, log.epochs[-1]
    record_0 = log.epochs[0].record.hash
    header = log.header(MessageKind.CARD, msg_id)
    sealed = card.seal_card(
        header,
        shown,
        record_0=record_0,
        identity=side.keys.identity.sign,
        attestation=attestation or "",
        epoch_secret=current.opened_secret(),
        signing=current.own.sign,
        seen_seq=log.seq,
        seen_head=log.head,
        tag=side.keys.tag,
        entropy=entropy,
    )
    statement = consent.consent_statement(
        Consent(
            thread=side.thread,
            record_0=record_0,
            party=side.party,
            card=sealed.card,
            bits=sealed.bits,
            text_hash=suite.sha256(utf8(text)),
            channel=channel,
            time=now,
            payload_hash=suite.sha256(sealed.payload),
            cs=sealed.cs,
        )
    )
    command = ConsentGive(
        ref=0,
        thread=side.thread,
        statement=statement,
        signature=consent.sign(side.keys.pair.sign, statement),
        payload=sealed.payload,
        s_server=sealed.s_server,
    )
    return sealed.card, command


def asked(shown: Mapping[str, str], *, text: str, channel: str, attestation: str | None) -> bytes:
    """Names what a person agreed to: a second call that says the same is the same consent."""
    values = [utf8(part) for name in sorted(shown) for part in (name, shown[name])]
    return suite.sha256(frame("pli1/asked-consent", utf8(text), utf8(channel), utf8(attestation or ""), *values))


def command(thread: bytes, given: Given) -> ConsentGive:
    """The command of a kept consent, byte for byte."""
    return ConsentGive(
        ref=0,
        thread=thread,
        statement=given.statement,
        signature=given.signature,
        payload=given.payload,
        s_server=given.s_server,
    )


def check_own(log: ThreadLog, card_id: bytes, statement: bytes, signature: bytes) -> None:
    """Checks a consent that the service gives back to the person who gave it, on another device.

    Raises: BadConsent or BadEncoding, unless this seat signed it for this card of this thread: a withdrawal of anything
    else would be none.
    """
    side = log.side
    consent.check_signature(side.keys.pair.sign.public, signature, statement)
    given = consent.parse_consent(statement)
    if (given.thread, given.record_0, given.party, given.card) != (
        side.thread,
        log.epochs[0].record.hash,
        side.party,
        card_id,
    ):
        raise BadConsent("the service gives back the consent to another card")


def withdraw(log: ThreadLog, card_id: bytes, given: bytes, now: int) -> ConsentWithdraw:
    """Signs the withdrawal of a consent, given its own statement."""
    statement = consent.withdrawal_statement(given, now)
    signature = consent.sign(log.side.keys.pair.sign, statement)
    return ConsentWithdraw(ref=0, thread=log.side.thread, card=card_id, statement=statement, signature=signature)
