/** Commands and their answers, as their callers see them: `busy` is waited out, a refusal is raised. */

import type { AnyDown, Answers } from "../wire/types.ts";
import { Overloaded, ProblemError, Unreachable } from "./errors.ts";
import { commandLengthMax } from "./frames.ts";
import type { Command } from "./session.ts";

/** As the service would say it; to a frame that is too long it says nothing, but cuts the connection, each time anew. */
const tooLarge = { type: "/problems/too_large", title: "longer than a frame", status: 413, code: "too_large" };
const busyPauseMs = 500;
const insistFirstMs = 1_000;
const insistMaxMs = 60_000;

/** Which struct answers which command, where it is not refused. */
const answerOf: { readonly [K in Command["t"]]: Answers[K]["t"] } = {
  refresh: "ok",
  open: "ack",
  send: "ack",
  notice: "ack",
  rate: "ok",
  rotate: "ack",
  invite: "ack",
  accept: "ack",
  share: "ok",
  pull: "events",
  wraps: "wraps",
  threads: "threads",
  read: "ok",
  "restore.claim": "restored",
  "desk.put": "desk.ack",
  "desk.pull": "desk.entries",
  "consent.give": "ok",
  "consent.withdraw": "ok",
  consents: "cards",
};

/** How a command goes: whose peer sees when, whether it says what was seen, and how long its answer is waited for. */
export interface Going {
  readonly thread?: string;
  readonly sealed?: boolean;
  /** null: as long as the link lives. */
  readonly timeoutMs: number | null;
}

/** What carries one command, over reconnects too, to its one answer. */
export interface Line {
  /** `deadline`: ms by the clock of `now`, or null. @throws TimedOut, Ended, Overloaded, ServiceRestored */
  readonly once: (command: Command, going: Going, deadline: number | null) => Promise<AnyDown>;
  /** @throws Ended */
  readonly pause: (ms: number) => Promise<void>;
  readonly now: () => number;
}

/**
 * Sends a command and waits for its answer.
 * @throws ProblemError, TimedOut, Ended, Overloaded; ServiceRestored for what was sealed on a history that is gone.
 */
export async function request<C extends Command>(line: Line, command: C, going: Going): Promise<Answers[C["t"]]> {
  if (JSON.stringify(command).length > commandLengthMax) {
    throw new ProblemError(tooLarge);
  }
  const deadline = going.timeoutMs === null ? null : line.now() + going.timeoutMs;
  for (let tries = 1; ; tries += 1) {
    // Where the connection ended in between, what was busy now may have been taken before.
    const answer = await line.once(again(command, tries > 1), going, deadline);
    if (isAnswer(command, answer)) {
      return answer;
    }
    if (answer.t !== "err") {
      throw new Unreachable(`not an answer to this command: ${answer.t}`);
    }
    if (answer.problem.code !== "busy") {
      throw new ProblemError(answer.problem);
    }
    await line.pause(answer.problem.retry_after_ms ?? busyPauseMs);
  }
}

/**
 * Sends what the device keeps until the service took it or refused it for good; whatever else comes is tried again, ever
 * more slowly. @throws Ended, ServiceRestored; ProblemError that is final, or that other bytes must answer.
 */
export async function insist<C extends Command>(
  line: Line,
  command: C,
  going: Omit<Going, "timeoutMs">,
): Promise<Answers[C["t"]]> {
  let pauseMs = insistFirstMs;
  for (;;) {
    try {
      return await request(line, again(command, pauseMs > insistFirstMs), { ...going, timeoutMs: null });
    } catch (error) {
      await line.pause(Math.max(pauseMs, adviceOf(error)));
    }
    pauseMs = Math.min(pauseMs * 2, insistMaxMs);
  }
}

/** Of a message that may have been taken the service is told so. */
function again<C extends Command>(command: C, wasSent: boolean): C {
  return wasSent && command.t === "send" ? { ...command, again: true } : command;
}

/** After how many ms the same may be tried again. Throws the error where that would be in vain. */
function adviceOf(error: unknown): number {
  if (error instanceof Unreachable || error instanceof Overloaded) {
    return 0;
  }
  const wantsOtherBytes = error instanceof ProblemError && /^(?:stale_epoch|rotation_needed)$/u.test(error.code);
  if (!(error instanceof ProblemError) || error.final || wantsOtherBytes) {
    throw error;
  }
  return error.problem.retry_after_ms ?? 0;
}

function isAnswer<C extends Command>(command: C, answer: AnyDown): answer is Answers[C["t"]] {
  return answer.t === answerOf[command.t];
}
