/** Asks the service for events of a thread, and for the keys of the epochs that they begin. */

import { E2EEError } from "../e2ee/errors.ts";
import type { Events, Id, LogEntry } from "../wire/types.ts";
import type { Link } from "./link.ts";
import type { ThreadLog } from "./log.ts";
import { answerMs } from "./runtime.ts";

const pullMax = 500;

type Asking = Pick<Link, "request">;

/** What follows an event, a page of it. @throws ProblemError, Unreachable */
export async function pullPage(link: Asking, thread: Id, after: number): Promise<Pick<Events, "events" | "head_seq">> {
  return link.request({ t: "pull", thread, after, limit: pullMax }, { timeoutMs: answerMs });
}

/** All that follows an event, and where the service says that its log ends. */
export async function pullAll(link: Asking, thread: Id, from: number): Promise<readonly [readonly LogEntry[], number]> {
  const entries: LogEntry[] = [];
  for (;;) {
    const after = entries.at(-1)?.seq ?? from;
    const answer = await pullPage(link, thread, after);
    const fresh = answer.events.filter((entry) => entry.seq > after);
    entries.push(...fresh);
    if (fresh.length === 0 || (fresh.at(-1)?.seq ?? 0) >= answer.head_seq) {
      return [entries, answer.head_seq];
    }
  }
}

/** Gives a log the keys of the epochs that these entries begin, as far as the service has them. */
export async function fetchWraps(link: Asking, log: ThreadLog, run: readonly LogEntry[]): Promise<void> {
  let first = log.firstEpochWithoutWraps(run);
  const end = log.epochs.next + run.filter((entry) => entry.kind === "epoch").length;
  while (first !== null && first < end) {
    const answer = await link.request({ t: "wraps", thread: log.side.thread, first }, { timeoutMs: answerMs });
    log.epochs.addWraps(answer);
    const last = (answer.entry?.shares ?? answer.epochs).at(-1)?.epoch;
    const following: number = answer.more && last !== undefined ? last + 1 : first;
    first = following > first ? following : null;
  }
}

/** A colleague's first act after a removal may come before the news of it: the roster is read once more. */
export async function fetchSeeds(log: ThreadLog, run: readonly LogEntry[], reread: () => Promise<void>): Promise<void> {
  if (await log.lacksSeed(run)) {
    try {
      await reread();
    } catch (error) {
      if (!(error instanceof E2EEError)) {
        throw error;
      }
    }
  }
}
