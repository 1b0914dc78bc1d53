/**
 * First messages of one mailbox: kept on this device before anything is asked, sent once somebody can receive.
 *
 * Nobody enrolled at the target, or its prekeys are used up: the two look the same from here (SPEC.md section 5.2). What
 * waits is tried again ever more rarely, up to once an hour, and on each new connection. When several wait for one target
 * the first one opens the thread, and the others follow in it. A message waits under the id that it will have in its
 * thread, so that it is in one place after a crash too.
 */

import { encodeText } from "../e2ee/content.ts";
import { INITIATOR } from "../e2ee/epoch.ts";
import { E2EEError } from "../e2ee/errors.ts";
import type { Id, LogEntry } from "../wire/types.ts";
import { toBase64 } from "./base64.ts";
import { ClientError, ProblemError, ServiceRestored, Unreachable } from "./errors.ts";
import type { MailboxKeys } from "./keys.ts";
import { type FirstMessage, type Opening, shelves } from "./local.ts";
import { deliver, makeOpening, wantsNewClaim } from "./opening.ts";
import type { Runtime } from "./runtime.ts";
import { background, Turn } from "./tasks.ts";
import type { Thread } from "./thread.ts";
import type { RefusedFirst, WaitingMessage } from "./views.ts";

const retryFirstMs = 5_000;
const retryMaxMs = 3_600_000;

export interface Surroundings {
  readonly threads: () => Iterable<Thread>;
  /** Takes up a thread that was just opened. */
  readonly adopt: (state: Parameters<Thread["update"]>[0]) => Thread | null;
}

export class FirstMessages {
  readonly #runtime: Runtime;
  readonly #keys: MailboxKeys;
  readonly #around: Surroundings;
  readonly #waiting = new Map<Id, FirstMessage>();
  readonly #refusals = new Map<Id, RefusedFirst>();
  /** Targets to which an opening is on its way: what else waits for them waits for its thread. */
  readonly #opening = new Map<Id, Opening>();
  readonly #deciding = new Turn();
  #retry: ReturnType<typeof setTimeout> | null = null;
  #pauseMs = retryFirstMs;

  constructor(runtime: Runtime, keys: MailboxKeys, around: Surroundings) {
    this.#runtime = runtime;
    this.#keys = keys;
    this.#around = around;
  }

