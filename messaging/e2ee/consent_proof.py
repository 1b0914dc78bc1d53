"""The proof that one person consented to show one card: for whoever has nothing but the proof (SPEC.md section 9.5).

The statement is signed by a seat's key; the mailbox's roster, from its first record to the one that seats that seat,
says that the key was a seat's of this mailbox, and who vouched for it. What the service adds (when it accepted what,
where the card stands) is its own word, and is marked as such.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from messaging.e2ee import roster
from messaging.e2ee.consent import Consent, check_signature, parse_consent, verify_withdrawal
from messaging.e2ee.encoding import utf8
from messaging.e2ee.errors import BadConsent, BadRoster
from messaging.e2ee.roster import RosterState, SeatKeys
from messaging.e2ee.suite import sha256


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """What a person signed, and when the service accepted it."""

    statement: bytes
    signature: bytes
    accepted_at: int
    """ms, by the service's clock; its word alone."""


@dataclass(frozen=True, slots=True)
class ConsentProof:
    """All that is shown for one card."""

    mailbox: bytes
    seat: bytes
    records: Sequence[bytes]
    """The signed roster records of the mailbox, from record 0 to the one that seats this seat."""
    given: SignedStatement
    withdrawn: SignedStatement | None = None
    """The person's own withdrawal."""
    removed: Sequence[bytes] = ()
    """Where the seat's removal ended the consent: the records that follow `records`, the last one removes the seat."""
    state: str = ""
    """Where the card stands by the service's word: `waiting`, `released`, `withdrawn`, `retracted`."""


@dataclass(frozen=True, slots=True)
class ProvenConsent:
    """What a proof proves."""

    consent: Consent
    seat: SeatKeys
    """The key that signed, its role, and the record that seated it."""
    root: bytes
    """Of the mailbox's roster: to be compared with what is known of the mailbox by another way."""
    withdrawn_at: int | None
    """ms, by the person's own clock."""
    removed: bool


def verify_consent_proof(proof: ConsentProof, *, root: bytes | None = None, text: str | None = None) -> ProvenConsent:
    """Verifies a proof and returns what it proves.

    `root` pins the mailbox; `text` is the text that the person is said to have read. Raises BadEncoding, BadRoster (the
    roster does not hold, or does not end with the record that seats the seat), or BadConsent.
    """
    state = roster.replay(proof.records, proof.mailbox)
    seat = state.seats.get(proof.seat)
    if seat is None or seat.record_hash != state.head:
        raise BadRoster("the roster of the proof does not end with the record that seats this seat")
    if root is not None and state.root != root:
        raise BadRoster("the mailbox has another root")
    check_signature(seat.sign_pk, proof.given.signature, proof.given.statement)
    given = parse_consent(proof.given.statement)
    if text is not None and given.text_hash != sha256(utf8(text)):
        raise BadConsent("the person consented to another text")
    withdrawn = proof.withdrawn
    return ProvenConsent(
        consent=given,
        seat=seat,
        root=state.root,
        withdrawn_at=None
        if withdrawn is None
        else verify_withdrawal(withdrawn.statement, withdrawn.signature, seat.sign_pk, proof.given.statement),
        removed=_removed(state, proof),
    )


def _removed(state: RosterState, proof: ConsentProof) -> bool:
    if not proof.removed:
        return False
    before = state
    for signed in proof.removed:
        before, state = state, roster.apply(state, signed)
    if proof.seat in state.seats or proof.seat not in before.seats:
        raise BadRoster("the records after do not end with the one that removes this seat")
    return True
