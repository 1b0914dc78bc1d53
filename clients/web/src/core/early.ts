/** Events of one thread that came before their turn, by seq; the first one of each, up to a bound. */

import type { LogEntry } from "../wire/types.ts";

/** Further ones are pulled later. */
const earlyMax = 1_024;

export class EarlyEvents {
  readonly #kept = new Map<number, LogEntry>();

  keep(entry: LogEntry): void {
    if (this.#kept.size < earlyMax && !this.#kept.has(entry.seq)) {
      this.#kept.set(entry.seq, entry);
    }
  }

  /** Those that the log went past meanwhile: said twice, by an event and by an ack or a pull. */
  takeUpTo(seq: number): LogEntry[] {
    const past = [...this.#kept.values()].filter((entry) => entry.seq <= seq);
    this.drop(past);
    return past;
  }

  /** Those that come next, without a gap. */
  runAfter(seq: number): LogEntry[] {
    const run: LogEntry[] = [];
    for (let entry = this.#kept.get(seq + 1); entry !== undefined; entry = this.#kept.get(entry.seq + 1)) {
      run.push(entry);
    }
    return run;
  }

  /** These very ones were read. */
  drop(read: readonly LogEntry[]): void {
    for (const entry of read) {
      if (this.#kept.get(entry.seq) === entry) {
        this.#kept.delete(entry.seq);
      }
    }
  }

  clear(): void {
    this.#kept.clear();
  }
}