  /** What nobody received yet, the oldest first: those whose opening is on its way too. */
  get waiting(): readonly WaitingMessage[] {
    const underWay = [...this.#opening.values()].map((made) => ({
      id: made.msgId,
      mailbox: made.mailbox,
      target: made.target,
      text: made.text,
      at: made.at,
    }));
    return [...underWay, ...this.#inOrder().map(shown)];
  }

  /** What the service refused for good, as it was written. */
  get refused(): readonly RefusedFirst[] {
    return [...this.#refusals.values()].sort((a, b) => a.at - b.at);
  }

  /** Keeps a first message and tries to send it. The same id again is the same message. */
  async write(id: Id, target: Id, text: string): Promise<void> {
    if (
      this.#waiting.has(id) ||
      this.#refusals.has(id) ||
      [...this.#opening.values()].some((made) => made.msgId === id)
    ) {
      return;
    }
    const first = { id, mailbox: this.#keys.mailbox, target, text, at: this.#runtime.clock(), order: this.#nextOrder };
    await shelves.first.save(this.#runtime.storage, first, this.#keys.mailbox, id);
    this.#waiting.set(id, first);
    this.#runtime.changed();
    this.wake();
  }

  /** Takes a message back, or lets go of one that was refused; false when it went out already, or never waited. */
  async cancel(id: Id): Promise<boolean> {
    return this.#deciding.take(async () => {
      if (this.#refusals.has(id)) {
        await shelves.refusedFirst.delete(this.#runtime.storage, this.#keys.mailbox, id);
        this.#runtime.changed();
        return this.#refusals.delete(id);
      }
      const first = this.#waiting.get(id);
      if (first === undefined) {
        return false;
      }
      await this.#drop(first);
      return true;
    });
  }

  /** Takes up what an earlier run left. What is an opening or in an outbox does not wait any more. */
  async resume(): Promise<void> {
    const { storage } = this.#runtime;
    const openings = await shelves.opening.all(storage, this.#keys.mailbox);
    const sent = new Set(openings.map((made) => made.msgId));
    for (const thread of this.#around.threads()) {
      for (const each of thread.outbox.waiting) {
        sent.add(each.msgId);
      }
    }
    for (const refused of await shelves.refusedFirst.all(storage, this.#keys.mailbox)) {
      this.#refusals.set(refused.id, refused);
    }
    for (const first of await shelves.first.all(storage, this.#keys.mailbox)) {
      if (sent.has(first.id)) {
        await shelves.first.delete(storage, this.#keys.mailbox, first.id);
      } else {
        this.#waiting.set(first.id, first);
      }
    }
    for (const made of openings) {
      this.#opening.set(made.target, made);
      background(this.#deliver(made));
    }
    this.wake();
  }

  /** Tries what waits now: a connection is new, or a thread was opened. */
  wake(): void {
    if (this.#waiting.size > 0) {
      this.#pauseMs = retryFirstMs;
      this.#later(0);
    }
  }

  #later(ms: number): void {
    if (this.#retry !== null) {
      clearTimeout(this.#retry);
    }
    this.#retry = setTimeout(() => {
      this.#retry = null;
      background(this.#tryAll());
    }, ms);
  }

  async #tryAll(): Promise<void> {
    const asked = new Set<Id>();
    for (const first of this.#inOrder()) {
      if (!this.#opening.has(first.target) && !asked.has(first.target) && !(await this.#attempt(first))) {
        asked.add(first.target);
      }
    }
    if (this.#waiting.size > 0 && this.#retry === null) {
      this.#later(this.#pauseMs);
      this.#pauseMs = Math.min(this.#pauseMs * 2, retryMaxMs);
    }
  }

  /** Whether what else waits for the same target may be tried too. */
  async #attempt(first: FirstMessage): Promise<boolean> {
    try {
      await this.#deciding.take(() => this.#try(first));
      return true;
    } catch (error) {
      if (error instanceof ProblemError && error.final) {
        await this.#refused(first, error);
      } else if (!(error instanceof ClientError || error instanceof E2EEError)) {
        throw error;
      }
      return false;
    }
  }

  async #try(first: FirstMessage): Promise<void> {
    if (!this.#waiting.has(first.id)) {
      return;
    }
    const thread = this.#threadOf(first.target);
    if (thread !== null) {
      await thread.outbox.post({ kind: "text", content: toBase64(encodeText(first.text)), msgId: first.id });
      await this.#drop(first);
      this.#runtime.notice({ type: "firstSent", message: shown(first), thread: thread.id });
      return;
    }
    const claim = await this.#runtime.api.claim(first.target, this.#keys.mailbox);
    const made = await makeOpening(this.#runtime, this.#keys, first, claim);
    await shelves.opening.save(this.#runtime.storage, made, this.#keys.mailbox, made.thread);
    if (this.#waiting.size > 1) {
      // Two peers who compare their clocks must not see that two first messages left together.
      this.#runtime.link.hold(made.thread);
    }
    this.#opening.set(made.target, made);
    await this.#drop(first);
    background(this.#deliver(made));
  }

  async #deliver(made: Opening): Promise<void> {
    try {
      const [state, entry] = await deliver(this.#runtime, made);
      const thread = this.#around.adopt(state);
      this.#runtime.notice({ type: "firstSent", message: shown(made), thread: made.thread });
      if (thread === null || (await isRead(thread, entry))) {
        await this.#done(made);
      } else {
        this.#unread(made);
      }
    } catch (error) {
      if (error instanceof ServiceRestored || (error instanceof Unreachable && !(error instanceof ProblemError))) {
        this.#unread(made);
      } else if (!(error instanceof ProblemError)) {
        throw error;
      } else if (wantsNewClaim(error)) {
        await this.#waitAgain(made);
      } else {
        await this.#keepRefused(shown(made), error, shelves.opening.name(this.#keys.mailbox, made.thread));
        this.#opening.delete(made.target);
        this.wake();
      }
    }
  }

  /** It stands in the log, or did: the next reading shows it, and the next run takes it up if it does not. */
  #unread(made: Opening): void {
    this.#opening.delete(made.target);
    this.#runtime.changed();
  }

  /** Its claim is void: it waits for another one, and at no moment is it kept nowhere. */
  async #waitAgain(made: Opening): Promise<void> {
    const first = { ...shown(made), order: this.#nextOrder };
    const { mailbox } = this.#keys;
    await this.#runtime.storage.write(new Map([[shelves.first.name(mailbox, first.id), first]]), [
      shelves.opening.name(mailbox, made.thread),
    ]);
    this.#waiting.set(first.id, first);
    this.#opening.delete(made.target);
    this.#runtime.changed();
    this.wake();
  }

  async #done(made: Opening): Promise<void> {
    await shelves.opening.delete(this.#runtime.storage, this.#keys.mailbox, made.thread);
    this.#opening.delete(made.target);
    this.#runtime.changed();
    this.wake();
  }

  /** A conversation that this mailbox opened with the target. */
  #threadOf(target: Id): Thread | null {
    for (const thread of this.#around.threads()) {
      const own = thread.state.mailbox === this.#keys.mailbox && thread.state.party === INITIATOR;
      if (own && thread.state.target === target && thread.stopped === null) {
        return thread;
      }
    }
    return null;
  }

  async #refused(first: FirstMessage, refusal: ProblemError): Promise<void> {
    await this.#deciding.take(async () => {
      if (this.#waiting.has(first.id)) {
        await this.#keepRefused(shown(first), refusal, shelves.first.name(this.#keys.mailbox, first.id));
        this.#waiting.delete(first.id);
      }
    });
  }

  /** Its text stays with its author, instead of what was to be sent, kept under the name `sent`. */
  async #keepRefused(message: WaitingMessage, { problem }: ProblemError, sent: string): Promise<void> {
    const refused = { ...message, code: problem.code };
    const name = shelves.refusedFirst.name(this.#keys.mailbox, message.id);
    await this.#runtime.storage.write(new Map([[name, refused]]), [sent]);
    this.#refusals.set(message.id, refused);
    this.#runtime.changed();
    this.#runtime.notice({ type: "firstRefused", message, problem });
  }

  async #drop(first: FirstMessage): Promise<void> {
    await shelves.first.delete(this.#runtime.storage, this.#keys.mailbox, first.id);
    this.#waiting.delete(first.id);
    this.#runtime.changed();
  }

  get #nextOrder(): number {
    return Math.max(-1, ...[...this.#waiting.values()].map((each) => each.order)) + 1;
  }

  #inOrder(): FirstMessage[] {
    return [...this.#waiting.values()].sort((a, b) => a.order - b.order);
  }
}

/** Whether what was taken could be read back. A problem then is none of the message: the service has it. */
async function isRead({ follower }: Thread, entry: LogEntry): Promise<boolean> {
  try {
    await follower.confirm(entry, follower.streamEpoch);
    return true;
  } catch (error) {
    if (error instanceof ProblemError) {
      return false;
    }
    throw error;
  }
}

function shown(first: FirstMessage | Opening): WaitingMessage {
  const { mailbox, target, text, at } = first;
  return { id: "id" in first ? first.id : first.msgId, mailbox, target, text, at };
}
