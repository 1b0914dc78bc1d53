/** The conversations of one client: found by id, followed, remembered between two runs. */

import type { Id, ThreadState } from "../wire/types.ts";
import { ProblemError } from "./errors.ts";
import { type Followed, type Outgoing, shelves } from "./local.ts";
import type { Mailbox } from "./mailbox.ts";
import { answerMs, type Runtime } from "./runtime.ts";
import { Thread } from "./thread.ts";

const readingsAtOnce = 4;
const heardMax = 1_000;

export class Catalogue {
  readonly threads = new Map<Id, Thread>();
  readonly #runtime: Runtime;
  readonly #mailboxes: ReadonlyMap<Id, Mailbox>;
  readonly #kept = new Map<Id, Followed>();
  readonly #unsent = new Map<Id, Outgoing[]>();
  readonly #heard = new Map<Id, number>();

  constructor(runtime: Runtime, mailboxes: ReadonlyMap<Id, Mailbox>) {
    this.#runtime = runtime;
    this.#mailboxes = mailboxes;
  }

  /** Takes up what an earlier run remembered, and sends what it left unsent. @throws StorageDamaged */
  async restore(): Promise<void> {
    for (const kept of await shelves.thread.all(this.#runtime.storage)) {
      this.#kept.set(kept.state.thread, kept);
    }
    for (const message of await shelves.outgoing.all(this.#runtime.storage)) {
      this.#unsent.set(message.thread, [...(this.#unsent.get(message.thread) ?? []), message]);
    }
    this.adoptKept();
  }

  /** Makes threads of what was remembered, as far as their mailboxes' keys are there. */
  adoptKept(): void {
    for (const kept of this.#kept.values()) {
      this.know(kept.state);
    }
  }

  /**
   * Takes a thread as the service states it; null while its mailbox has no keys here, and for one in which it is a third
   * party: those are read with the Python SDK.
   */
  know(state: ThreadState): Thread | null {
    const mailbox = this.#mailboxes.get(state.mailbox);
    if (mailbox === undefined || state.party > 1) {
      return null;
    }
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

  /** Follows no thread of a mailbox any more in which the account has no seat. */
  drop(mailbox: Id): void {
    for (const thread of this.threads.values()) {
      if (thread.state.mailbox === mailbox) {
        this.threads.delete(thread.id);
      }
    }
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

  /** A service that was restored from a backup may not have some of these any more: they are none. */
  async keepOnly(listed: ReadonlySet<Id>): Promise<void> {
    for (const thread of [...this.threads.values()].filter((each) => !listed.has(each.id))) {
      thread.mailbox.keys.forgetThread(thread.id);
      this.threads.delete(thread.id);
      await shelves.thread.delete(this.#runtime.storage, thread.id);
    }
  }

  /** Reads every thread that is behind, as far as the service went. @throws TimedOut, Ended */
  async catchUp(): Promise<void> {
    const behind = [...this.threads.values()].filter((thread) => thread.wantsReading);
    const readers = Array.from({ length: readingsAtOnce }, async () => {
      for (let thread = behind.pop(); thread !== undefined; thread = behind.pop()) {
        await this.#read(thread);
      }
    });
    await Promise.all(readers);
  }

  /** Writes what changed since the last time. */
  async remember(): Promise<void> {
    for (const thread of this.threads.values()) {
      await thread.remember();
    }
  }

  #newThread(mailbox: Mailbox, state: ThreadState): Thread {
    const kept = this.#kept.get(state.thread) ?? null;
    this.#kept.delete(state.thread);
    const thread = new Thread(this.#runtime, mailbox, kept?.state ?? state, kept);
    this.threads.set(state.thread, thread);
    const heard = this.#heard.get(state.thread);
    if (heard !== undefined) {
      this.#heard.delete(state.thread);
      thread.follower.announce(heard);
      thread.follower.schedule();
    }
    const unsent = this.#unsent.get(state.thread) ?? [];
    this.#unsent.delete(state.thread);
    for (const message of unsent.sort((a, b) => a.order - b.order)) {
      thread.outbox.resume(message);
    }
    return thread;
  }

  /** One thread that the service refuses (a seat that just ended) does not hold up the others. */
  async #read(thread: Thread): Promise<void> {
    try {
      await thread.load();
    } catch (error) {
      if (!(error instanceof ProblemError) || error.retryable) {
        throw error;
      }
    }
  }
}
