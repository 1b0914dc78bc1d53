/** The conversations of one client: found by id, followed, remembered between two runs. */

import type { Id, ThreadState } from "../wire/types.ts";
import { ProblemError } from "./errors.ts";
import { GoneThreads } from "./gone.ts";
import { type Followed, forgetRefused, forgetThread, type Outgoing, shelves } from "./local.ts";
import type { Mailbox } from "./mailbox.ts";
import type { RefusedText } from "./refusals.ts";
import { answerMs, type Runtime } from "./runtime.ts";
import { background, Turn } from "./tasks.ts";
import { Thread } from "./thread.ts";

const readingsAtOnce = 4;
const heardMax = 1_000;

export class Catalogue {
  readonly threads = new Map<Id, Thread>();
  /** Conversations that the service has no more, as far as something of them is kept. */
  readonly gone: GoneThreads;
  readonly #runtime: Runtime;
  readonly #mailboxes: ReadonlyMap<Id, Mailbox>;
  readonly #kept = new Map<Id, Followed>();
  readonly #unsent = new Map<Id, Outgoing[]>();
  readonly #refused = new Map<Id, RefusedText[]>();
  readonly #heard = new Map<Id, number>();
  /** Stated while the roster of their mailbox is still being read. */
  readonly #stated = new Map<Id, ThreadState>();
  /** Threads of which the service spoke on this connection. */
  readonly #told = new Set<Id>();
  readonly #writing = new Turn();

  constructor(runtime: Runtime, mailboxes: ReadonlyMap<Id, Mailbox>) {
    this.#runtime = runtime;
    this.#mailboxes = mailboxes;
    this.gone = new GoneThreads(runtime.storage, mailboxes, runtime.changed);
  }

