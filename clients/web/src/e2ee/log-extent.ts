/** The events of a thread's log, and what a log comes to hold of them: `thread-log` verifies what goes into it. */

import { type Bytes, type Hash } from "./bytes.ts";
import { digest, nextHead } from "./chain.ts";
import type { EpochRecord } from "./epoch.ts";
import { BadEncoding } from "./errors.ts";
import { parseRestored, type Restored } from "./restored.ts";

/** One event as the server gave it. */
export interface LogEvent {
  readonly seq: number;
  /** ms since 1970, UTC, by the server's clock. */
  readonly time: number;
  readonly kind: string;
  readonly party: number;
  readonly payload: Bytes;
  readonly proof: Bytes;
}

/** A `restored` event in its place in a log. */
export interface Restoration {
  readonly seq: number;
  /** After the event: tells it from every other one. */
  readonly head: Hash;
  readonly said: Restored;
}

/** What a log has, or what a range would add to it. */
export class Extent {
  /** One for each event, in order. */
  readonly heads: Hash[] = [];
  readonly records: EpochRecord[] = [];
  readonly recordSeqs: number[] = [];
  readonly restorations: Restoration[] = [];
  time = 0;
  /** The party whose reset is in force. */
  reset: number | null = null;
}

/** One that cannot be read explains nothing, and stays in the chain like any event of an unknown form. */
export function takeRestored(event: LogEvent, head: Hash, added: Extent): void {
  try {
    added.restorations.push({ seq: event.seq, head, said: parseRestored(event.payload) });
  } catch (error) {
    if (!(error instanceof BadEncoding)) throw error;
  }
}

/** The head after an event on the head before it. */
export const headAfter = (event: LogEvent, before: Hash): Hash =>
  nextHead(before, event.seq, event.time, event.kind, event.party, digest(event.kind, event.party, event.payload));
