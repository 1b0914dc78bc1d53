"""The proofs of consents, as documents that leave the service: GDPR article 7 asks whoever relies on one to show it.

A document is JSON and needs nothing else to be verified: `messaging.e2ee.consent_proof` (SPEC.md section 9.5). Its ids
are in hex, its bytes in base64. Nothing in it is a card's content: which fields, under which text, when, and whose key.
"""

from typing import Final, Literal

from msgspec import Struct

from messaging.domain.ids import CardId, ThreadId
from messaging.e2ee.consent_proof import ConsentProof, ProvenConsent, verify_consent_proof
from messaging.e2ee.errors import BadConsent
from messaging.operations.operation import Operation, OperationFailed, Workplace
from messaging.ports import Transaction
from messaging.services.proofs import consent_proof, consent_proofs

FORMAT: Final = "pli-consent-proof/1"


class CardProof(Struct):
    """One document."""

    card: str
    """16 bytes in hex, as `thread`."""
    thread: str
    proof: ConsentProof
    format: Literal["pli-consent-proof/1"] = FORMAT


class Wanted(Struct):
    """All cards of a thread, or one card; 16 bytes each."""

    thread: bytes | None = None
    card: bytes | None = None


class CardProofs(Struct):
    proofs: list[CardProof]


async def _export(at: Workplace, wanted: Wanted) -> CardProofs:
    """Raises: OperationFailed, NotFound."""
    thread = wanted.thread
    if thread is None:
        thread = None if wanted.card is None else await at.store.inspection().thread_of(wanted.card)
        if thread is None:
            raise OperationFailed("No consent was given to this card. Check its id.")
    named = ThreadId(thread)

    async def gather(tx: Transaction) -> dict[CardId, ConsentProof]:
        if wanted.card is None:
            return await consent_proofs(tx, named)
        return {CardId(wanted.card): await consent_proof(tx, named, CardId(wanted.card))}

    found = await at.read(gather)
    return CardProofs([CardProof(card.hex(), thread.hex(), proof) for card, proof in found.items()])


def verified(document: CardProof, *, root: bytes | None = None, text: str | None = None) -> ProvenConsent:
    """What a document proves, by itself. Raises: BadConsent and what `verify_consent_proof` raises."""
    proven = verify_consent_proof(document.proof, root=root, text=text)
    if (proven.consent.card.hex(), proven.consent.thread.hex()) != (document.card, document.thread):
        raise BadConsent("the document names another card or conversation than the statement that was signed")
    return proven


EXPORT: Final = Operation("consent.export", Wanted, CardProofs, _export)

OPERATIONS: Final = (EXPORT,)
