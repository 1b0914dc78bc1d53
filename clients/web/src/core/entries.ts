/** An event, or a place of a log, as the wire or the device has it, and as the log verifies it. */

import type { Hash } from "../e2ee/bytes.ts";
import type { LogEvent } from "../e2ee/thread-log.ts";
import type { Checkpoint } from "../e2ee/vault.ts";
import type { LogEntry } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import type { Stamped } from "./local.ts";

export function eventOf(entry: LogEntry): LogEvent {
  return {
    seq: entry.seq,
    time: entry.at,
    kind: entry.kind,
    party: entry.party,
    payload: fromBase64(entry.payload),
    proof: fromBase64(entry.proof),
  };
}

export function entryOf({ seq, time, kind, party, payload, proof }: LogEvent): LogEntry {
  return { seq, at: time, kind, party, payload: toBase64(payload), proof: toBase64(proof) };
}

/** The furthest place that a device verified itself, as a log must lead through it. */
export function checkpointOf(kept: { readonly stamped: Stamped | null } | null): Checkpoint | null {
  const stamped = kept?.stamped ?? null;
  return stamped === null ? null : { position: stamped.seq, head: fromBase64<Hash>(stamped.head) };
}
