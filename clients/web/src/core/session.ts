/**
 * The protocol as a client follows it: a pure reducer. What to send, what an answer belongs to, when to come back.
 *
 *            opened             welcome
 *     down ---------> greeting ---------> ready
 *      ^                 |                  |
 *      +---- closed -----+------------------+---- closed(final), ended ----> over
 *
 * Rules (PROTOCOL.md sections 2 to 4 and 7):
 * - Every command may be sent again. What had no answer when a connection ended goes out again after the next welcome, in
 *   its first order; a message says that it comes again.
 * - Nothing but `hello` goes out before the welcome.
 * - At most `inFlightMax` commands wait for their answer; the rest waits here, at most `waitingMax`.
 * - `since` moves only when all that a welcome announced was processed (`settled`).
 * - Another stream epoch means a restored backup: what was sealed before is taken out, for its author to seal again.
 * - Close codes 4500 to 4999 are final, but for three that a bad network brings about: 4502 and 4504 are waited out, and
 *   a ticket that was not taken (4500) is replaced by a fresh one, once. After any other end the client comes back after
 *   a random part of a ceiling that doubles (full jitter), but not before the service said.
 * - What several threads have to send after an outage leaves thread by thread, each after its own random part of
 *   `spreadMs`, and never in one frame: events that share a commit would tell their peers that they talk to one party.
 *   One thread alone waits for nothing: there is nothing to tie it to.
 */

import { fitting, framesOf } from "./frames.ts";
import type { AnyCommand, AnyDown, Hello, Problem, Welcome } from "../wire/types.ts";

export const waitingMax = 4_096;
export const backoffFirstMs = 500;
export const backoffMaxMs = 20_000;
/** After 4502 and 4504: the service must have the time to notice which sockets are dead. */
export const patientMaxMs = 60_000;
export const spreadMsDefault = 8_000;
const badTicketsMax = 2;

const tooManyRequests = 4013;
const badToken = 4500;
const crowdedOrLate: ReadonlySet<number> = new Set([4502, 4504]);

type WithoutRef<T> = T extends { ref: number } ? Omit<T, "ref"> : never;

/** A command that has no number yet. */
export type Command = WithoutRef<Exclude<AnyCommand, Hello>>;

/** Whose peer sees when a command was sent (`thread`, or nobody's), and whether it says which history was seen. */
export interface Routing {
  readonly thread: string | null;
  readonly sealed: boolean;
}

interface Pending extends Routing {
  readonly ref: number;
  readonly encoded: string;
}

export type Phase = "down" | "greeting" | "ready" | "over";

export interface Session {
  readonly phase: Phase;
  readonly device: string;
  /** `now` of the last welcome that was processed; null: everything is to be listed. */
  readonly since: number | null;
  readonly streamEpoch: number | null;
  readonly spreadMs: number;
  readonly nextRef: number;
  readonly waiting: readonly Pending[];
  readonly inFlight: readonly Pending[];
  readonly held: ReadonlySet<string>;
  readonly announced: Welcome | null;
  readonly failures: number;
  readonly badTickets: number;
  readonly waitAtLeastMs: number;
}

export type Input =
  /** The command's number is `nextRef` of the session before. */
  | ({ readonly type: "submit"; readonly command: Command } & Routing)
  /** Nobody waits for this answer any more: not sent again, and its answer is ignored. */
  | { readonly type: "forget"; readonly ref: number }
  | { readonly type: "opened"; readonly ticket: string }
  | { readonly type: "received"; readonly structs: readonly AnyDown[] }
  /** All that this welcome announced is processed; ignored when a newer one came in between. */
  | { readonly type: "settled"; readonly welcome: Welcome }
  /** Keeps back what a thread sends for a random moment. */
  | { readonly type: "hold"; readonly thread: string }
  | { readonly type: "release"; readonly thread: string }
  /** The connection ended, or could not be made. `advisedMs`: not before. */
  | { readonly type: "closed"; readonly code: number; readonly advisedMs: number }
  | { readonly type: "end" };

