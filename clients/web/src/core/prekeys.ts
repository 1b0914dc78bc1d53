/** Prekeys of one mailbox's own targets: published in batches, refilled before they run out (SPEC.md section 5.2). */

import type { Entropy } from "../e2ee/entropy.ts";
import type { OwnTarget } from "../wire/types.ts";
import type { Api } from "./api.ts";
import { ProblemError } from "./errors.ts";
import type { MailboxKeys } from "./keys.ts";
import { drawnFraction } from "./runtime.ts";

export const refillBelow = 16;
const batchSize = 64;

/** Publishes a batch for an own target. @throws ProblemError, Unreachable */
export async function publishPrekeys(api: Api, keys: MailboxKeys, own: OwnTarget, entropy: Entropy): Promise<void> {
  const prekeys = await keys.prekeys(own.target, drawnIndices(entropy, batchSize));
  try {
    await api.publishPrekeys(own.target, { prekeys });
  } catch (error) {
    // `conflict` and `too_many`: a colleague was faster.
    if (!(error instanceof ProblemError) || (error.code !== "conflict" && error.code !== "too_many")) {
      throw error;
    }
  }
}

/**
 * Drawn here, not asked from the service: one that was restored, or lies, would have old pseudonyms made again. In order,
 * each once.
 */
export function drawnIndices(entropy: Entropy, count: number): readonly number[] {
  const drawn = new Set<number>();
  while (drawn.size < count) {
    drawn.add(Math.floor(drawnFraction(entropy) * 2 ** 32));
  }
  return [...drawn].sort((a, b) => a - b);
}
