/** The events of a thread's log, and what a log comes to hold of them: `thread-log` verifies what goes into it. */

import type { Bytes, Hash, Id, SignPublic } from "./bytes.ts";
import { digest, nextHead } from "./chain.ts";
import type { EpochRecord } from "./epoch.ts";
import { BadEncoding, E2EEError, Repeated } from "./errors.ts";
import type { PublicPseudonym } from "./pseudonym.ts";
import type { PlatformKey } from "./reset.ts";
import { parseRestored, type Restored } from "./restored.ts";
import type { Stays } from "./stays.ts";
import { withheldDigest } from "./third.ts";
import type { Checkpoint } from "./vault.ts";

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
  /** All of the log so far. */
  stays: Stays = [];
}

/**
 * What a verified log comes to, for a later run to go on from. Whoever kept it vouches for it: nothing of it is verified
 * again but that it leads through the reader's checkpoint.
 */
export interface Snapshot {
  /** The seq of the first head. */
  readonly start: number;
  readonly extent: Readonly<Extent>;
  /** The ids that the parties used, each with its place, in the order of the log. */
  readonly ids: readonly (readonly [id: string, place: string])[];
  /** The parties whose cards opened. */
  readonly sides: readonly number[];
}

/** What a reader knows of a thread before it reads its log. */
export interface Known {
  readonly service: Id;
  readonly thread: Id;
  readonly stampPublic: SignPublic;
  /** The reader's own pseudonym in record 0, on the side where it stands. */
  readonly initiator?: PublicPseudonym | null;
  readonly recipient?: PublicPseudonym | null;
  /** How far the reader's vault says that the log was already seen. What lacks it must explain it (section 7.4). */
  readonly checkpoint?: Checkpoint | null;
  /** Without it no reset is accepted. */
  readonly platform?: PlatformKey | null;
  /** The heads of `restored` events that the history of the checkpoint held: they explain nothing any more. */
  readonly restoresSeen?: readonly Hash[];
  /** Whether the reader is a third party, to whom no release is shown. */
  readonly withheld?: boolean;
  /** Chains a range where the reader wants it done, as `headsAfter` does, which does it here. */
  readonly chaining?: typeof headsAfter;
}

/** Which ids the parties of a thread have used, and where each was first. */
export class UsedIds {
  readonly #first = new Map<string, string>();

  /** Each with its place, in the order in which they were taken. */
  get all(): readonly (readonly [id: string, place: string])[] {
    return [...this.#first];
  }

  /** Whether somebody took it. */
  has(id: string): boolean {
    return this.#first.has(id);
  }

  /** Takes all of these ids for a place in the log, or none: throws Repeated when one stands elsewhere already. */
  take(place: string, ids: readonly string[]): void {
    for (const id of ids) {
      if ((this.#first.get(id) ?? place) !== place) {
        throw new Repeated(`a party uses the id of a message or card a second time, at ${place}: ${id}`);
      }
    }
    for (const id of ids) this.#first.set(id, place);
  }
}

/** One that cannot be read explains nothing, and stays in the chain like any event of an unknown form. */
export function takeRestored(event: LogEvent, head: Hash, added: Extent): void {
  try {
    added.restorations.push({ seq: event.seq, head, said: parseRestored(event.payload) });
  } catch (error) {
    if (!(error instanceof BadEncoding)) throw error;
  }
}

/**
 * The heads after each of these events, on the head before the first. It ends before an event whose fields do not encode:
 * whoever takes that event finds out why.
 */
export function headsAfter(events: readonly LogEvent[], before: Hash, withheld = false): Promise<readonly Hash[]> {
  const heads: Hash[] = [];
  let head = before;
  for (const event of events) {
    try {
      head = headAfter(event, head, withheld);
    } catch (error) {
      if (error instanceof E2EEError) break;
      throw error;
    }
    heads.push(head);
  }
  return Promise.resolve(heads);
}

/** The head after an event on the head before it. `withheld`: the reader is a third party. */
export function headAfter(event: LogEvent, before: Hash, withheld = false): Hash {
  const { seq, time, kind, party, payload } = event;
  const hashed = withheld && kind === "released" ? withheldDigest(payload) : digest(kind, party, payload);
  return nextHead(before, seq, time, kind, party, hashed);
}
