/**
 * How far a conversation came, and what is next: by what its sides said and this device verified. Pure; the rules are
 * those of PROTOCOL.md section 4.9, as the service has them too.
 */

import type { ThreadLine } from "./office.ts";
import type { Step } from "./openly.ts";
import type { Course, Mark } from "./way.ts";

export const stages = ["solicited", "engaged", "meeting_planned", "visited", "agreed", "installed", "closed"] as const;
export type StageName = (typeof stages)[number];

/** Which side a thing is about, for its reader. A third party has no own side: for it they are who wrote first, or second. */
export type Side = "own" | "peer" | "first" | "second";

export interface Reached {
  readonly stage: StageName;
  /** Whose proposal to meet, or whose offer, has no answer yet. */
  readonly meeting: Side | null;
  readonly offer: Side | null;
  /** Who says that the project has settled there. */
  readonly installed: readonly Side[];
  /** Meetings and visits: as many as the side says that says more. */
  readonly meetings: number;
  readonly visits: number;
  readonly closed: { readonly by: Side; readonly at: number; readonly reason: Mark["reason"] } | null;
}

/** What waits for an answer: since when, for whom, and whether the message was seen. */
export interface Wait {
  readonly side: Side;
  readonly since: number;
  /** Of one's own message; null: that is not told. */
  readonly seen: boolean | null;
}

/** What comes next, and whether it is one's own side's turn. */
export type Next =
  | "closed"
  | "answer_meeting"
  | "answer_offer"
  | "confirm_installation"
  | "await_meeting"
  | "await_offer"
  | "await_installation"
  | "await_first"
  | "write_first"
  | "propose_meeting"
  | "note_meeting"
  | "make_offer"
  | "declare_installation"
  | "rate"
  | "follow";

const dayMs = 86_400_000;
/** A message that waits for longer has stalled. */
const stalledDays = 7;
const nothing: Course = { wrote: [0, 0], marks: {} };

export function reached(line: ThreadLine): Reached {
  const tally = new Tally(line.course ?? nothing);
  const settled = parties.filter((party) => tally.last("installed", party) > 0);
  const closer = tally.latest("closed");
  const closing = line.closed ? tally.mark("closed", closer) : undefined;
  const sideOf = (party: number | null): Side | null => (party === null ? null : side(line.party, party));
  return {
    stage: line.closed
      ? "closed"
      : latest([atLeast(line), tally.stage, settled.length > 1 ? "installed" : "solicited"]),
    meeting: sideOf(tally.unanswered("meeting_proposed", ["meeting_confirmed"])),
    offer: sideOf(tally.unanswered("offer_proposed", ["offer_accepted", "offer_declined"])),
    installed: settled.map((party) => side(line.party, party)),
    meetings: tally.times("meeting_held"),
    visits: tally.times("visited"),
    closed: closing === undefined ? null : { by: side(line.party, closer), at: closing.at, reason: closing.reason },
  };
}

/** The service's word, for who cannot read how the sides came there: a third party, and before the log is read anew. */
function atLeast({ party, course, stage }: ThreadLine): StageName {
  const known = stages.find((each) => each === stage && each !== "closed");
  return (party > 1 || course === null) && known !== undefined ? known : "solicited";
}

const parties = [0, 1] as const;
type Word = Step | "closed" | "reopened";

/** What the two sides said openly. */
class Tally {
  readonly #course: Course;

  constructor(course: Course) {
    this.#course = course;
  }

  mark(word: Word, party: number): Mark | undefined {
    return this.#course.marks[`${word} ${party}`];
  }

  /** The seq; 0: never said. */
  last(word: Word, party: number): number {
    return this.mark(word, party)?.seq ?? 0;
  }

  /** Who said it last. */
  latest(word: Word): 0 | 1 {
    return this.last(word, 1) > this.last(word, 0) ? 1 : 0;
  }

  /** As often as the side says that says it more often: both may tell of one meeting. */
  times(word: Word): number {
    return Math.max(...parties.map((party) => this.mark(word, party)?.n ?? 0));
  }

  /** Who proposed and got no answer since; null: nobody. */
  unanswered(word: Word, answers: readonly Word[]): number | null {
    const by = this.latest(word);
    const answered = Math.max(...answers.map((answer) => this.last(answer, 1 - by)));
    return this.last(word, by) > answered ? by : null;
  }

  get stage(): StageName {
    const [first, second] = this.#course.wrote;
    return latest([
      first > 0 && second > 0 ? "engaged" : "solicited",
      this.#agreed("meeting_proposed", "meeting_confirmed") ? "meeting_planned" : "solicited",
      this.times("visited") > 0 ? "visited" : "solicited",
      this.#agreed("offer_proposed", "offer_accepted") ? "agreed" : "solicited",
    ]);
  }

  /** Nobody agrees to what they proposed themselves. */
  #agreed(word: Word, answer: Word): boolean {
    return parties.some((party) => this.last(word, 1 - party) > 0 && this.last(answer, party) > 0);
  }
}

/** What comes next, for whom this line is. */
export function nextOf(line: ThreadLine, { stage, meeting, offer, installed }: Reached): Next {
  if (stage === "closed") {
    return "closed";
  }
  if (line.party > 1) {
    return "follow";
  }
  if (stage !== "installed" && installed.length > 0) {
    return installed.includes("own") ? "await_installation" : "confirm_installation";
  }
  if (offer !== null) {
    return offer === "own" ? "await_offer" : "answer_offer";
  }
  if (meeting !== null) {
    return meeting === "own" ? "await_meeting" : "answer_meeting";
  }
  return byStage[stage](line);
}

const byStage: Readonly<Record<Exclude<StageName, "closed">, (line: ThreadLine) => Next>> = {
  solicited: (line) => (waitOf(line)?.side === "own" ? "write_first" : "await_first"),
  engaged: () => "propose_meeting",
  meeting_planned: () => "note_meeting",
  visited: () => "make_offer",
  agreed: () => "declare_installation",
  installed: () => "rate",
};

/** Who waits for a word of the other; null: nobody wrote, it is closed, or the project has settled. */
export function waitOf(line: ThreadLine): Wait | null {
  const [first, second] = (line.course ?? nothing).wrote;
  const since = Math.max(first, second);
  if (since === 0 || line.closed) {
    return null;
  }
  const silent = side(line.party, first > second ? 1 : 0);
  return { side: silent, since, seen: silent === "peer" ? line.seen : null };
}

export const isStalled = (wait: Wait | null, now: number): boolean =>
  wait !== null && now - wait.since > stalledDays * dayMs;

/** What a side may say at this moment. */
export function stepsFor({ stage, meeting, offer, installed }: Reached): readonly Step[] {
  if (stage === "closed") {
    return [];
  }
  return [
    ...(meeting === "peer" ? (["meeting_confirmed"] as const) : []),
    ...(offer === "peer" ? (["offer_accepted", "offer_declined"] as const) : []),
    ...(meeting === null ? (["meeting_proposed"] as const) : []),
    "meeting_held",
    "visited",
    ...(offer === null ? (["offer_proposed"] as const) : []),
    ...(installed.includes("own") ? [] : (["installed"] as const)),
  ];
}

function side(reader: number, party: number): Side {
  if (reader > 1) {
    return party === 0 ? "first" : "second";
  }
  return reader === party ? "own" : "peer";
}

const latest = (found: readonly StageName[]): StageName =>
  stages[Math.max(...found.map((stage) => stages.indexOf(stage)))] ?? "solicited";
