"""The generations of a mailbox's seed: how the next one is made, and all before it opened (SPEC.md sections 4.1, 4.2).

S_g  --wrap-->  each seat          S_g  --prev-->  S_{g-1}  --prev-->  ...  S_0
"""

from collections.abc import Mapping
from dataclasses import dataclass

from messaging.e2ee import mailbox
from messaging.e2ee.entropy import Entropy
from messaging.e2ee.errors import BadSeal, BadSeed
from messaging.e2ee.mailbox import Identity
from messaging.e2ee.roster import Generation, RosterState


@dataclass(frozen=True, slots=True)
class NextGeneration:
    """What a rotation brings: the seed, what the record says of it, and the seed before sealed under it."""

    seed: bytes
    identity: Identity
    sc: bytes
    prev: bytes


def next_generation(state: RosterState, seed: bytes, entropy: Entropy) -> NextGeneration:
    """Draws S_{g+1}. `seed` is S_g, the one in force."""
    g = state.g + 1
    drawn = mailbox.new_seed(entropy)
    return NextGeneration(
        drawn,
        mailbox.identity(drawn, state.mailbox, g),
        mailbox.seed_check(drawn, state.mailbox, g),
        mailbox.seal_prev(drawn, seed, state.mailbox, g),
    )


def open_generations(
    state: RosterState, seed: bytes, prevs: Mapping[int, bytes], wrapped: Mapping[int, bytes] | None = None
) -> dict[int, bytes]:
    """Every seed of the mailbox by generation, each held against the verified roster.

    seed: S_g in force, as this seat's wrap gave it. prevs: by g, S_{g-1} sealed under S_g. wrapped: seeds before that
    reached this seat by wraps of its own; used where a prev is missing or holds something else.

    Raises: BadSeed, when a seed is not the roster's or is withheld; BadSeal.
    """
    own = wrapped or {}
    seeds = {state.g: _checked(state, state.generations[-1], seed)}
    for generation in reversed(state.generations[:-1]):
        g = generation.g
        try:
            seeds[g] = _from_prev(state, seeds[g + 1], prevs.get(g + 1), generation)
        except (BadSeal, BadSeed):
            if g not in own:
                raise
            seeds[g] = _checked(state, generation, own[g])
    return seeds


def _from_prev(state: RosterState, seed: bytes, prev: bytes | None, generation: Generation) -> bytes:
    if prev is None:
        raise BadSeed(f"the seed of generation {generation.g} is withheld")
    opened = mailbox.open_prev(seed, prev, state.mailbox, generation.g + 1, generation.sc)
    return _checked(state, generation, opened)


def _checked(state: RosterState, generation: Generation, seed: bytes) -> bytes:
    """The seed, if it is the one that the roster vouches for, and gives the identity that the roster shows."""
    mailbox.check_seed(seed, state.mailbox, generation.g, generation.sc)
    identity = mailbox.identity(seed, state.mailbox, generation.g)
    if (identity.sign.public, identity.kem.public) != (generation.identity_sign, generation.identity_kem):
        raise BadSeed("the identity in the roster is not the one that this seed gives")
    return seed
