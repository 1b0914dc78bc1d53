/** What a case comes to for one of its sides: which steps it went through, and what keeps somebody from writing. Pure. */

import type { CaseView, Id } from "../core/office.ts";

/** The way of every case; an appeal and its outcome where there was one. */
const way = ["received", "in_review", "decided"] as const;
const outcomes = new Set(["upheld", "overturned"]);

/** The steps so far and to come; `at` is the current one. */
export interface Steps {
  readonly steps: readonly string[];
  readonly at: number;
}

export function stepsOf({ progress, side, statements = [] }: CaseView): Steps {
  const isSettled = outcomes.has(progress);
  // Of a closed case, two statements tell that there was an appeal; how it ended stands in the second.
  const wasContested = progress === "appealed" || isSettled || (progress === "closed" && statements.length > 1);
  // When somebody reported them is not for the accused to know.
  const begun = side === "accused" ? way.slice(1) : way;
  const steps = [...begun, ...(wasContested ? ["appealed"] : []), isSettled ? progress : "closed"];
  return { steps, at: Math.max(0, steps.indexOf(progress)) };
}

/** Of one conversation. */
export const casesIn = (cases: readonly CaseView[], thread: Id): readonly CaseView[] =>
  cases.filter((each) => each.thread === thread);

/** What keeps a person from writing, and the case that says why, as far as it is known here. */
export interface Stop {
  readonly kind: "frozen" | "blocked" | "suspended";
  readonly until: number | null;
  readonly why: CaseView | null;
}

/** Whether a measure of a case holds now. */
function holds({ measure, ends_at: endsAt }: CaseView, measures: readonly string[], now: number): boolean {
  return measure !== undefined && measures.includes(measure) && (endsAt === undefined || endsAt > now);
}

/** `frozen`: as the conversation itself says. null: nothing. */
export function stopOf(cases: readonly CaseView[], thread: Id, frozen: boolean, now: number): Stop | null {
  const suspension = cases.find((each) => each.side === "accused" && holds(each, ["suspension"], now));
  if (suspension !== undefined) {
    return { kind: "suspended", until: suspension.ends_at ?? null, why: suspension };
  }
  if (!frozen) {
    return null;
  }
  const why = casesIn(cases, thread).find((each) => holds(each, ["freeze", "block"], now)) ?? null;
  return { kind: why?.measure === "block" ? "blocked" : "frozen", until: why?.ends_at ?? null, why };
}

/** Whether somebody waits for a word of this side, or it has something to read that asks for it. */
export const isAsked = ({ side, answer_until: until }: CaseView): boolean => side === "accused" && until !== undefined;
