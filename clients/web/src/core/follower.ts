/**
 * Keeps one thread's verified log up with the service's: events as they come, gaps pulled, keys fetched, and all of it
 * kept on this device.
 *
 * What came early waits for what is missing; a gap that does not close by itself within `gapGraceMs` is pulled. Whatever
 * the service announced it must also give: a log that ends before is stopped. A log that must lead through a checkpoint
 * is first read whole, in one range, as what explains a restored backup may stand after the place where it differs
 * (SPEC.md section 7.4).
 */

import { E2EEError, Gap } from "../e2ee/errors.ts";
import type { Id, LogEntry } from "../wire/types.ts";
import { EarlyEvents } from "./early.ts";
import { ServiceRestored, Unreachable } from "./errors.ts";
import { runs, shelves } from "./local.ts";
import type { ThreadLog } from "./log.ts";
import { answerMs, type Runtime } from "./runtime.ts";
import { background, pause, Turn } from "./tasks.ts";
import type { Item, NotRendered } from "./views.ts";

/** An ack and the events around it may overtake each other: wait this long before pulling. */
const gapGraceMs = 100;
const retryMs = 2_000;
const settledMs = 500;
const pullMax = 500;

export interface Followers {
  /** What there is to show, in order; called after each run that was read. */
  readonly onItems: (items: readonly Item[]) => void;
  /** Reads the mailbox's roster again. */
  readonly reread: () => Promise<void>;
}

export class Follower {
  log: ThreadLog;
  /** Of the history that `log` is on. */
  streamEpoch: number | null;
  readonly #runtime: Runtime;
  readonly #thread: Id;
  readonly #ears: Followers;
  readonly #turn = new Turn();
  readonly #early = new EarlyEvents();
  #announced = 0;
  #scheduled = false;
  #restored = false;

  constructor(runtime: Runtime, log: ThreadLog, streamEpoch: number | null, ears: Followers) {
    this.log = log;
    this.streamEpoch = streamEpoch;
    this.#runtime = runtime;
    this.#thread = log.side.thread;
    this.#ears = ears;
  }

  /** Whether the service has more. */
  get behind(): boolean {
    return this.log.evidence === null && this.log.seq < this.#announced;
  }