export type Effect =
  | { readonly type: "send"; readonly frame: string }
  /** The one answer to a command: its own kind of struct, or `err`. */
  | { readonly type: "answered"; readonly ref: number; readonly answer: AnyDown }
  /**
   * A connection is ready. `complete`: the listed threads are all that changed since the last settling; else all are to
   * be listed and compared. `void`: the numbers of commands that were taken out, sealed on a history that is gone.
   */
  | {
      readonly type: "welcomed";
      readonly welcome: Welcome;
      readonly complete: boolean;
      readonly void: readonly number[];
    }
  /** The service did not take the hello, or could not read a frame; it closes next. */
  | { readonly type: "refused"; readonly problem: Problem }
  | { readonly type: "event"; readonly event: AnyDown }
  /** Release this thread after so many ms. */
  | { readonly type: "releaseLater"; readonly thread: string; readonly afterMs: number }
  | { readonly type: "reconnect"; readonly afterMs: number }
  | { readonly type: "over"; readonly code: number };

export type Step = readonly [Session, readonly Effect[]];

/** Gives a fraction, at least 0 and below 1. */
export type Fraction = () => number;

export function newSession(
  device: string,
  remembered: { readonly since: number | null; readonly streamEpoch: number | null },
  spreadMs: number = spreadMsDefault,
): Session {
  return {
    phase: "down",
    device,
    since: remembered.since,
    streamEpoch: remembered.streamEpoch,
    spreadMs,
    nextRef: 1,
    waiting: [],
    inFlight: [],
    held: new Set(),
    announced: null,
    failures: 0,
    badTickets: 0,
    waitAtLeastMs: 0,
  };
}

/** One step. Whatever the input, what may be sent afterwards is sent. */
export function step(session: Session, input: Input, fraction: Fraction): Step {
  const [next, effects] = advance(session, input, fraction);
  const [flushed, sends] = flush(next);
  return [flushed, [...effects, ...sends]];
}

function advance(session: Session, input: Input, fraction: Fraction): Step {
  switch (input.type) {
    case "submit":
      return [submitted(session, input), []];
    case "forget":
      return [forgotten(session, input.ref), []];
    case "opened":
      return opened(session, input.ticket);
    case "received":
      return received(session, input.structs, fraction);
    case "settled":
      return [settled(session, input.welcome), []];
    case "hold":
      return held(session, [input.thread], fraction);
    case "release":
      return [{ ...session, held: new Set([...session.held].filter((each) => each !== input.thread)) }, []];
    case "closed":
      return closed(session, input.code, input.advisedMs, fraction);
    case "end":
      break;
  }
  return [over(session), []];
}

function submitted(session: Session, input: Input & { type: "submit" }): Session {
  if (session.phase === "over" || session.waiting.length >= waitingMax) {
    throw new Error("the caller checks that there is room");
  }
  const ref = session.nextRef;
  const encoded = JSON.stringify({ ...input.command, ref });
  const pending: Pending = { ref, encoded, thread: input.thread, sealed: input.sealed };
  return { ...session, nextRef: ref + 1, waiting: [...session.waiting, pending] };
}

function forgotten(session: Session, ref: number): Session {
  const others = (list: readonly Pending[]): readonly Pending[] => list.filter((each) => each.ref !== ref);
  return { ...session, waiting: others(session.waiting), inFlight: others(session.inFlight) };
}

function opened(session: Session, ticket: string): Step {
  if (session.phase !== "down") {
    return [session, []];
  }
  const hello: Record<string, unknown> = { t: "hello", ref: 0, ticket, device: session.device };
  if (session.since !== null) {
    hello["since"] = session.since;
  }
  if (session.streamEpoch !== null) {
    hello["stream_epoch"] = session.streamEpoch;
  }
  const next: Session = { ...session, phase: "greeting", waitAtLeastMs: 0 };
  return [next, [{ type: "send", frame: JSON.stringify(hello) }]];
}

function received(session: Session, structs: readonly AnyDown[], fraction: Fraction): Step {
  let state = session;
  const effects: Effect[] = [];
  for (const struct of structs) {
    const [next, more] = took(state, struct, fraction);
    state = next;
    effects.push(...more);
  }
  return [state, effects];
}

function took(session: Session, struct: AnyDown, fraction: Fraction): Step {
  if (struct.t === "closing") {
    return [{ ...session, waitAtLeastMs: struct.reconnect_after_ms ?? 0 }, []];
  }
  if (struct.t === "welcome") {
    return welcomed(session, struct, fraction);
  }
  const ref = ("ref" in struct ? struct.ref : null) ?? null;
  if (struct.t === "err" && (ref === null || session.phase === "greeting")) {
    return [session, [{ type: "refused", problem: struct.problem }]];
  }
  return ref === null ? [session, [{ type: "event", event: struct }]] : answered(session, ref, struct);
}

