/** A thread after a restored backup: held against what this device saw of it (SPEC.md section 7.4). */

import type { Id } from "../wire/types.ts";
import { ProblemError } from "./errors.ts";
import type { Follower } from "./follower.ts";
import type { Followed, Stamped } from "./local.ts";
import type { ThreadLog } from "./log.ts";
import type { Losses } from "./losing.ts";
import { answerMs, type Runtime } from "./runtime.ts";

/** What of a thread it works with. */
interface Compared {
  readonly id: Id;
  readonly state: { readonly seq: number };
  readonly stopped: string | null;
  readonly follower: Follower;
  readonly losses: Losses;
}

type Kept = Pick<Followed, "stamped" | "restores" | "withdrawn">;

/**
 * Shows how far the thread had come; where the service lost something, reads it anew and keeps what was lost.
 * @throws ProblemError `not_found`, where it lost all of it: what this device has is still as it was
 */
export async function compare(runtime: Runtime, thread: Compared, newLog: (kept: Kept) => ThreadLog): Promise<void> {
  const { follower, losses } = thread;
  const before = follower.log;
  const { stamped, restores } = before;
  if (thread.stopped !== null || stamped === null || (await isStillThere(runtime, thread, stamped))) {
    await follower.settle();
    return;
  }
  await losses.keep(before);
  await follower.settle(newLog({ stamped, restores, withdrawn: [...before.withdrawn] }));
  follower.announce(thread.state.seq);
  await follower.catchUp({ pull: true });
}

/** Whether the service says that its log leads through this place. If it lies, the next reading shows it. */
async function isStillThere(runtime: Runtime, { id, follower }: Compared, stamped: Stamped): Promise<boolean> {
  try {
    const answer = await runtime.link.request(
      { t: "restore.claim", thread: id, ...stamped, stream_epoch: follower.streamEpoch ?? 0 },
      { timeoutMs: answerMs },
    );
    return answer.seq === 0;
  } catch (error) {
    if (error instanceof ProblemError && !error.retryable && error.code !== "not_found") {
      return false;
    }
    throw error;
  }
}
