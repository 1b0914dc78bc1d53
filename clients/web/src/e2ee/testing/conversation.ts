/** What `tests/web/conversation.py` and this folder hand each other as JSON: bytes in hex, names as they stand there. */

import { branded, type Bytes, fromHex, hex } from "../bytes.ts";
import type { LogEvent } from "../log-extent.ts";

export interface MadeEvent {
  readonly seq: number;
  readonly time: number;
  readonly kind: string;
  readonly party: number;
  readonly payload: string;
  readonly proof: string;
}

/** All bytes that a reader gets. */
export interface Made {
  readonly vault: {
    readonly account: string;
    readonly version: number;
    readonly blob: string;
    readonly wrap_id: string;
    readonly wrap: string;
    readonly code: string;
  };
  readonly mailbox: {
    readonly id: string;
    readonly seat: string;
    readonly records: readonly string[];
    readonly wrap: string;
    readonly prevs: readonly string[];
    readonly entry: string;
    readonly blob: string;
  };
  readonly prekey: {
    readonly target: string;
    readonly index: number;
    readonly sign: string;
    readonly kem: string;
    readonly own: string;
  };
  readonly thread: {
    readonly service: string;
    readonly thread: string;
    readonly stamp: string;
    readonly platform: string;
    readonly wraps: readonly (readonly [string, string])[];
    readonly events: readonly MadeEvent[];
  };
  readonly reported: {
    readonly report: string;
    /** The seed of the moderators' key. */
    readonly moderators: string;
    readonly sealed: string;
    readonly heads: readonly string[];
  };
}

/** What a reader must find. */
export interface Found {
  readonly account_seed: string;
  readonly seeds: readonly string[];
  readonly note: string;
  readonly texts: readonly string[];
  readonly seats: readonly string[];
  readonly asked: string;
  readonly reported: readonly string[];
  readonly cards: readonly {
    readonly party: number;
    readonly fields: Readonly<Record<string, string>>;
    readonly profession: string;
  }[];
}

export const NOW_S = 1_700_000_000;
export const AUDIENCE = "pli-clients";

/** Bytes of a made conversation: the functions under test hold them to their widths. */
export const raw = <T extends Bytes>(text: string): T => branded(fromHex(text));

export const hexes = (all: Iterable<Bytes>): string[] => Array.from(all, hex);

export const eventOf = (made: MadeEvent): LogEvent => ({ ...made, payload: raw(made.payload), proof: raw(made.proof) });
