/** Those who wait for the answers of their commands, by the commands' numbers. */

import type { AnyDown } from "../wire/types.ts";

interface Waiter {
  readonly resolve: (answer: AnyDown) => void;
  readonly reject: (reason: Error) => void;
}

export class Waiters {
  readonly #all = new Map<number, Waiter>();

  /** The answer to come. `done` is called once it came, or never will. */
  async wait(ref: number, done: () => void): Promise<AnyDown> {
    try {
      return await new Promise<AnyDown>((resolve, reject) => {
        this.#all.set(ref, { resolve, reject });
      });
    } finally {
      done();
    }
  }

  /** Nobody waits any more where the number is not known. */
  resolve(ref: number, answer: AnyDown): void {
    this.#take(ref)?.resolve(answer);
  }

  reject(ref: number, reason: Error): void {
    this.#take(ref)?.reject(reason);
  }

  rejectAll(reason: Error): void {
    for (const ref of this.#all.keys()) {
      this.reject(ref, reason);
    }
  }

  #take(ref: number): Waiter | undefined {
    const waiter = this.#all.get(ref);
    this.#all.delete(ref);
    return waiter;
  }
}
