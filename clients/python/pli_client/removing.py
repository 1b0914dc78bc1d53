"""Removing a seat and renewing the mailbox's seed: the one command that does both, made whole. Pure.

SPEC.md section 4.3: the removal, the rotation after it, the new seed for every seat that remains, the seed before
sealed under it, and new prekeys in place of those whose keys the removed seat knows.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from messaging.domain import limits
from messaging.e2ee import generations, mailbox, roster
from messaging.e2ee.entropy import Entropy
from messaging.wire.rest import Removal, SeedWrap, TargetPrekeys
from pli_client import prekeys
from pli_client.keys import MailboxKeys

_WRAP_BYTES: Final = 1_800
_PREKEY_BYTES: Final = 1_900
"""In JSON, with room to spare."""


def make(keys: MailboxKeys, seat: bytes | None, targets: Sequence[bytes], entropy: Entropy) -> Removal:
    """The command of an administrator: ends `seat`, or nobody's (None), and begins the next generation.

    `targets`: the mailbox's own, which get new prekeys as far as the command may carry them; the others none.
    Raises: BadRoster, for a seat that cannot be removed, one's own among them.
    """
    state, signer, key = keys.roster, keys.seat, keys.pair.sign
    remove = None if seat is None else roster.make_remove(state, seat=seat, signer=signer, signer_key=key)
    if remove is not None:
        state = roster.apply(state, remove)
    following = generations.next_generation(state, keys.seed, entropy)
    rotate = roster.make_rotate(state, identity=following.identity, sc=following.sc, signer=signer, signer_key=key)
    state = roster.apply(state, rotate)
    fresh = replace(keys, roster=state, seeds={**keys.seeds, state.g: following.seed}, shown_in={})
    seeds = [
        SeedWrap(
            *(state.g, to, state.head),
            mailbox.wrap_seed(following.seed, seated.kem_pk, state.mailbox, state.g, to, state.head),
        )
        for to, seated in sorted(state.seats.items())
    ]
    room = (
        limits.removal_body_bytes_max - len(seeds) * _WRAP_BYTES - limits.roster_record_bytes_max * 4
    ) // _PREKEY_BYTES
    each = min(limits.prekeys_per_removal_and_target_max, room // max(1, len(targets)))
    batches = [
        TargetPrekeys(target, fresh.prekeys(target, sorted(prekeys.indices(entropy, each))))
        for target in targets
        if each
    ]
    return Removal(rotate=rotate, seeds=seeds, prev=following.prev, prekeys=batches, remove=remove)
