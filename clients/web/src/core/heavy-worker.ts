/** The worker that does what takes long. It keeps nothing between two tasks. */

import { prepare } from "../e2ee/signing.ts";
import type { Answered, Asked } from "./heavy.ts";
import { tasks } from "./heavy-tasks.ts";

addEventListener("message", ({ data }: MessageEvent<Asked>) => {
  void answer(data);
});

async function answer({ id, task, given }: Asked): Promise<void> {
  try {
    // Before anything is refused for want of a file: then the page does it, which has its own.
    await prepare();
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a task and what it takes, tied by its name
    const run = tasks[task] as (...args: typeof given) => Promise<unknown>;
    say({ id, outcome: await run(...given) });
  } catch (error) {
    say({ id, failed: error instanceof Error ? error.message : "failed" });
  }
}

function say(answered: Answered): void {
  postMessage(answered);
}
