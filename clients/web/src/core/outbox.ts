/**
 * Messages on their way, for one thread: kept before the first send, resent as they are, sealed again on a new epoch.
 *
 * A message leaves the outbox when it stands in the log that was verified, or when the service refuses it for good: an
 * ack alone deletes nothing. Messages go out in the order in which `post` was called, one at a time, as a later one must
 * not pass one that was told to wait.
 */

import { branded, type Bytes, type Hash } from "../e2ee/bytes.ts";
import { parsePayload } from "../e2ee/message.ts";
import { type Notice, type NoticeKind, parseNotice } from "../e2ee/notice.ts";
import type { Id, LogEntry } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { ProblemError, ServiceRestored, Unreachable } from "./errors.ts";
import type { Follower } from "./follower.ts";
import { type Outgoing, shelves } from "./local.ts";
import { isOpenly, knownReason } from "./openly.ts";
import { textOf } from "./outgoing.ts";
import { Refusals } from "./refusals.ts";
import { isRenewed, type Renewal } from "./renewal.ts";
import type { Runtime } from "./runtime.ts";
import type { Command } from "./session.ts";
import { background, isPassing, patiently, Turn } from "./tasks.ts";

/** Renewed epochs in a row under one message before it is given up as refused. */
const resealsMax = 8;

/** What is to be said: a content of a kind, or a notice with its reason. */
export interface Said {
  readonly kind: string;
  readonly content: Outgoing["content"];
  readonly msgId: Id;
  readonly told?: boolean;
}

export class Outbox {
  readonly #runtime: Runtime;
  readonly #follower: Follower;
  readonly #renewal: Renewal;
  readonly #thread: Id;
  readonly #keeping = new Turn();
  readonly #line = new Turn();
  readonly #waiting = new Map<Id, Outgoing>();
  readonly refusals: Refusals;
  #next = 0;

  constructor(runtime: Runtime, follower: Follower, renewal: Renewal) {
    this.#runtime = runtime;
    this.#follower = follower;
    this.#renewal = renewal;
    this.#thread = follower.log.side.thread;
    this.refusals = new Refusals(runtime.storage, runtime.changed);
  }

