/**
 * Renews the keys of threads in which no own message did it before the window's end (`schedule`).
 *
 * A window's end that comes while this device watches is kept, to a random part of a turn. Those that came while nobody
 * was online are taken up by chance, each for itself, over some hours of being online: else all threads of a party would
 * renew their keys in the minute in which somebody comes home, and peers who pool their logs would know them for one's.
 * The same holds where the side begins anew: at once where this device was there when the platform vouched for it.
 */

import type { Id } from "../wire/types.ts";
import { drawnFraction, type Runtime, serviceNow } from "./runtime.ts";
import { isPunctual, isTakenUp } from "./schedule.ts";
import { background, pause } from "./tasks.ts";
import type { Thread } from "./thread.ts";

export const turnMs = 60_000;

export class Rotator {
  readonly #runtime: Runtime;
  readonly #threads: ReadonlyMap<Id, Thread>;
  readonly #atWork = new Set<Id>();
  #watchedSince: number | null = null;

  constructor(runtime: Runtime, threads: ReadonlyMap<Id, Thread>) {
    this.#runtime = runtime;
    this.#threads = threads;
  }

  /** Looks once at every thread. `watches`: whether the client is connected and knows what the service has. */
  async turn(watches: boolean): Promise<void> {
    const now = serviceNow(this.#runtime);
    if (!watches) {
      this.#watchedSince = null;
      return;
    }
    for (const thread of this.#threads.values()) {
      const punctual = this.#atWork.has(thread.id) ? null : this.#punctual(thread, now);
      if (punctual !== null && (punctual || isTakenUp(this.#fraction(), turnMs))) {
        this.#atWork.add(thread.id);
        background(this.#renew(thread, this.#fraction() * turnMs));
      }
    }
    this.#watchedSince = now;
    await this.#learnOne();
  }

  /**
   * Whether this device was there when it came to be due; null while it is not, or may not be: where the peer's side
   * begins anew, only its own record goes on from the one for which that was attested.
   */
  #punctual(thread: Thread, now: number): boolean | null {
    const { silence, gist } = thread.follower.log;
    if (thread.stopped !== null) {
      return null;
    }
    if (silence !== null) {
      return silence === "beginsAnew" ? this.#watchedSince !== null && gist.resetAt > this.#watchedSince : null;
    }
    const { window } = thread;
    return window === null || window.due > now ? null : isPunctual(window, this.#watchedSince);
  }

  /** Reads one thread of which this device does not know how old its keys are. */
  async #learnOne(): Promise<void> {
    const unknown = [...this.#threads.values()].find(
      (each) => !each.isThird && each.window === null && each.stopped === null,
    );
    await unknown?.load();
  }

  /** Who comes second finds it done; whatever else comes is tried again in a later turn. */
  async #renew(thread: Thread, delayMs: number): Promise<void> {
    try {
      await pause(delayMs);
      await thread.renewal.renew(thread.standing);
    } finally {
      this.#atWork.delete(thread.id);
    }
  }

  #fraction(): number {
    return drawnFraction(this.#runtime.entropy);
  }
}
