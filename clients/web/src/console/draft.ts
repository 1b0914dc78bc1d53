/** A decision while it is written. Pure: what is missing, and what is sent. */

import type { Decide, Ground, Id, Measure } from "../core/office.ts";

export interface Both {
  readonly fr: string;
  readonly en: string;
}

export interface Draft {
  readonly measure: Measure | null;
  readonly ground: Ground;
  readonly rule: Both;
  readonly facts: Both;
  /** As it is typed; empty: without an end. */
  readonly days: string;
  readonly abusive: boolean;
}

export interface ReviewDraft {
  readonly overturn: boolean | null;
  readonly reasons: Both;
  /** Decided in place of what is overturned; null: nothing. */
  readonly instead: Draft | null;
}

/** What keeps a decision from being sent, by its word in the catalogue. */
export type Fault = "measure" | "seqs" | "empty" | "placeholder" | "days" | "outcome" | "reasons" | "unproven";

export const measures: readonly Measure[] = ["none", "warning", "freeze", "block", "suspension"];
export const lasting: readonly Measure[] = ["freeze", "block", "suspension"];
const daysMax = 730;

/** What the rule of a statement of reasons begins with, in whatever language the moderator reads. */
export const ruleTemplate: Both = {
  fr: "Article {{article}} des conditions d’utilisation : {{règle}}.",
  en: "Article {{article}} of the terms of use: {{rule}}.",
};

/** As the service knows it: a blank in braces, or an ellipsis in brackets. */
const placeholder = /\{\{[^{}]*\}\}|\{\{|\}\}|\[\s*(?:…|\.\.\.|à compléter|to complete)/u;
const messages = "{{messages}}";

/** Names the chosen messages where the template leaves room for them. */
function named(text: string, seqs: readonly number[], say: (seqs: readonly number[]) => string): string {
  return seqs.length === 0 ? text : text.replaceAll(messages, say(seqs));
}

/** The same with the facts naming the messages, in both languages. */
export function namedIn(draft: Draft, seqs: readonly number[]): Draft {
  const { fr, en } = draft.facts;
  return { ...draft, facts: { fr: named(fr, seqs, inFrench), en: named(en, seqs, inEnglish) } };
}

const inFrench = (seqs: readonly number[]): string =>
  seqs.length === 1 ? `le message ${seqs[0]}` : `les messages ${listed(seqs, "et")}`;

const inEnglish = (seqs: readonly number[]): string =>
  seqs.length === 1 ? `message ${seqs[0]}` : `messages ${listed(seqs, "and")}`;

const listed = (seqs: readonly number[], and: string): string =>
  `${seqs.slice(0, -1).join(", ")} ${and} ${seqs.at(-1)}`;

/** Where the next blank stands, from a place of the text on; null: there is none. */
export function nextBlank(text: string, from: number): readonly [start: number, end: number] | null {
  const found = placeholder.exec(text.slice(from));
  return found === null ? null : [from + found.index, from + found.index + found[0].length];
}

const isBlank = ({ fr, en }: Both): boolean => fr.trim() === "" || en.trim() === "";
const hasBlank = ({ fr, en }: Both): boolean => placeholder.test(fr) || placeholder.test(en);

/** `isProven`: whether a report of the case verified. */
export function faultsOf(draft: Draft, seqs: readonly number[], isProven: boolean): readonly Fault[] {
  const { measure, rule, facts } = draft;
  const isMeasure = measure !== null && measure !== "none";
  const found: readonly (readonly [Fault, boolean])[] = [
    ["measure", measure === null],
    ["unproven", isMeasure && !isProven],
    ["seqs", isMeasure && isProven && seqs.length === 0],
    ["empty", isBlank(rule) || isBlank(facts)],
    ["placeholder", hasBlank(rule) || hasBlank(facts)],
    ["days", daysOf(draft) === "wrong"],
  ];
  return found.flatMap(([fault, isThere]) => (isThere ? [fault] : []));
}

export function faultsOfReview(draft: ReviewDraft, seqs: readonly number[], isProven: boolean): readonly Fault[] {
  const { overturn, reasons, instead } = draft;
  const found: readonly (readonly [Fault, boolean])[] = [
    ["outcome", overturn === null],
    ["reasons", isBlank(reasons)],
    ["placeholder", hasBlank(reasons)],
  ];
  const own = found.flatMap(([fault, isThere]) => (isThere ? [fault] : []));
  const more = overturn === true && instead !== null ? faultsOf(instead, seqs, isProven) : [];
  return [...new Set([...own, ...more])];
}

function daysOf({ measure, days }: Draft): number | null | "wrong" {
  if (measure === null || !lasting.includes(measure)) {
    return null;
  }
  if (days.trim() === "") {
    return measure === "suspension" ? "wrong" : null;
  }
  const count = /^\d{1,4}$/u.test(days.trim()) ? Number(days) : 0;
  return count >= 1 && count <= daysMax ? count : "wrong";
}

/** Of a draft without a fault. */
export function decisionOf(draft: Draft, decision: Id, seqs: readonly number[]): Decide {
  const { measure, ground, rule, facts, abusive } = draft;
  const days = daysOf(draft);
  return {
    decision,
    measure: measure ?? "none",
    ground,
    rule,
    facts,
    seqs: [...seqs].sort((a, b) => a - b),
    ...(typeof days === "number" ? { days } : {}),
    abusive: measure === "none" && abusive,
  };
}
