/** Work beside the work: in the background, one after another, later. */

import { E2EEError } from "../e2ee/errors.ts";
import { ClientError, ProblemError, Unreachable } from "./errors.ts";

/** Between two questions to a service that does not answer. */
const patienceMs = 2_000;

/** Tells of a fault of this package as of any uncaught error, and lets the caller go on. */
export function fault(error: unknown): void {
  setTimeout(() => {
    throw error;
  });
}

/** Work that nobody waits for: what it raises is mended by the next connection, or is a fault of this package. */
export function background(work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    if (!(error instanceof ClientError || error instanceof E2EEError)) {
      fault(error);
    }
  });
}

/** One at a time, in the order of their calls. */
export class Turn {
  #last: Promise<unknown> = Promise.resolve();
  #length = 0;

  get busy(): boolean {
    return this.#length > 0;
  }

  async take<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    this.#length += 1;
    const mine = before.then(work, work).finally(() => {
      this.#length -= 1;
    });
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

/** Work by its name: what is asked for again while it lasts, or is among the last that ended, is not done again. */
export class Once<T> {
  readonly #underWay = new Map<string, Promise<T>>();
  readonly #ended = new Map<string, Promise<T>>();
  readonly #endedMax: number;

  /** `endedMax`: of how many the outcome is remembered. */
  constructor(endedMax: number) {
    this.#endedMax = endedMax;
  }

  async run(name: string, work: () => Promise<T>): Promise<T> {
    const known = this.#underWay.get(name) ?? this.#ended.get(name);
    if (known !== undefined) {
      return known;
    }
    const run = work().finally(() => {
      this.#underWay.delete(name);
      this.#remember(name, run);
    });
    this.#underWay.set(name, run);
    return run;
  }

  #remember(name: string, run: Promise<T>): void {
    this.#ended.set(name, run);
    for (const oldest of this.#ended.keys()) {
      if (this.#ended.size <= this.#endedMax) {
        return;
      }
      this.#ended.delete(oldest);
    }
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** What waiting mends: no answer. */
const isSilence = (error: unknown): boolean => error instanceof Unreachable;

/** The same, or a refusal for the moment. */
export const isPassing = (error: unknown): boolean =>
  isSilence(error) || (error instanceof ProblemError && !error.final);

/** Does what the service must answer, however long it does not. Throws what waiting does not mend. */
export async function patiently<T>(reading: () => Promise<T>, mends = isSilence): Promise<T> {
  for (;;) {
    try {
      return await reading();
    } catch (error) {
      if (!mends(error)) {
        throw error;
      }
      await pause(patienceMs);
    }
  }
}