  /** Takes up what an earlier run remembered, and sends what it left unsent. @throws StorageDamaged */
  async restore(): Promise<void> {
    for (const kept of await shelves.thread.all(this.#runtime.storage)) {
      this.#kept.set(kept.state.thread, kept);
    }
    for (const message of await shelves.outgoing.all(this.#runtime.storage)) {
      this.#unsent.set(message.thread, [...(this.#unsent.get(message.thread) ?? []), message]);
    }
    for (const refused of await shelves.refused.all(this.#runtime.storage)) {
      this.#refused.set(refused.thread, [...(this.#refused.get(refused.thread) ?? []), refused]);
    }
    await this.gone.restore();
    await this.gone.take(this.#unsent, this.#refused);
    this.adoptKept();
  }

  /** Makes threads of what was remembered, as far as their mailboxes' keys are there. */
  adoptKept(): void {
    for (const state of [...[...this.#kept.values()].map((kept) => kept.state), ...this.#stated.values()]) {
      this.#know(state);
    }
  }

  /**
   * Takes a thread as the service states it; null while its mailbox has no keys here. An account with seats on more than one
   * side of a thread follows it from the first that is listed.
   */
  know(state: ThreadState): Thread | null {
    this.#told.add(state.thread);
    return this.#know(state);
  }

  /** From now on only what is stated once more counts as told: a stay as a third party ends without a word later. */
  listen(): void {
    this.#told.clear();
  }

  #know(state: ThreadState): Thread | null {
    const mailbox = this.#mailboxes.get(state.mailbox);
    if (mailbox === undefined) {
      if (this.#stated.size < heardMax) {
        this.#stated.set(state.thread, state);
      }
      return null;
    }
    this.#stated.delete(state.thread);
    const known = this.threads.get(state.thread);
    const thread = known ?? this.#newThread(mailbox, state);
    thread.update(state);
    return thread;
  }

  /** An event of a thread that is not listed yet: it will know that there is more than the list may say. */
  heard(thread: Id, seq: number): void {
    if (this.#heard.size < heardMax) {
      this.#heard.set(thread, Math.max(seq, this.#heard.get(thread) ?? 0));
    }
  }

  /** Follows no thread of a mailbox any more in which the account has no seat, and keeps none of them. */
  async drop(mailbox: Id): Promise<void> {
    const known = [...this.threads.values()].map((thread) => thread.state);
    const kept = [...this.#kept.values()].map((each) => each.state);
    const gone = [...known, ...kept].filter((state) => state.mailbox === mailbox).map((state) => state.thread);
    await this.gone.drop(mailbox);
    for (const id of gone) {
      this.threads.delete(id);
      this.#kept.delete(id);
      this.#refused.delete(id);
    }
    await forgetRefused(this.#runtime.storage, mailbox, gone);
    for (const id of gone) {
      await this.#forget(id);
    }
  }

  /**
   * The service has a thread no more for this mailbox: erased, past its time, lost with a restored backup; or its stay as a
   * third party is over.
   */
  async lose(thread: Thread): Promise<void> {
    if (thread.isThird) {
      this.#runtime.notice({ type: "stayEnded", thread: thread.id });
    }
    if (!thread.isThird && thread.follower.isSuspended) {
      // On another history than the service’s of now.
      await this.gone.keep(thread);
    } else {
      await this.gone.keepUnsent(thread);
    }
    thread.mailbox.keys.forgetThread(thread.id);
    this.threads.delete(thread.id);
    await this.#forget(thread.id);
    this.#runtime.changed();
  }

  /** Pages through the service's list and takes every state. Returns the ids that it has. */
  async listAll(since: number | null, after: Id | null): Promise<Set<Id>> {
    const listed = new Set<Id>();
    let last = after;
    for (;;) {
      const command = { t: "threads", since, after: last } as const;
      const page = await this.#runtime.link.request(command, { timeoutMs: answerMs });
      for (const state of page.threads) {
        this.know(state);
        listed.add(state.thread);
      }
      const next = page.threads.at(-1)?.thread ?? null;
      if (!page.more || next === null || next === last) {
        return listed;
      }
      last = next;
    }
  }

  /** Those that the service does not list any more are none. */
  async keepOnly(listed: ReadonlySet<Id>): Promise<void> {
    for (const thread of [...this.threads.values()].filter((each) => !listed.has(each.id))) {
      await this.lose(thread);
    }
  }

  /** Reads every thread that is behind, as far as the service went. @throws TimedOut, Ended */
  async catchUp(): Promise<void> {
    const behind = [...this.threads.values()].filter((thread) => thread.wantsReading || this.#isDoubtful(thread));
    const readers = Array.from({ length: readingsAtOnce }, async () => {
      for (let thread = behind.pop(); thread !== undefined; thread = behind.pop()) {
        await this.#read(thread);
      }
    });
    await Promise.all(readers);
  }

  /** Whether a stay may have ended meanwhile: what the service does not list it may have no more. */
  #isDoubtful(thread: Thread): boolean {
    return thread.isThird && !this.#told.has(thread.id);
  }

  /** Writes what changed since the last time. */
  async remember(): Promise<void> {
    for (const thread of this.threads.values()) {
      await this.#write(thread);
    }
  }

  async #write(thread: Thread): Promise<void> {
    await this.#writing.take(async () => {
      if (this.threads.get(thread.id) === thread) {
        await thread.remember();
      }
    });
  }

  /** In its turn: a record that is just being written would be written after it was deleted. */
  async #forget(thread: Id): Promise<void> {
    await this.#writing.take(() => forgetThread(this.#runtime.storage, thread));
  }

  #newThread(mailbox: Mailbox, state: ThreadState): Thread {
    const kept = this.#kept.get(state.thread) ?? null;
    this.#kept.delete(state.thread);
    const thread = new Thread(this.#runtime, mailbox, kept?.state ?? state, kept, (ended) =>
      background(this.lose(ended)),
    );
    this.threads.set(state.thread, thread);
    if (kept === null) {
      // A page may be left any moment: without this, what is said in the conversation is kept and never found.
      background(this.#write(thread));
    }
    const heard = this.#heard.get(state.thread);
    if (heard !== undefined) {
      this.#heard.delete(state.thread);
      thread.follower.announce(heard);
      thread.follower.schedule();
    }
    thread.outbox.refusals.restore(this.#refused.get(state.thread) ?? []);
    this.#refused.delete(state.thread);
    const unsent = this.#unsent.get(state.thread) ?? [];
    this.#unsent.delete(state.thread);
    for (const message of unsent.sort((a, b) => a.order - b.order)) {
      thread.outbox.resume(message);
    }
    return thread;
  }

  /** One thread that the service refuses does not hold up the others. */
  async #read(thread: Thread): Promise<void> {
    try {
      await thread.load(this.#isDoubtful(thread));
    } catch (error) {
      if (!(error instanceof ProblemError) || error.retryable) {
        throw error;
      }
      if (error.code === "not_found") {
        await this.lose(thread);
      }
    }
  }
}
