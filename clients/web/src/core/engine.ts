/**
 * What happens in a connected client: welcomes are worked off, events find their thread, progress is remembered.
 *
 * A welcome is worked off whole: seats, then the list of threads, then every thread that is behind. Only then does `since`
 * move (PROTOCOL.md section 3). If the connection ends in between, the next welcome starts over.
 */

import type { AnyDown, Event, Id, ThreadState, Welcome } from "../wire/types.ts";
import { Catalogue } from "./catalogue.ts";
import { Ended, ProblemError, Unreachable, WrongService } from "./errors.ts";
import { shelves } from "./local.ts";
import { Rotator, turnMs } from "./rotator.ts";
import { type Runtime, serviceNow } from "./runtime.ts";
import type { Seating } from "./seating.ts";
import { Seats } from "./seats.ts";
import type { Effect } from "./session.ts";
import { background, pause } from "./tasks.ts";
import type { Thread } from "./thread.ts";

/** Between two attempts to work off a welcome while its connection stands and something else fails. */
const retryMs = 2_000;
const rememberMs = 2_000;
const vaultEveryMs = 600_000;
/** All threads are held against the service's list again after this: what it erased is then erased here. */
const relistMs = 86_400_000;

export class Engine {
  readonly seats: Seats;
  readonly catalogue: Catalogue;
  /** Resolves once a first welcome was worked off. */
  readonly ready: Promise<void>;
  #isReady: () => void = () => undefined;
  readonly #runtime: Runtime;
  readonly #rotator: Rotator;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #listed: ReadonlySet<Id> = new Set();
  #listedAt = 0;
  /** Counts welcomes: what an earlier one began is given up. */
  #life = 0;
  #settled = false;

  constructor(runtime: Runtime, seating: Seating) {
    this.#runtime = runtime;
    const around = {
      threads: () => this.catalogue.threads.values(),
      adopt: (state: ThreadState): Thread | null => this.catalogue.know(state),
    };
    this.seats = new Seats(runtime, seating, around, (gone) => this.#drop(gone));
    this.catalogue = new Catalogue(runtime, this.seats.mailboxes);
    this.#rotator = new Rotator(runtime, this.catalogue.threads);
    this.ready = new Promise((resolve) => {
      this.#isReady = resolve;
    });
  }

  /** Takes up what an earlier run left. @throws StorageDamaged */
  async start(): Promise<void> {
    const sync = await shelves.sync.load(this.#runtime.storage);
    this.#listed = new Set(sync?.mailboxes);
    this.#listedAt = sync?.listedAt ?? 0;
    await this.seats.restore();
    await this.catalogue.restore();
    for (const mailbox of this.seats.mailboxes.values()) {
      await mailbox.first.resume();
    }
    this.#every(rememberMs, () => this.remember());
    this.#every(vaultEveryMs, () => this.seats.savePins());
    this.#every(turnMs, () => this.#rotator.turn(this.#settled && this.#runtime.link.session.phase === "ready"));
  }

  /** Does nothing by itself any more. */
  stop(): void {
    for (const timer of this.#timers) {
      clearInterval(timer);
    }
  }

  /** Writes what is to be remembered, here and in the vault. */
  async close(): Promise<void> {
    this.stop();
    await this.remember();
    await this.seats.savePins();
  }

  handle(output: Extract<Effect, { type: "welcomed" | "event" }>): void {
    if (output.type === "event") {
      this.#event(output.event);
      return;
    }
    this.#life += 1;
    background(this.#workOff(output.welcome, output.complete, this.#life, this.seats.asked()));
  }

  async remember(): Promise<void> {
    await this.catalogue.remember();
  }

  /** Reads seats and rosters again; a mailbox that is new gets all its threads. @throws ProblemError, Unreachable */
  async reseat(): Promise<void> {
    const asked = this.seats.asked();
    const { seats } = await this.#runtime.api.account();
    const isNew = seats.some((view) => view.state === "active" && !this.#listed.has(view.mailbox));
    if (isNew && this.#runtime.link.session.phase === "ready") {
      // Until it heard of the seat the connection lists nothing of the mailbox, and that may be a while after.
      await this.seats.refresh();
    }
    await this.seats.take(seats, asked);
    await this.#listNew();
  }

  #every(ms: number, act: () => Promise<void>): void {
    this.#timers.push(setInterval(() => background(act()), ms));
  }

  async #workOff(welcome: Welcome, complete: boolean, life: number, asked: number): Promise<void> {
    const { link, trust, service } = this.#runtime;
    if (welcome.service !== trust.service) {
      link.fail(new WrongService("the service is not the one that this client was configured for"));
      return;
    }
    service.skewMs = welcome.now - this.#runtime.clock();
    this.#takeStream(welcome.stream_epoch);
    this.#settled = false;
    try {
      while (!(await this.#attempted(welcome, complete, asked))) {
        await pause(retryMs);
        if (life !== this.#life) {
          return;
        }
      }
      if (life === this.#life) {
        await this.#settle(welcome);
      }
    } catch (error) {
      // Storage that does not open, or a fault of this package: a client must not look alive and be deaf.
      link.fail(error instanceof Error ? error : new Ended("a welcome could not be worked off"));
      throw error;
    }
  }

  /** False when something on the way failed that may work the next time. */
  async #attempted(welcome: Welcome, complete: boolean, asked: number): Promise<boolean> {
    try {
      await this.#attempt(welcome, complete, asked);
      return true;
    } catch (error) {
      if (error instanceof ProblemError || error instanceof Unreachable) {
        return false;
      }
      throw error;
    }
  }

  async #attempt(welcome: Welcome, complete: boolean, asked: number): Promise<void> {
    const since = this.#runtime.link.session.since;
    await this.seats.take(welcome.seats, asked);
    this.catalogue.listen();
    this.catalogue.adoptKept();
    for (const state of welcome.threads) {
      this.catalogue.know(state);
    }
    const isNew = [...this.seats.mailboxes.keys()].some((id) => !this.#listed.has(id));
    const now = serviceNow(this.#runtime);
    if (!complete || now - this.#listedAt >= relistMs) {
      await this.catalogue.keepOnly(await this.catalogue.listAll(null, null));
      this.#listedAt = now;
    } else if (isNew && since !== null) {
      await this.catalogue.listAll(null, null);
    } else if (welcome.more) {
      await this.catalogue.listAll(since, welcome.threads.at(-1)?.thread ?? null);
    }
    await this.catalogue.catchUp();
  }

  async #settle(welcome: Welcome): Promise<void> {
    this.#listed = new Set(this.seats.mailboxes.keys());
    this.#runtime.link.settle(welcome);
    await this.catalogue.remember();
    await this.#saveSync();
    this.#settled = true;
    this.#isReady();
    this.#runtime.changed();
  }

  async #saveSync(): Promise<void> {
    const { since, streamEpoch } = this.#runtime.link.session;
    await shelves.sync.save(this.#runtime.storage, {
      since,
      streamEpoch,
      mailboxes: [...this.#listed],
      listedAt: this.#listedAt,
    });
  }

  async #listNew(): Promise<void> {
    if ([...this.seats.mailboxes.keys()].some((id) => !this.#listed.has(id))) {
      await this.catalogue.listAll(null, null);
      await this.catalogue.catchUp();
      this.#listed = new Set(this.seats.mailboxes.keys());
      await this.#saveSync();
    }
  }

  /** Another stream epoch than before: nothing of the service is taken until it was held against what was seen. */
  #takeStream(epoch: number): void {
    const { service } = this.#runtime;
    if (service.streamEpoch !== null && service.streamEpoch !== epoch) {
      for (const mailbox of this.seats.mailboxes.values()) {
        mailbox.desk.restart();
      }
    }
    service.streamEpoch = epoch;
  }

