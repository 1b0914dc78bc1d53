/**
 * Keeps one thread's verified log up with the service's: events as they come, gaps pulled, keys fetched, and all of it
 * kept on this device.
 *
 * What came early waits for what is missing; a gap that does not close by itself within `gapGraceMs` is pulled. Whatever
 * the service announced it must also give: a log that ends before is stopped. A log that must lead through a checkpoint is
 * read up to its end in one range, as what explains a restored backup may stand after the place where it differs (SPEC.md
 * section 7.4). What this device kept is gone on from; where it is not as it was written, or leads elsewhere than the
 * checkpoint, the log is read anew, and the person told.
 */

import { Gap } from "../e2ee/errors.ts";
import type { Id, LogEntry } from "../wire/types.ts";
import { Copy } from "./copy.ts";
import { EarlyEvents } from "./early.ts";
import { Asking, enter, ungiven } from "./entering.ts";
import { NotSeated, ServiceRestored, Unreachable } from "./errors.ts";
import { shelves } from "./local.ts";
import type { ThreadLog } from "./log.ts";
import type { Stretch } from "./office.ts";
import { fetchSeeds, fetchWraps, pullAll, pullPage } from "./pulling.ts";
import { answerMs, type Runtime } from "./runtime.ts";
import { background, pause, Turn } from "./tasks.ts";
import type { Item, NotRendered } from "./views.ts";

/** An ack and the events around it may overtake each other: wait this long before pulling. */
const gapGraceMs = 100;
const retryMs = 2_000;
const settledMs = 500;

export interface Followers {
  /** What there is to show, in order; called after each run that was read. */
  readonly onItems: (items: readonly Item[]) => void;
  /** Reads the mailbox's roster again. */
  readonly reread: () => Promise<void>;
  /** An empty log that must lead through the furthest that was seen. */
  readonly anew: () => ThreadLog;
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
  readonly #copy: Copy;
  readonly #asking = new Asking({ log: () => this.log, take: async (first) => this.#takeGiven(first) });
  /** How often the log was begun again: then what it showed before may read otherwise. */
  begun = 0;
  /** The service has the conversation no more. */
  isOver = false;
  #announced = 0;
  #scheduled = false;
  /** Reading what this device kept, once it began. */
  #kept: Promise<void> | null = null;

  constructor(runtime: Runtime, log: ThreadLog, streamEpoch: number | null, ears: Followers) {
    this.log = log;
    this.streamEpoch = streamEpoch;
    this.#runtime = runtime;
    this.#thread = log.side.thread;
    this.#ears = ears;
    this.#copy = new Copy(runtime.storage, this.#thread);
  }

  /** Whether the service has more. */
  get behind(): boolean {
    return this.log.evidence === null && this.log.seq < this.#announced;
  }

  get #mustReadWhole(): boolean {
    return !this.log.isExplained && this.log.seq < (this.log.checkpoint?.position ?? 0);
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
        this.#announced = 0;
        await this.#begin(log);
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
    await (this.#kept ?? this.#turn.take(() => this.#readKept()));
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
        if (this.log.epochs.awaitsEntry) {
          await this.#enter();
        } else if (mustPull || this.#mustReadWhole) {
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

  /** What the events show that end before one of them, or begin after one. @throws StorageDamaged */
  async stretch(place: { readonly before: number } | { readonly after: number }): Promise<Stretch> {
    await this.open();
    return this.#turn.take(async () =>
      "before" in place ? this.#copy.before(this.log, place.before) : this.#copy.after(this.log, place.after),
    );
  }

  /** Waits while it is not known what a restored service still has. @throws NotSeated: it has nothing of it. */
  async settled(): Promise<void> {
    while (this.isSuspended && this.log.evidence === null) {
      this.checkThere();
      await pause(settledMs);
    }
  }

  /** @throws NotSeated */
  checkThere(): void {
    if (this.isOver) {
      throw new NotSeated("no such conversation");
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

  /** Goes on, once, from what this device verified in earlier runs. */
  async #readKept(): Promise<void> {
    this.#kept ??= this.#readOnce().catch((error: unknown) => {
      // What does not open now is read from the service.
      this.#kept = Promise.resolve();
      throw error;
    });
    await this.#kept;
  }

