"""Pseudonyms: the key pairs under which a mailbox appears in one thread, and in no other (SPEC.md section 5.1)."""

from dataclasses import dataclass
from typing import NamedTuple

from messaging.e2ee.encoding import ID_BYTES, exactly, frame, u32
from messaging.e2ee.suite import KemKey, SigningKey, check_key, kdf, verify


class PublicPseudonym(NamedTuple):
    """What the peer and the server see of a pseudonym: Ed25519 (32 bytes) and X-Wing (1216 bytes) public keys."""

    sign: bytes
    kem: bytes


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """A pseudonym whose keys are at hand."""

    sign: SigningKey
    kem: KemKey

    @property
    def public(self) -> PublicPseudonym:
        return PublicPseudonym(self.sign.public, self.kem.public)


def derive(seed: bytes, slot: bytes) -> Pseudonym:
    """Derives the pseudonym of a slot from a mailbox seed: any seat of the mailbox finds it again."""
    check_key(seed, "the mailbox seed")
    return Pseudonym(
        SigningKey(kdf(seed, "pli1/pseudonym", slot, b"sign")),
        KemKey(kdf(seed, "pli1/pseudonym", slot, b"kem")),
    )


def prekey_slot(target: bytes, index: int) -> bytes:
    """The slot of the index-th prekey published for a target."""
    return frame("pli1/slot-prekey", exactly(target, ID_BYTES, "the target id"), u32(index))


def thread_slot(thread: bytes, n: int) -> bytes:
    """The slot of one's own pseudonym from epoch n of a thread on: the initiator's at n = 0, a rotator's after."""
    return frame("pli1/slot-thread", exactly(thread, ID_BYTES, "the thread id"), u32(n))


def _own(mailbox: bytes, public: PublicPseudonym) -> bytes:
    return frame("pli1/own", exactly(mailbox, ID_BYTES, "the mailbox id"), public.sign, public.kem)


def own_signature(identity: SigningKey, mailbox: bytes, pseudonym: PublicPseudonym) -> bytes:
    """Signs, with the mailbox's identity I_g, that a pseudonym is its own. The server keeps it; no peer sees it."""
    return identity.sign(_own(mailbox, pseudonym))


def verify_own(identity_public: bytes, mailbox: bytes, pk_sign: bytes, pk_kem: bytes, signature: bytes) -> None:
    """Checks an `own` signature against the mailbox's identity key. Raises BadSignature."""
    verify(identity_public, signature, _own(mailbox, PublicPseudonym(pk_sign, pk_kem)))