  #drop(mailbox: Id): void {
    background(this.catalogue.drop(mailbox));
    this.#listed = new Set([...this.#listed].filter((id) => id !== mailbox));
    this.#runtime.notice({ type: "seatEnded", mailbox });
  }

  #event(struct: AnyDown): void {
    if (struct.t === "event") {
      this.#threadEvent(struct);
    } else if (struct.t === "thread") {
      this.#threadOpened(struct.state);
    } else if (struct.t === "receipt") {
      this.catalogue.threads.get(struct.thread)?.receipt(struct.party, struct.seq);
    } else if (struct.t === "desk") {
      this.seats.mailboxes.get(struct.mailbox)?.desk.offer(struct.entry);
    } else {
      this.#changed(struct);
    }
  }

  /** That something changed, and not what: it is asked for. */
  #changed(struct: AnyDown): void {
    if (struct.t === "cards.changed") {
      const thread = this.catalogue.threads.get(struct.thread);
      if (thread !== undefined) {
        background(thread.readCards());
      }
    } else if (struct.t === "seats.changed") {
      background(this.reseat());
    } else if (struct.t === "cases.changed") {
      background(this.seats.mailboxes.get(struct.mailbox)?.readCases() ?? Promise.resolve());
      this.#runtime.notice({ type: "casesChanged", mailbox: struct.mailbox });
    }
  }

  #threadEvent(event: Event): void {
    const { thread: id, seq, at, kind, party, payload, proof } = event;
    const thread = this.catalogue.threads.get(id);
    if (thread === undefined) {
      this.catalogue.heard(id, seq);
    } else {
      thread.follower.offer({ seq, at, kind, party, payload, proof });
    }
  }

  #threadOpened(state: ThreadState): void {
    const thread = this.catalogue.know(state);
    if (thread !== null) {
      thread.follower.schedule();
      if (state.party !== 0) {
        thread.mailbox.opened(state.target);
      }
    }
  }
}
