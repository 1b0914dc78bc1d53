"""The proof of a consent, and each way in which it must not hold."""

from dataclasses import replace

import pytest

from messaging.e2ee import consent, roster
from messaging.e2ee.consent import Consent
from messaging.e2ee.consent_proof import ConsentProof, SignedStatement, verify_consent_proof
from messaging.e2ee.errors import BadConsent, BadEncoding, BadRoster, E2EEError
from messaging.e2ee.suite import sha256
from tests.e2ee.making.group_mailbox import AGENT, MAYOR, SECRETARY, Person, village_roster
from tests.e2ee.making.stream import fixed
from tests.e2ee.making.world import DOCTOR, START_MS, THREAD, VILLAGE

TEXT = "J’accepte de montrer mon nom."
RECORDS = village_roster()
ROOT = roster.replay(RECORDS, VILLAGE.mailbox).root
STATEMENT = consent.consent_statement(
    Consent(
        *(THREAD, fixed("R_0"), 1, fixed("card", 16), 1, sha256(TEXT.encode()), "sdk", START_MS),
        *(fixed("payload"), fixed("cs")),
    )
)


def signed(statement: bytes, person: Person = MAYOR) -> SignedStatement:
    return SignedStatement(statement, consent.sign(person.keys.sign, statement), START_MS + 1)


GOOD = ConsentProof(VILLAGE.mailbox, MAYOR.seat, RECORDS[:2], signed(STATEMENT))
WITHDRAWAL = consent.withdrawal_statement(STATEMENT, START_MS + 5)


def test_a_proof_says_who_consented_to_what() -> None:
    proven = verify_consent_proof(GOOD, root=ROOT, text=TEXT)
    assert (proven.consent.card, proven.consent.bits, proven.consent.time) == (fixed("card", 16), 1, START_MS)
    assert (proven.seat.sign_pk, proven.seat.role) == (MAYOR.keys.sign.public, "mayor")
    assert (proven.root, proven.withdrawn_at, proven.removed) == (ROOT, None, False)


def test_a_withdrawal_belongs_to_the_proof() -> None:
    assert verify_consent_proof(replace(GOOD, withdrawn=signed(WITHDRAWAL))).withdrawn_at == START_MS + 5


def test_the_founder_is_seated_by_record_0() -> None:
    proof = ConsentProof(VILLAGE.mailbox, SECRETARY.seat, RECORDS[:1], signed(STATEMENT, SECRETARY))
    assert verify_consent_proof(proof).seat.role == "agent"


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"given": signed(STATEMENT, AGENT)}, BadConsent),
        ({"given": SignedStatement(STATEMENT + b"\0", GOOD.given.signature, 0)}, BadConsent),
        ({"given": signed(WITHDRAWAL)}, BadEncoding),
        ({"withdrawn": signed(WITHDRAWAL, SECRETARY)}, BadConsent),
        ({"withdrawn": signed(consent.withdrawal_statement(b"another", START_MS))}, BadConsent),
        ({"records": RECORDS}, BadRoster),
        ({"records": RECORDS[:1]}, BadRoster),
        ({"records": RECORDS[1:2]}, BadRoster),
        ({"records": []}, BadRoster),
        ({"mailbox": DOCTOR.mailbox}, BadRoster),
        ({"seat": AGENT.seat}, BadRoster),
        ({"removed": RECORDS[2:]}, BadRoster),
    ],
)
def test_what_does_not_hold_is_refused(change: dict[str, object], error: type[E2EEError]) -> None:
    with pytest.raises(error):
        verify_consent_proof(replace(GOOD, **change))  # type: ignore[arg-type]


def test_another_root_or_another_text_is_refused() -> None:
    with pytest.raises(BadRoster, match="root"):
        verify_consent_proof(GOOD, root=fixed("root"))
    with pytest.raises(BadConsent, match="text"):
        verify_consent_proof(GOOD, text=TEXT + " Et mon numéro.")
