"""The key that reports are sealed to, and the offline root’s certificate that vouches for it (SPEC.md section 10.1).

    certificate = frame("pli1/modkey-cert", kem_pk, u32 g, u64 not_before, u64 not_after, sig)
    sig         = Ed25519(moderation root, frame("pli1/modkey", kem_pk, u32 g, u64 not_before, u64 not_after))

kem_pk is K_g of the moderation mailbox: its seats open reports, and a seat that is removed brings the next generation,
hence the next certificate. Clients pin the root; what the service hands them vouches for nothing by itself.
"""

from typing import Final, NamedTuple

from messaging.e2ee.encoding import (
    KEM_PUBLIC_BYTES,
    SIGNATURE_BYTES,
    exactly,
    frame,
    read_u32,
    read_u64,
    u32,
    u64,
    unframe,
)
from messaging.e2ee.errors import BadModerationKey
from messaging.e2ee.suite import SigningKey, check_kem_public, sha256, verify
from messaging.e2ee.vault import Checkpoint

CERTIFICATE_MS_MAX: Final = 400 * 86_400_000
"""The longest time between not_before and not_after, in ms."""
CLOCK_MS_MAX: Final = 300_000
"""By how much a reader's clock may be behind."""


class ModerationKey(NamedTuple):
    """What a certificate says."""

    kem: bytes
    """K_g of the moderation mailbox, 1216 bytes."""
    g: int
    not_before: int
    """ms since 1970, UTC; as `not_after`."""
    not_after: int

    @property
    def hash(self) -> bytes:
        """Names the key in reports: SHA256(kem_pk)."""
        return sha256(self.kem)

    @property
    def checkpoint(self) -> Checkpoint:
        """What a vault keeps of the newest key that it saw."""
        return Checkpoint(self.g, self.hash)


def root_id(root_public: bytes) -> bytes:
    """The id of a root in vaults: the first 16 bytes of SHA256(frame("pli1/modroot", public))."""
    return sha256(frame("pli1/modroot", root_public))[:16]


def certify(key: ModerationKey, root: SigningKey) -> bytes:
    """Signs a certificate with the offline root. Raises BadKey, BadModerationKey for a time that readers refuse."""
    _check_span(key)
    check_kem_public(exactly(key.kem, KEM_PUBLIC_BYTES, "the moderation key"))
    return frame("pli1/modkey-cert", *_fields(key), root.sign(_statement(key)))


def parse_certificate(certificate: bytes) -> ModerationKey:
    """Takes a certificate apart. Raises BadEncoding. Nothing in it is verified but its form."""
    return _take_apart(certificate)[0]


def open_certificate(certificate: bytes, root_public: bytes, *, now: int, seen: Checkpoint | None) -> ModerationKey:
    """Verifies a certificate under the pinned root; `now` in ms, `seen` the newest key that this account saw.

    Raises BadEncoding, BadSignature (not by this root), BadModerationKey (out of its time, older than `seen`, or
    another key of the same generation), BadKey (nobody could seal to it).
    """
    key, signature = _take_apart(certificate)
    verify(root_public, signature, _statement(key))
    _check_span(key)
    if key.not_before > now + CLOCK_MS_MAX or key.not_after <= now:
        raise BadModerationKey("the moderation key is not in its time")
    if seen is not None and key.g < seen.position:
        raise BadModerationKey("a newer moderation key was seen before")
    if seen is not None and key.g == seen.position and key.hash != seen.head:
        raise BadModerationKey("another moderation key of this generation was seen before")
    check_kem_public(key.kem)
    return key


def _check_span(key: ModerationKey) -> None:
    if not 0 < key.not_after - key.not_before <= CERTIFICATE_MS_MAX:
        raise BadModerationKey("a moderation certificate holds for 1 ms to 400 days")


def _take_apart(certificate: bytes) -> tuple[ModerationKey, bytes]:
    kem, g, not_before, not_after, signature = unframe(
        certificate, "pli1/modkey-cert", (KEM_PUBLIC_BYTES, 4, 8, 8, SIGNATURE_BYTES)
    )
    return ModerationKey(kem, read_u32(g), read_u64(not_before), read_u64(not_after)), signature


def _fields(key: ModerationKey) -> tuple[bytes, ...]:
    return key.kem, u32(key.g), u64(key.not_before), u64(key.not_after)


def _statement(key: ModerationKey) -> bytes:
    return frame("pli1/modkey", *_fields(key))
