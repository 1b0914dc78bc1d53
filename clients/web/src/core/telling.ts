/** What participants and moderators tell each other, as pages ask for it (PROTOCOL.md section 9.1). */

import type { Id, ReportCategory } from "../wire/types.ts";

/** What a person tells moderators: a report, or an answer in a case. */
export interface Telling {
  /** Drawn by who tells it: told twice with all that it says, it is told once. */
  readonly id: Id;
  readonly kind: "report" | "answer" | "appeal";
  /** Which is answered; null for a report. */
  readonly case: Id | null;
  /** A report's: whom it is about, a party. */
  readonly about: number;
  /** A report's; null: none was chosen yet, or it is an answer. */
  readonly category: ReportCategory | null;
  /** Own words. */
  readonly text: string;
  /** The messages that are opened. */
  readonly seqs: readonly number[];
}

/** Told, and taken; on this device only. */
export interface Receipt extends Pick<Telling, "kind" | "seqs"> {
  readonly case: Id;
  readonly at: number;
}

/** Whether the moderators' key is the one that the offline root vouches for; `none`: nobody moderates here. */
export type KeyState = "verified" | "refused" | "none" | "unknown";

/** What there is before anything is told. */
export interface Begun {
  readonly key: KeyState;
  /** What was begun here and is not told yet. */
  readonly begun: Telling | null;
  readonly receipts: readonly Receipt[];
}

export interface Told {
  readonly receipt: Receipt;
}

export type Asked =
  | { readonly do: "begin"; readonly case: Id | null }
  /** Keeps what was begun; with neither words nor messages it is forgotten. */
  | { readonly do: "keep"; readonly telling: Telling }
  | { readonly do: "tell"; readonly telling: Telling };
