/** What a console asks and is shown: all of it can be told from tab to tab. */

import type { LineState } from "../e2ee/excerpt-verifier.ts";
import type { Base64, CaseFile, Claimed, Decide, Id, Letters, Millis, Queue, Review } from "../wire/types.ts";

/** The pseudonym of a party in the conversation, as a statement that verified shows it. */
export interface PseudonymShown {
  readonly sign: Base64;
  readonly kem: Base64;
}

/** One event of a reported range. */
export interface LineShown {
  readonly seq: number;
  readonly at: Millis;
  readonly kind: string;
  readonly party: number;
  readonly state: LineState;
  /** Of a proven line; null also where a later version wrote what this one does not know. */
  readonly text: string | null;
  /** The rule that a refused line breaks. */
  readonly refusal: string | null;
}

/** What a statement proves. */
export interface ProvenStatement {
  readonly category: string;
  /** Its author's own words. */
  readonly words: string;
  readonly lines: readonly LineShown[];
  /** By party. */
  readonly pseudonyms: readonly PseudonymShown[];
  /** What `pli moderation verify` reads. */
  readonly excerpt: Base64;
}

/** A report or an answer. */
export interface StatementShown {
  readonly kind: string;
  readonly subject: Id;
  readonly side: string;
  readonly party: number;
  readonly at: Millis;
  readonly isAppeal: boolean;
  /** null: nothing of it is shown; `refusal` says why. */
  readonly proven: ProvenStatement | null;
  readonly refusal: { readonly rule: string; readonly why: string } | null;
}

/** A case, once the audit log proved to say that it is read. */
export type CaseShown = Omit<CaseFile, "statements" | "audit"> & {
  readonly statements: readonly StatementShown[];
  /** Where the audit log says so. */
  readonly leaf: LeafShown;
};

/** An act, as the audit log has it. Seats and ids in hex. */
export interface LeafShown {
  readonly position: number;
  readonly at: Millis;
  readonly kind: string;
  readonly actor: string;
  readonly second: string;
  readonly case: string;
  readonly about: string;
  readonly detail: string;
}

/** An entry of the audit log that was proven to stand there; `shown` is null where it is about somebody else's case. */
export interface TrailEntry {
  readonly position: number;
  readonly hash: string;
  readonly shown: LeafShown | null;
  /** What proves it, in hex: for who checks the file that it is exported to. */
  readonly leaf: string | null;
  readonly path: string;
}

export interface TrailShown {
  readonly entries: readonly TrailEntry[];
  /** The signed note under which they are proven. */
  readonly checkpoint: string;
}

export interface UnmaskedShown {
  /** In hex, as the platform knows it. */
  readonly mailbox: string;
}

export type QueueShown = Omit<Queue, "audit">;

/** Each may be done twice with the effect of once; each look is an entry of the audit log. */
export type ModeratorAct =
  | { readonly do: "queue" }
  | { readonly do: "claim" | "release" | "second" | "open"; readonly case: Id }
  | { readonly do: "hear"; readonly case: Id; readonly seqs: readonly number[] }
  | { readonly do: "letters" | "decide"; readonly case: Id; readonly decision: Decide }
  | { readonly do: "approve"; readonly case: Id; readonly subject: Id; readonly approve: boolean }
  | { readonly do: "review"; readonly case: Id; readonly review: Review }
  | {
      readonly do: "unmask";
      readonly case: Id;
      readonly unmasking: Id;
      readonly party: number;
      readonly reason: string;
    }
  /** `pseudonyms`: of the party, as statements of the case that verified show them. */
  | { readonly do: "unmasked"; readonly unmasking: Id; readonly pseudonyms: readonly PseudonymShown[] }
  | { readonly do: "export"; readonly case: Id; readonly subject: Id }
  | { readonly do: "trail"; readonly before: number | null; readonly export: boolean };

/** What an act gives. */
export interface Moderated {
  readonly queue?: QueueShown;
  readonly claimed?: Claimed;
  readonly opened?: CaseShown;
  readonly letters?: Letters;
  /** `in_force`, `proposed`, `refused`, … */
  readonly state?: string;
  readonly unmasked?: UnmaskedShown;
  readonly trail?: TrailShown;
}