function answered(session: Session, ref: number, struct: AnyDown): Step {
  if (!session.inFlight.some((each) => each.ref === ref)) {
    return [session, []];
  }
  const inFlight = session.inFlight.filter((each) => each.ref !== ref);
  return [{ ...session, inFlight }, [{ type: "answered", ref, answer: struct }]];
}

function welcomed(session: Session, welcome: Welcome, fraction: Fraction): Step {
  if (session.phase !== "greeting") {
    return [session, []];
  }
  const restored = session.streamEpoch !== null && session.streamEpoch !== welcome.stream_epoch;
  const taken = restored ? session.waiting.filter((each) => each.sealed) : [];
  const waiting = session.waiting.filter((each) => !taken.includes(each));
  const complete = session.since === null || !restored;
  const ready: Session = {
    ...session,
    phase: "ready",
    failures: 0,
    badTickets: 0,
    announced: welcome,
    waiting,
    since: complete ? session.since : null,
  };
  const threads = [...new Set(waiting.flatMap((each) => (each.thread === null ? [] : [each.thread])))];
  const [spread, releases] = threads.length > 1 ? held(ready, threads, fraction) : [ready, []];
  const voided = taken.map((each) => each.ref);
  return [spread, [{ type: "welcomed", welcome, complete, void: voided }, ...releases]];
}

function held(session: Session, threads: readonly string[], fraction: Fraction): Step {
  if (session.spreadMs === 0) {
    return [session, []];
  }
  const releases: Effect[] = threads.map((thread) => ({
    type: "releaseLater",
    thread,
    afterMs: Math.floor(fraction() * session.spreadMs),
  }));
  return [{ ...session, held: new Set([...session.held, ...threads]) }, releases];
}

function settled(session: Session, welcome: Welcome): Session {
  if (welcome !== session.announced) {
    return session;
  }
  return { ...session, since: welcome.now, streamEpoch: welcome.stream_epoch };
}

function closed(session: Session, code: number, advisedMs: number, fraction: Fraction): Step {
  if (session.phase === "over") {
    return [session, []];
  }
  const badTickets = session.badTickets + (code === badToken ? 1 : 0);
  const final = code >= 4500 && code <= 4999;
  const again = crowdedOrLate.has(code) || (code === badToken && badTickets < badTicketsMax);
  if (final && !again) {
    return [over(session), [{ type: "over", code }]];
  }
  const waiting = [...session.inFlight.map(sentAgain), ...session.waiting].sort((a, b) => a.ref - b.ref);
  const afterMs = Math.max(advisedMs, session.waitAtLeastMs + Math.floor(fraction() * ceilingMs(session, code)));
  const next: Session = {
    ...session,
    phase: "down",
    announced: null,
    held: new Set(),
    waiting,
    inFlight: [],
    failures: session.failures + 1,
    badTickets,
  };
  return [next, [{ type: "reconnect", afterMs }]];
}

/** As it is, but of a message the service is told that it may have it. */
function sentAgain(pending: Pending): Pending {
  const command: unknown = JSON.parse(pending.encoded);
  const isMessage = typeof command === "object" && command !== null && "t" in command && command.t === "send";
  return isMessage ? { ...pending, encoded: JSON.stringify({ ...command, again: true }) } : pending;
}

function ceilingMs(session: Session, code: number): number {
  if (crowdedOrLate.has(code)) {
    return patientMaxMs;
  }
  if (code === tooManyRequests) {
    return backoffMaxMs;
  }
  return Math.min(backoffMaxMs, backoffFirstMs * 2 ** Math.min(session.failures, 16));
}

function over(session: Session): Session {
  return { ...session, phase: "over", waiting: [], inFlight: [], held: new Set(), announced: null };
}

/** Sends what waits, as far as the bounds and the held threads allow. */
function flush(session: Session): Step {
  if (session.phase !== "ready" || session.waiting.length === 0) {
    return [session, []];
  }
  const ready = session.waiting.filter((each) => each.thread === null || !session.held.has(each.thread));
  const batch = fitting(session.inFlight, ready);
  if (batch.length === 0) {
    return [session, []];
  }
  const sent = new Set(batch);
  const next: Session = {
    ...session,
    waiting: session.waiting.filter((each) => !sent.has(each)),
    inFlight: [...session.inFlight, ...batch],
  };
  return [next, framesOf(batch).map((frame) => ({ type: "send", frame }))];
}
