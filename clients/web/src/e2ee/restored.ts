/**
 * The event by which a service owns up to a restored backup (SPEC.md section 7.4).
 *
 * It names how far a log had come before: seq and head, proven to the service by its own stamp. A reader that saw that
 * far takes it as the explanation for a log that is shorter, or another one, than the one it saw.
 */

import { type Bytes, HASH, type Hash, same, U64 } from "./bytes.ts";
import { readBound, readU64, unframe } from "./encoding.ts";
import type { Checkpoint } from "./vault.ts";

export const RESTORED = "restored";

/** What a `restored` event says. */
export interface Restored {
  readonly oldSeq: number;
  /** The head at oldSeq, of the history that was lost. */
  readonly oldHead: Hash;
  /** As the claimant had it; nothing vouches for it. */
  readonly oldStreamEpoch: number;
  readonly newStreamEpoch: number;
}

/** Throws BadEncoding. */
export function parseRestored(payload: Bytes): Restored {
  const [oldSeq, oldHead, oldEpoch, newEpoch] = unframe(payload, "pli1/restored", [U64, HASH, U64, U64]);
  return { oldSeq: readBound(oldSeq), oldHead, oldStreamEpoch: readU64(oldEpoch), newStreamEpoch: readU64(newEpoch) };
}

/** Whether a log with this event may lack what a reader has seen: no further than it says, or exactly that. */
export const explains = (said: Restored, seen: Checkpoint): boolean =>
  seen.position === said.oldSeq ? same(seen.head, said.oldHead) : seen.position < said.oldSeq;
