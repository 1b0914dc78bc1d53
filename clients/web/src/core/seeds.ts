/** The seeds of a mailbox, as they were wrapped to a seat of its verified roster (SPEC.md section 4.2). */

import type { SeatKeyPair } from "../e2ee/account.ts";
import { type Bytes, type Hash, hex, type Id as IdBytes, type Secret, type Wrap } from "../e2ee/bytes.ts";
import { BadSeal, BadSeed } from "../e2ee/errors.ts";
import { openGenerations } from "../e2ee/generations.ts";
import { openSeed } from "../e2ee/mailbox.ts";
import type { RosterState } from "../e2ee/roster.ts";
import type { Id, RosterView, SeedWrap } from "../wire/types.ts";
import { fromBase64 } from "./base64.ts";

/**
 * The seeds of all generations: the one in force from a wrap of our own, those before through it.
 * @throws BadSeed, BadSeal
 */
export async function seedsOf(
  answer: RosterView,
  state: RosterState,
  seat: Id,
  pair: SeatKeyPair,
): Promise<ReadonlyMap<number, Secret>> {
  const wrapped = await wrappedSeeds(answer.seeds, state, seat, pair);
  const inForce = wrapped.get(state.g);
  if (inForce === undefined) {
    throw new BadSeed("the roster seats us, but its seed was not wrapped to us");
  }
  const prevs = new Map<number, Bytes>(answer.prevs.map(({ g, prev }) => [g, fromBase64(prev)]));
  return openGenerations(state, inForce, prevs, wrapped);
}

/**
 * What was wrapped to a seat, by generation: each by the record that seated it, or by the one that made the generation,
 * and no other. One that does not open is left out unless it is of the generation in force.
 */
export async function wrappedSeeds(
  wraps: readonly SeedWrap[],
  state: RosterState,
  seat: Id,
  pair: SeatKeyPair,
): Promise<Map<number, Secret>> {
  const opened = new Map<number, Secret>();
  const id = fromBase64<IdBytes>(seat);
  for (const wrap of wraps.filter((each) => isAuthorised(each, state, seat))) {
    const recordHash = fromBase64<Hash>(wrap.record_hash);
    const sc = state.generations[wrap.g]?.sc ?? state.generation.sc;
    try {
      const sealed = fromBase64<Wrap>(wrap.wrap);
      opened.set(wrap.g, await openSeed(pair.kem, sealed, state.mailbox, wrap.g, id, recordHash, sc));
    } catch (error) {
      if (!(error instanceof BadSeal || error instanceof BadSeed) || wrap.g === state.g) {
        throw error;
      }
    }
  }
  return opened;
}

/** Whether a wrap names the record that seated the seat, or the one that made the generation. */
function isAuthorised(wrap: SeedWrap, state: RosterState, seat: Id): boolean {
  const entry = state.ever.get(hex(fromBase64(seat)));
  const made = state.generations[wrap.g];
  if (entry === undefined || made === undefined || wrap.seat !== seat) {
    return false;
  }
  const recordHash = hex(fromBase64(wrap.record_hash));
  const isByAdmission = recordHash === hex(entry.recordHash) && state.generationAt(entry.recordHash) === wrap.g;
  return isByAdmission || recordHash === hex(made.recordHash);
}