  async #readOnce(): Promise<void> {
    const show = (): void => this.#ears.onItems([]);
    if (await this.#copy.resumed(this.log, show)) {
      show();
      this.#asking.start();
    } else {
      this.log = this.#ears.anew();
      this.#runtime.notice({ type: "copyRefused", thread: this.#thread });
    }
  }

  /** Reads the kept events that come next. Whether there were any. */
  async #readEarly(): Promise<boolean> {
    for (const past of this.#early.takeUpTo(this.log.seq)) {
      // Whatever is not the same as what was read is a fork.
      await this.#append([past]);
    }
    const run = this.#early.runAfter(this.log.seq);
    if (run.length === 0 || this.log.evidence !== null) {
      return false;
    }
    await this.#readRun(run);
    return true;
  }

  /** As a third party: asks how this mailbox came in, before anything is read. */
  async #enter(): Promise<void> {
    const asked = { t: "wraps", thread: this.#thread, first: 0 } as const;
    const stopped = await enter(this.log, await this.#runtime.link.request(asked, { timeoutMs: answerMs }));
    if (stopped !== null) {
      await this.#show([stopped]);
    }
  }

  async #readNext(): Promise<void> {
    const expected = this.#announced;
    const answer = await pullPage(this.#runtime.link, this.#thread, this.log.seq);
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

  /** Reads the rest of the log in one range, however long it is. */
  async #readWhole(): Promise<void> {
    const expected = this.#announced;
    const [entries, headSeq] = await pullAll(this.#runtime.link, this.#thread, this.log.seq);
    await fetchWraps(this.#runtime.link, this.log, entries);
    await fetchSeeds(this.log, entries, this.#ears.reread);
    const shown = entries.length > 0 ? await this.log.append(entries) : [];
    const stopped = this.log.evidence === null ? this.#checkWhole(Math.max(expected, headSeq)) : null;
    this.announce(this.log.seq);
    await this.#copy.save(this.log);
    await this.#show(stopped === null ? shown : [...shown, stopped]);
  }

  #checkWhole(announced: number): NotRendered | null {
    const stopped = this.log.checkEnd(this.log.seq);
    if (stopped !== null || this.log.seq >= announced) {
      return stopped;
    }
    return this.log.stop(new Gap(`the service announced event ${announced} and does not give it`));
  }

  async #readRun(run: readonly LogEntry[]): Promise<void> {
    await fetchWraps(this.#runtime.link, this.log, run);
    await fetchSeeds(this.log, run, this.#ears.reread);
    await this.#append(run);
  }

  async #append(run: readonly LogEntry[]): Promise<void> {
    const shown = await this.log.append(run);
    this.#early.drop(run.filter((entry) => entry.seq <= this.log.seq));
    await this.#copy.save(this.log);
    await this.#show(shown);
  }

  async #show(shown: readonly Item[]): Promise<void> {
    if (this.log.evidence !== null) {
      this.#early.clear();
      await shelves.evidence.save(this.#runtime.storage, this.log.evidence, this.#thread);
    }
    this.#ears.onItems(shown);
    this.#asking.start();
  }

  /** Keys of a third party that came after what they open was read: then it is read anew. */
  async #takeGiven(first: number): Promise<void> {
    const isGiven = await this.#turn.take(async () => {
      const { log } = this;
      log.epochs.addWraps(
        await this.#runtime.link.request({ t: "wraps", thread: this.#thread, first }, { timeoutMs: answerMs }),
      );
      if (ungiven(log) === first || log.evidence !== null) {
        return false;
      }
      await this.#begin(this.#ears.anew());
      return true;
    });
    if (isGiven) {
      await this.catchUp({ pull: true });
    }
  }

  /** Another log in the place of this one, from its first event on. */
  async #begin(log: ThreadLog): Promise<void> {
    this.log = log;
    this.begun += 1;
    this.#kept = Promise.resolve();
    this.#early.clear();
    await this.#copy.forget();
  }
}
