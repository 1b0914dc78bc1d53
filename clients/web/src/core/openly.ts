/** What a side says openly beside its messages: it asks to show identities, closes, takes up again, says how far it is. */

import type { NoticeKind } from "../e2ee/notice.ts";
import type { ClosingReason } from "../wire/types.ts";

export function isOpenly(kind: string): kind is NoticeKind {
  return kind === "asked" || kind === "closed" || kind === "reopened" || kind === "left" || kind === "step";
}

/** In the order in which a page offers them. */
export const reasons = [
  "filled",
  "project_abandoned",
  "need_gone",
  "housing",
  "spouse_job",
  "school",
  "premises",
  "financing",
  "no_answer",
  "after_visit",
  "team_change",
  "abuse",
  "other",
] as const satisfies readonly ClosingReason[];

export const steps = [
  "meeting_proposed",
  "meeting_confirmed",
  "meeting_held",
  "visited",
  "offer_proposed",
  "offer_accepted",
  "offer_declined",
  "installed",
] as const;

export type Step = (typeof steps)[number];

/** null for one that this version does not know. */
export function knownStep(word: string | undefined): Step | null {
  return steps.find((step) => step === word) ?? null;
}

/** null for none, and for one that this version does not know. */
export function knownReason(word: string | null): ClosingReason | null {
  return reasons.find((reason) => reason === word) ?? null;
}