  /** What did not arrive yet, in order. */
  get waiting(): readonly Outgoing[] {
    return [...this.#waiting.values()].sort((a, b) => a.order - b.order);
  }

  /**
   * Seals and keeps a message, and sends it in the background; returns once it is kept. The same id again is the same
   * message. @throws Overloaded, Stopped, Ended: nothing was kept.
   */
  async post(said: Said): Promise<void> {
    await this.#keeping.take(async () => {
      await this.#follower.open();
      if (this.#isKnown(said.msgId)) {
        return;
      }
      if (this.#follower.log.epochs.length === 0) {
        await this.#follower.catchUp({ pull: true });
      }
      await this.#renewal.voiced();
      this.#runtime.link.checkRoom();
      const message = await this.#sealed({
        ...said,
        told: said.told ?? true,
        order: this.#next,
        thread: this.#thread,
        at: this.#runtime.clock(),
      });
      this.#next += 1;
      await this.#save(message);
      background(this.#deliver(message, true));
    });
  }

  /** Sends what an earlier run left, as it was. */
  resume(message: Outgoing): void {
    this.#next = Math.max(this.#next, message.order + 1);
    this.#waiting.set(message.msgId, message);
    background(this.#deliver(message, false));
  }

  /** Sends nothing any more, as there is nowhere to send it to; returns what did not arrive, which nobody else has. */
  end(): readonly Outgoing[] {
    const { waiting } = this;
    this.#follower.isOver = true;
    this.#waiting.clear();
    return waiting;
  }

  /** `isNew`: whether these bytes were never sent; those that were may be stored, and must go as they are. */
  async #deliver(message: Outgoing, isNew: boolean): Promise<void> {
    try {
      if (!(await this.#confirmed(message, isNew))) {
        return;
      }
    } catch (error) {
      this.#follower.checkThere();
      if (!(error instanceof ProblemError) || !(error.final || isRenewed(error))) {
        throw error;
      }
      await this.#refused(message, error);
      return;
    }
    await this.#drop(message);
  }

  /**
   * Sends until the message stands in the log, also in that of a service that was restored in between. Whether it was read
   * there: the service took what it then does not let this device read, and the next run looks again.
   */
  async #confirmed(kept: Outgoing, isNew: boolean): Promise<boolean> {
    let message = kept;
    let wasSent = !isNew;
    for (;;) {
      const [sent, entry] = await this.#line.take(async () => {
        if (!wasSent && (await this.#renewal.beforeMessage())) {
          message = await this.#sealedAgain(message);
        }
        const again = wasSent;
        wasSent = true;
        return this.#acked(message, again);
      });
      message = sent;
      try {
        await patiently(() => this.#follower.confirm(entry, message.streamEpoch), isPassing);
        return true;
      } catch (error) {
        if (error instanceof ProblemError) {
          return false;
        }
        if (!(error instanceof ServiceRestored)) {
          throw error;
        }
      }
    }
  }

  /**
   * Sends until there is an ack; returns the message as it was sent, and the event that it became. `again`: it may have
   * been sent before.
   */
  async #acked(first: Outgoing, again: boolean): Promise<readonly [Outgoing, LogEntry]> {
    let message = first;
    for (let tries = 1; ; tries += 1) {
      message = await this.#onThisHistory(message);
      try {
        const ack = await this.#runtime.link.insist(command(message, again), { thread: this.#thread, sealed: true });
        if (ack.thread !== this.#thread) {
          throw new Unreachable("the service's ack is not for this conversation");
        }
        const kind = isOpenly(message.kind) ? message.kind : "message";
        const { party } = this.#follower.log.side;
        return [message, { seq: ack.seq, at: ack.at, kind, party, payload: message.payload, proof: ack.proof }];
      } catch (error) {
        if (tries === resealsMax || !(error instanceof ServiceRestored || isRenewed(error))) {
          throw error;
        }
        if (isRenewed(error)) {
          message = await this.#renewedFor(error, message);
        }
      }
    }
  }

  async #renewedFor(error: ProblemError, message: Outgoing): Promise<Outgoing> {
    if (error.code === "rotation_needed") {
      await this.#renewal.asked();
    }
    return this.#sealedAgain(message);
  }

  /**
   * The message as the history in force can take it: what says to have seen a history that is gone would be shown to
   * nobody. One that this history already holds stays as it is.
   */
  async #onThisHistory(message: Outgoing): Promise<Outgoing> {
    await this.#follower.settled();
    const { streamEpoch } = this.#follower;
    if (message.streamEpoch === null || message.streamEpoch === streamEpoch) {
      return { ...message, streamEpoch };
    }
    await patiently(() => this.#follower.catchUp({ pull: true }));
    const again = this.#follower.log.shows(message.msgId) ? { ...message, streamEpoch } : await this.#sealed(message);
    await this.#save(again);
    return again;
  }

  /**
   * The same message under the epoch that is in force now: same id, new salt (SPEC.md section 5.5). If no other record
   * is in force than the one it was sealed under, the same bytes go again: a header is never sealed twice.
   */
  async #sealedAgain(message: Outgoing): Promise<Outgoing> {
    await patiently(() => this.#follower.catchUp({ pull: true }));
    if (message.record === toBase64(this.#follower.log.epochs.current.record.hash)) {
      return message;
    }
    const again = await this.#sealed(message);
    await this.#save(again);
    return again;
  }

  /** On the epoch and the head of this moment. @throws Stopped, BadRecord */
  async #sealed(message: Omit<Outgoing, "payload" | "record" | "streamEpoch">): Promise<Outgoing> {
    const { log, streamEpoch } = this.#follower;
    const content = fromBase64(message.content);
    const payload = isOpenly(message.kind)
      ? await log.notice(message.kind, message.msgId, moreOf(message.kind, content, message.told))
      : await log.seal(message.kind, message.msgId, content, this.#runtime.entropy);
    const parts = isOpenly(message.kind) ? parseNotice(payload) : parsePayload(payload);
    return { ...message, payload: toBase64(payload), record: toBase64<32>(parts.recordHash), streamEpoch };
  }

  #isKnown(msgId: Id): boolean {
    return this.#waiting.has(msgId) || this.refusals.has(msgId) || this.#follower.log.shows(msgId);
  }

  /** A text stays with its author; a notice says nothing that is not said as well once more. */
  async #refused(message: Outgoing, { problem }: ProblemError): Promise<void> {
    const text = textOf(message);
    if (text === null) {
      await this.#drop(message);
    } else {
      await this.refusals.keep(message, text, problem.code);
      if (this.#follower.isOver) {
        // It ended with what waited, this one too: it is kept there.
        await this.refusals.forget(this.#thread, message.msgId);
        return;
      }
      this.#waiting.delete(message.msgId);
      this.#runtime.changed();
    }
    this.#runtime.notice({ type: "sendRefused", thread: this.#thread, msgId: message.msgId, problem });
  }

  async #save(message: Outgoing): Promise<void> {
    this.#follower.checkThere();
    await shelves.outgoing.save(this.#runtime.storage, message, this.#thread, message.msgId);
    if (this.#follower.isOver) {
      await shelves.outgoing.delete(this.#runtime.storage, this.#thread, message.msgId);
    }
    this.#follower.checkThere();
    this.#waiting.set(message.msgId, message);
    this.#runtime.changed();
  }

  async #drop(message: Outgoing): Promise<void> {
    await shelves.outgoing.delete(this.#runtime.storage, this.#thread, message.msgId);
    this.#waiting.delete(message.msgId);
    this.#runtime.changed();
  }
}

/** What a notice says beside its kind; `content` is the reason of a closing, the name of a stay that is to end, or a step. */
function moreOf(kind: NoticeKind, content: Bytes, told: boolean): Pick<Notice, "reason" | "third" | "step"> {
  if (kind === "left") {
    return { reason: null, third: branded<Hash>(content) };
  }
  if (kind === "step") {
    return { reason: null, step: new TextDecoder().decode(content) };
  }
  return { reason: content.length > 0 && told ? new TextDecoder().decode(content) : null };
}

function command(message: Outgoing, again: boolean): Command & { readonly t: "send" | "notice" } {
  const { payload, kind } = message;
  if (!isOpenly(kind)) {
    return { t: "send", payload, ...(again ? { again } : {}) };
  }
  const reason = kind !== "closed" ? null : knownReason(new TextDecoder().decode(fromBase64(message.content)));
  return { t: "notice", payload, ...(reason === null ? {} : { reason }) };
}
