/**
 * What takes long: chaining ranges of events, opening messages, searching what was kept. In a worker where there are
 * workers, so that a page answers meanwhile; else here, a little at a time.
 */

import { openAll } from "../e2ee/batch.ts";
import type { Hash } from "../e2ee/bytes.ts";
import { headsAfter } from "../e2ee/log-extent.ts";
import type { tasks } from "./heavy-tasks.ts";
import { pause, Turn } from "./tasks.ts";

type Tasks = typeof tasks;

/** Does one task after another. None of them changes anything: one that was begun twice did no harm. */
export interface Heavy {
  readonly chain: Tasks["chain"];
  readonly open: Tasks["open"];
  readonly search: Tasks["search"];
  /** Ends what does it. */
  readonly close: () => void;
}

type Task = keyof Tasks;

/** One task, as a worker is asked for it. */
export type Asked = {
  readonly [K in keyof Tasks]: { readonly id: number; readonly task: K; readonly given: Parameters<Tasks[K]> };
}[keyof Tasks];

/** `failed`: a fault of the task itself; whoever asked does it again, and meets the same. */
export type Answered =
  | { readonly id: number; readonly outcome: unknown }
  | { readonly id: number; readonly failed: string };

const chainedAtOnce = 128;
const openedAtOnce = 8;

/** In the page's own thread, which gets a turn between two parts. */
export const here: Heavy = {
  chain: async (events, before, withheld) => {
    const heads: Hash[] = [];
    for (let at = 0; at === heads.length && at < events.length; at += chainedAtOnce) {
      heads.push(...(await headsAfter(events.slice(at, at + chainedAtOnce), heads.at(-1) ?? before, withheld)));
      await pause(0);
    }
    return heads;
  },
  open: async (messages) => {
    const outcomes: Awaited<ReturnType<Tasks["open"]>> = [];
    for (let at = 0; at < messages.length; at += openedAtOnce) {
      outcomes.push(...(await openAll(messages.slice(at, at + openedAtOnce))));
      await pause(0);
    }
    return outcomes;
  },
  search: async (...given) => (await import("./searching.ts")).search(...given),
  close: () => undefined,
};

/** Tasks that a worker has at a time; further ones wait here, in the order of their calls. */
const tasksMax = 4;
/** A worker that does not answer within this has failed. */
const taskMs = 30_000;

interface Waiting {
  readonly resolve: (outcome: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** In a worker, which is started at the first task. One that fails is given up, and all goes on in this thread. */
export class WorkerHeavy implements Heavy {
  readonly #start: () => Worker;
  readonly #lines = Array.from({ length: tasksMax }, () => new Turn());
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #failed = false;
  #next = 0;

  constructor(start: () => Worker) {
    this.#start = start;
  }

  readonly chain: Heavy["chain"] = async (...given) => this.#done("chain", given, () => here.chain(...given));

  readonly open: Heavy["open"] = async (...given) => this.#done("open", given, () => here.open(...given));

  readonly search: Heavy["search"] = async (...given) => this.#done("search", given, () => here.search(...given));

  close(): void {
    this.#giveUp(new Error("closed"));
  }

  async #done<T>(task: Task, given: readonly unknown[], doHere: () => Promise<T>): Promise<T> {
    this.#next += 1;
    const id = this.#next;
    const line = this.#lines[id % tasksMax];
    if (!this.#failed && line !== undefined) {
      try {
        return await line.take(() => this.#asked<T>(id, task, given));
      } catch {
        // By the worker's fault or the task's: it is done here.
      }
    }
    return doHere();
  }

  async #asked<T>(id: number, task: Task, given: readonly unknown[]): Promise<T> {
    const worker = this.#running();
    const outcome = await new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#giveUp(new Error("a worker that does not answer")), taskMs);
      this.#waiting.set(id, { resolve, reject, timer });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no origin to name
      worker.postMessage({ id, task, given });
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a task and what it gives, tied by its name
    return outcome as T;
  }

  #running(): Worker {
    if (this.#failed) {
      throw new Error("no worker here");
    }
    if (this.#worker === null) {
      const worker = this.#started();
      worker.addEventListener("message", ({ data }: MessageEvent<Answered>) => this.#hear(data));
      worker.addEventListener("error", () => this.#giveUp(new Error("the worker failed")));
      worker.addEventListener("messageerror", () => this.#giveUp(new Error("the worker failed")));
      this.#worker = worker;
    }
    return this.#worker;
  }

  #started(): Worker {
    try {
      return this.#start();
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  #hear(answer: Answered): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    clearTimeout(waiting?.timer);
    if ("failed" in answer) {
      waiting?.reject(new Error(answer.failed));
    } else {
      waiting?.resolve(answer.outcome);
    }
  }

  #giveUp(reason: Error): void {
    this.#failed = true;
    this.#worker?.terminate();
    this.#worker = null;
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(reason);
    }
    this.#waiting.clear();
  }
}
