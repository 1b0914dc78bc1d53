/** The private log of one mailbox: drafts, notes, assignments, blocks, sealed to its seats. Nothing of it reaches a peer. */

import type { Bytes, Id as IdBytes } from "../e2ee/bytes.ts";
import { decodeDesk, encodeAssignment, encodeDraft, encodeHiding, encodeNote } from "../e2ee/desk.ts";
import { E2EEError, Repeated } from "../e2ee/errors.ts";
import type { DeskEntry, Id } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import type { MailboxKeys } from "./keys.ts";
import { answerMs, newId, type Runtime } from "./runtime.ts";
import { background, Turn } from "./tasks.ts";

const earlyMax = 256;
const pullMax = 500;

export interface PrivateNote {
  readonly text: string;
  readonly at: number;
}

export class Desk {
  /** The newest draft by thread; an empty one was taken back. */
  readonly drafts = new Map<Id, string>();
  readonly notes = new Map<Id, readonly PrivateNote[]>();
  /** Which seat answers, by thread; null: nobody in particular. */
  readonly assigned = new Map<Id, Id | null>();
  /** Threads whose peer is blocked. */
  readonly hidden = new Set<Id>();
  readonly #runtime: Runtime;
  readonly #keys: MailboxKeys;
  readonly #reading = new Turn();
  readonly #early = new Map<number, DeskEntry>();
  readonly #seen = new Set<Id>();
  #seq = 0;
  #announced = 0;

  constructor(runtime: Runtime, keys: MailboxKeys) {
    this.#runtime = runtime;
    this.#keys = keys;
  }

  /** Keeps an unfinished message, for every seat and device of the mailbox. */
  async draft(thread: Id, text: string): Promise<void> {
    await this.#put(encodeDraft(fromBase64<IdBytes>(thread), text));
  }

  /** Adds a private note beside a thread. */
  async note(thread: Id, text: string): Promise<void> {
    await this.#put(encodeNote(fromBase64<IdBytes>(thread), text));
  }

  /** Says which seat answers; null: nobody in particular. */
  async assign(thread: Id, seat: Id | null): Promise<void> {
    await this.#put(encodeAssignment(fromBase64<IdBytes>(thread), seat === null ? null : fromBase64<IdBytes>(seat)));
  }

  /** Hides a thread from all seats of the mailbox, or shows it again. */
  async hide(thread: Id, hidden: boolean): Promise<void> {
    await this.#put(encodeHiding(fromBase64<IdBytes>(thread), hidden));
  }

  /** Reads the log anew: the service was restored from a backup. */
  restart(): void {
    this.#seq = 0;
    this.#announced = 0;
    this.#early.clear();
    this.#seen.clear();
    this.drafts.clear();
    this.notes.clear();
    this.assigned.clear();
    this.hidden.clear();
  }

  /** Reads the log up to `seq` at least. @throws TimedOut, ProblemError, Ended */
  async reach(seq: number): Promise<void> {
    this.#announced = Math.max(this.#announced, seq);
    await this.#reading.take(() => this.#catchUp());
  }

  /** Takes one entry as it came. */
  offer(entry: DeskEntry): void {
    if (entry.seq > this.#seq && this.#early.size < earlyMax) {
      this.#early.set(entry.seq, entry);
    }
    background(this.reach(entry.seq));
  }

  async #put(content: Bytes): Promise<void> {
    const entry = newId(this.#runtime);
    const blob = toBase64(await this.#keys.sealEntry(fromBase64<IdBytes>(entry), content, this.#runtime.entropy));
    const ack = await this.#runtime.link.request(
      { t: "desk.put", mailbox: this.#keys.mailbox, entry, blob },
      { timeoutMs: answerMs },
    );
    this.offer({ seq: ack.seq, entry, at: ack.at, blob });
  }

  async #catchUp(): Promise<void> {
    await this.#readEarly();
    while (this.#seq < this.#announced) {
      const before = this.#seq;
      const answer = await this.#runtime.link.request(
        { t: "desk.pull", mailbox: this.#keys.mailbox, after: before, limit: pullMax },
        { timeoutMs: answerMs },
      );
      for (const entry of answer.entries) {
        if (entry.seq > before && entry.seq <= before + pullMax) {
          this.#early.set(entry.seq, entry);
        }
      }
      await this.#readEarly();
      this.#announced = Math.max(answer.head_seq, this.#seq);
      if (this.#seq === before) {
        return;
      }
    }
  }

  async #readEarly(): Promise<void> {
    let changed = false;
    for (let entry = this.#next(); entry !== undefined; entry = this.#next()) {
      this.#seq = entry.seq;
      try {
        await this.#take(entry);
        changed = true;
      } catch (error) {
        // What no seat of the mailbox sealed, or what comes twice, is not shown.
        if (!(error instanceof E2EEError)) {
          throw error;
        }
      }
    }
    if (changed) {
      this.#runtime.changed();
    }
  }

  #next(): DeskEntry | undefined {
    const entry = this.#early.get(this.#seq + 1);
    this.#early.delete(this.#seq + 1);
    return entry;
  }

  async #take(entry: DeskEntry): Promise<void> {
    if (this.#seen.has(entry.entry)) {
      throw new Repeated(`the desk entry at seq ${entry.seq} was shown before`);
    }
    const content = decodeDesk(await this.#keys.openEntry(fromBase64<IdBytes>(entry.entry), fromBase64(entry.blob)));
    this.#seen.add(entry.entry);
    switch (content.kind) {
      case "Draft":
        this.drafts.set(toBase64<16>(content.thread), content.text);
        return;
      case "Note": {
        const thread = toBase64<16>(content.thread);
        this.notes.set(thread, [...(this.notes.get(thread) ?? []), { text: content.text, at: entry.at }]);
        return;
      }
      case "Assignment":
        this.assigned.set(toBase64<16>(content.thread), content.seat === null ? null : toBase64<16>(content.seat));
        return;
      case "Hiding":
        this.#hide(toBase64<16>(content.thread), content.hidden);
        return;
      case "UnknownContent":
        return;
    }
  }

  #hide(thread: Id, hidden: boolean): void {
    if (hidden) {
      this.hidden.add(thread);
    } else {
      this.hidden.delete(thread);
    }
  }
}
