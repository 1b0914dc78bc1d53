"""Which mailbox is behind a pseudonym: what moderators are shown when two of them ask for it (SPEC.md section 10.5)."""

from collections.abc import Sequence
from typing import NamedTuple

from messaging.e2ee import roster
from messaging.e2ee.errors import BadSignature
from messaging.e2ee.pseudonym import PublicPseudonym, verify_own


class Unmasked(NamedTuple):
    """What the evidence proves."""

    root: bytes
    """Of the mailbox's roster, 32 bytes: to be compared with what is known of the mailbox by another way."""
    g: int
    """The generation whose identity signed for the pseudonym."""


def verify_unmasking(
    signed_records: Sequence[bytes], mailbox: bytes, pseudonym: PublicPseudonym, own: bytes
) -> Unmasked:
    """Checks that a mailbox said of a pseudonym, when it began to use it, that it is its own.

    `signed_records` is its roster, from record 0; `pseudonym` is of an excerpt that verified. Raises BadEncoding,
    BadRoster, BadSignature.
    """
    state = roster.replay(signed_records, mailbox)
    for generation in reversed(state.generations):
        try:
            verify_own(generation.identity_sign, mailbox, pseudonym.sign, pseudonym.kem, own)
        except BadSignature:
            continue
        return Unmasked(state.root, generation.g)
    raise BadSignature("no generation of this mailbox signed for the pseudonym")
