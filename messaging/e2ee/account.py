"""The account: one 32-byte seed, from which the keys of every seat derive (SPEC.md section 3.1)."""

from dataclasses import dataclass

from messaging.e2ee.suite import KemKey, SigningKey, check_key, kdf


@dataclass(frozen=True, slots=True)
class SeatKeyPair:
    """The keys of one account's seat in one mailbox: what signs for it, and what is sealed to it."""

    sign: SigningKey
    kem: KemKey


def seat_keys(account_seed: bytes, mailbox: bytes) -> SeatKeyPair:
    """Derives the keys of this account's seat in a mailbox. Two mailboxes get keys that nobody can link."""
    check_key(account_seed, "the account seed")
    return SeatKeyPair(
        SigningKey(kdf(account_seed, "pli1/seat", mailbox, b"sign")),
        KemKey(kdf(account_seed, "pli1/seat", mailbox, b"kem")),
    )
