/**
 * The generations of a mailbox's seed: how the next one is made, and all before it opened (SPEC.md sections 4.1, 4.2).
 *
 * S_g  --wrap-->  each seat          S_g  --prev-->  S_{g-1}  --prev-->  ...  S_0
 */

import { type Bytes, type Hash, same, type Secret } from "./bytes.ts";
import type { Entropy } from "./entropy.ts";
import { BadSeal, BadSeed } from "./errors.ts";
import { checkSeed, identity, type Identity, newSeed, openPrev, sealPrev, seedCheck } from "./mailbox.ts";
import type { Generation, RosterState } from "./roster.ts";

/** What a rotation brings: the seed, what the record says of it, and the seed before sealed under it. */
export interface NextGeneration {
  readonly seed: Secret;
  readonly identity: Identity;
  readonly sc: Hash;
  readonly prev: Bytes;
}

/** Draws S_{g+1}. `seed` is S_g, the one in force. */
export async function nextGeneration(state: RosterState, seed: Secret, entropy: Entropy): Promise<NextGeneration> {
  const g = state.g + 1;
  const drawn = newSeed(entropy);
  return {
    seed: drawn,
    identity: await identity(drawn, state.mailbox, g),
    sc: seedCheck(drawn, state.mailbox, g),
    prev: await sealPrev(drawn, seed, state.mailbox, g),
  };
}

/**
 * The seed of every generation of a verified roster: of the one in force to S_0, in a map by generation.
 *
 * `seed` is S_g; `prevs` by the generation under which each is sealed, without those that the service withholds;
 * `wrapped` the seeds of generations before that reached this seat by wraps of its own, used where a prev is missing or
 * holds something else.
 *
 * Throws BadSeed when a seed is not the roster's or is withheld, and BadSeal.
 */
export async function openGenerations(
  state: RosterState,
  seed: Bytes,
  prevs: ReadonlyMap<number, Bytes>,
  wrapped: ReadonlyMap<number, Bytes> = new Map(),
): Promise<Map<number, Secret>> {
  let after = await checked(state, state.generation, seed);
  const seeds = new Map([[state.g, after]]);
  for (const generation of state.generations.slice(0, -1).toReversed()) {
    after = await openBefore(state, after, prevs, generation, wrapped.get(generation.g));
    seeds.set(generation.g, after);
  }
  return seeds;
}

/** The seed of a generation from the seed of the one after it, or else from a wrap of one's own. */
async function openBefore(
  state: RosterState,
  after: Secret,
  prevs: ReadonlyMap<number, Bytes>,
  generation: Generation,
  own: Bytes | undefined,
): Promise<Secret> {
  try {
    const prev = prevs.get(generation.g + 1);
    if (prev === undefined) throw new BadSeed(`the seed of generation ${generation.g} is withheld`);
    const opened = await openPrev(after, prev, state.mailbox, generation.g + 1, generation.sc);
    return await checked(state, generation, opened);
  } catch (error) {
    if (own === undefined || !(error instanceof BadSeal || error instanceof BadSeed)) throw error;
    return checked(state, generation, own);
  }
}

/** The seed, if it is the one that the roster vouches for, and gives the identity that the roster shows. */
async function checked(state: RosterState, generation: Generation, seed: Bytes): Promise<Secret> {
  const vouched = checkSeed(seed, state.mailbox, generation.g, generation.sc);
  const { sign, kem } = await identity(vouched, state.mailbox, generation.g);
  if (!same(sign.public, generation.identitySign) || !same(kem.public, generation.identityKem)) {
    throw new BadSeed("the identity in the roster is not the one that this seed gives");
  }
  return vouched;
}