  get #mustReadWhole(): boolean {
    return this.log.seq === 0 && this.log.checkpoint !== null;
  }

  /** Whether it is not known yet if the service still has what this log holds. */
  get isSuspended(): boolean {
    const { streamEpoch } = this.#runtime.service;
    return streamEpoch !== null && this.streamEpoch !== null && this.streamEpoch !== streamEpoch;
  }

  /** The log that this device kept goes on, or another one begins, on the service's history of now. */
  async settle(log: ThreadLog | null = null): Promise<void> {
    await this.#turn.take(async () => {
      this.streamEpoch = this.#runtime.service.streamEpoch;
      if (log !== null) {
        this.log = log;
        this.#restored = true;
        this.#early.clear();
        this.#announced = 0;
        await runs.forget(this.#runtime.storage, this.#thread);
        await shelves.wraps.delete(this.#runtime.storage, this.#thread);
      }
    });
  }

  /** The service says that its log reaches `seq`. */
  announce(seq: number): void {
    this.#announced = Math.max(this.#announced, seq);
  }

  /** Takes one event as it came. */
  offer(entry: LogEntry): void {
    if (this.log.evidence !== null || this.isSuspended) {
      return;
    }
    this.announce(entry.seq);
    this.#early.keep(entry);
    this.schedule(gapGraceMs);
  }

  /** Reads what this device kept, without asking the service. */
  async open(): Promise<void> {
    if (!this.#restored) {
      await this.#turn.take(() => this.#readKept());
    }
  }

  /**
   * Reads what this device kept, then up to what the service announced; `pull` asks it in any case.
   * @throws TimedOut, ProblemError, Ended; what does not verify stops the log and is shown as such.
   */
  async catchUp({ pull = false, graceMs = 0 }: { pull?: boolean; graceMs?: number } = {}): Promise<void> {
    await this.#turn.take(async () => {
      await this.#readKept();
      let mustPull = pull;
      let grace = graceMs;
      while (this.log.evidence === null) {
        if (mustPull || this.#mustReadWhole) {
          await (this.#mustReadWhole ? this.#readWhole() : this.#readNext());
          mustPull = false;
        } else if (await this.#readEarly()) {
          // On to what they were waiting for, or to the end.
        } else if (!this.behind) {
          return;
        } else if (grace > 0) {
          await pause(grace);
          grace = 0;
        } else {
          await this.#readNext();
        }
      }
    });
  }

  /** Waits until the event `seq` was read. @throws as `catchUp`, and Stopped */
  async reach(seq: number): Promise<void> {
    if (this.log.seq < seq) {
      this.announce(seq);
      await this.catchUp({ graceMs: gapGraceMs });
    }
    if (this.log.seq < seq) {
      this.log.checkFollowed();
    }
  }

  /**
   * Reads up to an event that an ack told of, and holds the ack against it: another event there is a fork.
   * `streamEpoch`: this follower's when the ack came. @throws as `catchUp`, Stopped; ServiceRestored, when what was acked
   * is of a history that is gone.
   */
  async confirm(entry: LogEntry, streamEpoch: number | null): Promise<void> {
    if (this.isSuspended || this.streamEpoch !== streamEpoch) {
      throw new ServiceRestored("the service was restored from a backup after it took this");
    }
    this.offer(entry);
    await this.reach(entry.seq);
    // Now that something stands there: another event than the one acked is a fork.
    this.offer(entry);
    await this.catchUp();
    this.log.checkFollowed();
  }

  /** Waits while it is not known what a restored service still has. */
  async settled(): Promise<void> {
    while (this.isSuspended && this.log.evidence === null) {
      await pause(settledMs);
    }
  }

  /** Catches up in the background, and tries again while the service does not answer. */
  schedule(graceMs = 0): void {
    if (!this.#scheduled) {
      this.#scheduled = true;
      background(this.#catchUpLater(graceMs));
    }
  }

  async #catchUpLater(graceMs: number): Promise<void> {
    // What comes from here on is read by this run, or by the next one.
    await Promise.resolve();
    this.#scheduled = false;
    try {
      await this.catchUp({ graceMs });
    } catch (error) {
      if (!(error instanceof Unreachable)) {
        throw error;
      }
      await pause(retryMs);
      if (this.behind) {
        this.schedule();
      }
    }
  }

  /** Reads, once, what this device verified in earlier runs. */
  async #readKept(): Promise<void> {
    if (this.#restored) {
      return;
    }
    this.#restored = true;
    const wrapped = await shelves.wraps.load(this.#runtime.storage, this.#thread);
    const kept = await runs.load(this.#runtime.storage, this.#thread);
    if (wrapped === undefined || kept.length === 0) {
      return;
    }
    this.log.epochs.restore(wrapped);
    if ((kept.at(-1)?.seq ?? 0) >= (this.log.checkpoint?.position ?? 0)) {
      // Else another device of the account saw more: the log is read whole, in one range.
      await this.#append(kept, false);
    }
  }

  /** Reads the kept events that come next. Whether there were any. */
  async #readEarly(): Promise<boolean> {
    for (const past of this.#early.takeUpTo(this.log.seq)) {
      // Whatever is not the same as what was read is a fork.
      await this.#append([past], false);
    }
    const run = this.#early.runAfter(this.log.seq);
    if (run.length === 0 || this.log.evidence !== null) {
      return false;
    }
    await this.#readRun(run);
    return true;
  }

  async #readNext(): Promise<void> {
    const expected = this.#announced;
    const answer = await this.#pull(this.log.seq);
    const isNew = answer.events.some((entry) => entry.seq > this.log.seq);
    let stopped = this.log.checkEnd(answer.head_seq);
    if (stopped === null && (answer.head_seq < expected || (!isNew && this.log.seq < answer.head_seq))) {
      stopped = this.log.stop(new Gap(`the service announced event ${expected} and does not give it`));
    }
    if (stopped !== null) {
      await this.#show([stopped]);
      return;
    }
    this.announce(answer.head_seq);
    await this.#readRun(answer.events);
  }

  /** Reads the log in one range, however long it is. */
  async #readWhole(): Promise<void> {
    const expected = this.#announced;
    const [entries, headSeq] = await this.#pullAll();
    await this.#fetchWraps(entries);
    await this.#fetchSeeds(entries);
    const shown = entries.length > 0 ? await this.log.append(entries) : [];
    const stopped = this.log.evidence === null ? this.#checkWhole(Math.max(expected, headSeq)) : null;
    this.announce(this.log.seq);
    await this.#keep(entries);
    await this.#show(stopped === null ? shown : [...shown, stopped]);
  }

  async #pullAll(): Promise<readonly [readonly LogEntry[], number]> {
    const entries: LogEntry[] = [];
    for (;;) {
      const after = entries.at(-1)?.seq ?? 0;
      const answer = await this.#pull(after);
      const fresh = answer.events.filter((entry) => entry.seq > after);
      entries.push(...fresh);
      if (fresh.length === 0 || (fresh.at(-1)?.seq ?? 0) >= answer.head_seq) {
        return [entries, answer.head_seq];
      }
    }
  }

  #checkWhole(announced: number): NotRendered | null {
    const stopped = this.log.checkEnd(this.log.seq);
    if (stopped !== null || this.log.seq >= announced) {
      return stopped;
    }
    return this.log.stop(new Gap(`the service announced event ${announced} and does not give it`));
  }

  async #readRun(run: readonly LogEntry[]): Promise<void> {
    await this.#fetchWraps(run);
    await this.#fetchSeeds(run);
    await this.#append(run, true);
  }

  async #append(run: readonly LogEntry[], isNew: boolean): Promise<void> {
    const before = this.log.seq;
    const shown = await this.log.append(run);
    this.#early.drop(run.filter((entry) => entry.seq <= this.log.seq));
    if (isNew) {
      await this.#keep(run.filter((entry) => entry.seq > before && entry.seq <= this.log.seq));
    }
    await this.#show(shown);
  }

  async #keep(run: readonly LogEntry[]): Promise<void> {
    if (this.log.evidence !== null || run.length === 0) {
      return;
    }
    const { storage } = this.#runtime;
    if (run.some((entry) => entry.kind === "epoch")) {
      await shelves.wraps.save(storage, this.log.epochs.wrapped, this.#thread);
    }
    await runs.save(storage, this.#thread, run);
  }

  async #show(shown: readonly Item[]): Promise<void> {
    if (this.log.evidence !== null) {
      this.#early.clear();
      await shelves.evidence.save(this.#runtime.storage, this.log.evidence, this.#thread);
    }
    this.#ears.onItems(shown);
  }

  async #pull(after: number): Promise<{ readonly events: readonly LogEntry[]; readonly head_seq: number }> {
    return this.#runtime.link.request(
      { t: "pull", thread: this.#thread, after, limit: pullMax },
      { timeoutMs: answerMs },
    );
  }

  async #fetchWraps(run: readonly LogEntry[]): Promise<void> {
    let first = this.log.firstEpochWithoutWraps(run);
    const end = this.log.epochs.length + run.filter((entry) => entry.kind === "epoch").length;
    while (first !== null && first < end) {
      const answer = await this.#runtime.link.request(
        { t: "wraps", thread: this.#thread, first },
        { timeoutMs: answerMs },
      );
      this.log.epochs.addWraps(answer);
      const last = answer.epochs.at(-1)?.epoch;
      const following: number = answer.more && last !== undefined ? last + 1 : first;
      first = following > first ? following : null;
    }
  }

  /** A colleague's first act after a removal may come before the news of it: the roster is read once more. */
  async #fetchSeeds(run: readonly LogEntry[]): Promise<void> {
    if (await this.log.lacksSeed(run)) {
      try {
        await this.#ears.reread();
      } catch (error) {
        if (!(error instanceof E2EEError)) {
          throw error;
        }
      }
    }
  }
}
