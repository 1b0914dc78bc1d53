/**
 * Removing a seat and renewing the mailbox's seed: the one command that does both (SPEC.md section 4.3). The removal, the
 * rotation after it, the new seed for every seat that remains, the seed before sealed under it, and new prekeys in place
 * of those whose keys the removed seat knows.
 */

import type { Id as IdBytes } from "../e2ee/bytes.ts";
import type { Entropy } from "../e2ee/entropy.ts";
import { nextGeneration } from "../e2ee/generations.ts";
import { wrapSeed } from "../e2ee/mailbox.ts";
import { apply, makeRemove, makeRotate } from "../e2ee/roster.ts";
import type { Id, Removal, SeedWrap, TargetPrekeys } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import type { MailboxKeys } from "./keys.ts";
import { drawnIndices } from "./prekeys.ts";

const bodyBytesMax = 524_288;
const perTargetMax = 16;
/** In JSON, with room to spare. */
const wrapBytes = 1_800;
const prekeyBytes = 1_900;
const recordsBytes = 16_384;

/** `targets`: the mailbox's own, which get new prekeys as far as the command may carry them. @throws BadRoster */
export async function makeRemoval(
  keys: MailboxKeys,
  seat: Id,
  targets: readonly Id[],
  entropy: Entropy,
): Promise<Removal> {
  const signer = fromBase64<IdBytes>(keys.seat);
  const signerKey = keys.pair.sign;
  const remove = await makeRemove(keys.roster, { seat: fromBase64<IdBytes>(seat), signer, signerKey });
  const without = await apply(keys.roster, remove);
  const following = await nextGeneration(without, keys.seed, entropy);
  const { identity, sc } = following;
  const rotate = await makeRotate(without, { identity, sc, signer, signerKey });
  const state = await apply(without, rotate);
  const seeds: SeedWrap[] = [];
  for (const { seat: to, kemPk } of state.seats.values()) {
    const wrap = await wrapSeed(following.seed, kemPk, state.mailbox, state.g, to, state.head);
    const about = { g: state.g, seat: toBase64<16>(to), record_hash: toBase64<32>(state.head) };
    seeds.push({ ...about, wrap: toBase64<1168>(wrap) });
  }
  const room = Math.floor((bodyBytesMax - seeds.length * wrapBytes - recordsBytes) / prekeyBytes);
  const each = Math.min(perTargetMax, Math.floor(room / Math.max(1, targets.length)));
  const fresh = keys.next(state, following.seed);
  const prekeys: TargetPrekeys[] = [];
  for (const target of each > 0 ? targets : []) {
    prekeys.push({ target, prekeys: await fresh.prekeys(target, drawnIndices(entropy, each)) });
  }
  return {
    remove: toBase64(remove),
    rotate: toBase64(rotate),
    seeds,
    prev: toBase64<48>(following.prev),
    prekeys,
  };
}
