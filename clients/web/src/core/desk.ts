/** The private log of one mailbox: drafts, notes, assignments, blocks, sealed to its seats. Nothing of it reaches a peer. */

import type { Bytes, Id as IdBytes } from "../e2ee/bytes.ts";
import { decodeDesk, encodeAssignment, encodeDraft, encodeHiding, encodeNote } from "../e2ee/desk.ts";
import { E2EEError, Repeated } from "../e2ee/errors.ts";
import type { DeskEntry, Id } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { ProblemError } from "./errors.ts";
import type { MailboxKeys } from "./keys.ts";
import { shelves } from "./local.ts";
import { fitsEntry } from "./room.ts";
import { answerMs, newId, type Runtime } from "./runtime.ts";
import { background, Turn } from "./tasks.ts";

const earlyMax = 256;
const pullMax = 500;
/** For how long after its last change somebody counts as writing an answer. */
const answeringMs = 120_000;

export interface PrivateNote {
  readonly text: string;
  readonly at: number;
}

export class Desk {
  /** The newest draft by thread; an empty one was taken back. What the log holds of them shows once it was read whole. */
  readonly drafts = new Map<Id, string>();
  /** When a draft was last changed elsewhere, by a colleague or on another device, by thread; by the service's clock. */
  readonly #answering = new Map<Id, number>();
  /** Beginnings of first messages, by target: on this device only. */
  readonly firstDrafts = new Map<Id, string>();
  readonly notes = new Map<Id, readonly PrivateNote[]>();
  /** Which seat answers, by thread; null: nobody in particular. */
  readonly assigned = new Map<Id, Id | null>();
  /** Threads whose peer is blocked. */
  readonly hidden = new Set<Id>();
  readonly #runtime: Runtime;
  readonly #keys: MailboxKeys;
  /** Drafts that the service does not have yet: newer than all that it shows. */
  readonly #untold = new Map<Id, string>();
  /** Those that it took from here, and nobody changed since. */
  readonly #told = new Map<Id, string>();
  /** The last that were read, of each thread, until the whole log was: those before it are of the past. */
  readonly #lastRead = new Map<Id, string>();
  /** Those that it refused: they stay here, as do those that no entry has room for. */
  readonly #refused = new Map<Id, string>();
  readonly #telling = new Turn();
  readonly #reading = new Turn();
  readonly #early = new Map<number, DeskEntry>();
  readonly #seen = new Set<Id>();
  /** What this device wrote and did not read back yet. */
  readonly #own = new Set<Id>();
  #seq = 0;
  #announced = 0;

  constructor(runtime: Runtime, keys: MailboxKeys) {
    this.#runtime = runtime;
    this.#keys = keys;
  }

  /** Takes up the drafts that an earlier run could not hand over. @throws StorageDamaged */
  async restore(): Promise<void> {
    const kept = await shelves.draft.all(this.#runtime.storage);
    for (const { about, isFirst, text } of kept.filter((each) => each.mailbox === this.#keys.mailbox)) {
      (isFirst ? this.firstDrafts : this.#untold).set(about, text);
    }
    this.#showUntold();
  }

  /**
   * Keeps an unfinished message, for every seat and device of the mailbox, as long as an entry has room for it; returns
   * once this device has it.
   */
  async draft(thread: Id, text: string): Promise<void> {
    this.#untold.set(thread, text);
    this.#showUntold();
    await this.#keepDraft(thread, text, false);
    if (!this.#untold.has(thread)) {
      // Told before it was kept: an earlier one was being told. A later run would take it for newer than what follows.
      await shelves.draft.delete(this.#runtime.storage, thread);
    }
    background(this.#tell());
  }

  /** Keeps an unfinished first message on this device; an empty one is forgotten. */
  async draftFirst(target: Id, text: string): Promise<void> {
    if (text === "") {
      this.firstDrafts.delete(target);
      this.#runtime.changed();
      await shelves.draft.delete(this.#runtime.storage, target);
    } else {
      this.firstDrafts.set(target, text);
      this.#runtime.changed();
      await this.#keepDraft(target, text, true);
    }
  }

  /** Adds a private note beside a thread; the same `entry` again adds nothing. */
  async note(thread: Id, entry: Id, text: string): Promise<void> {
    try {
      await this.#put(encodeNote(fromBase64<IdBytes>(thread), text), entry);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== "conflict") {
        throw error;
      }
      // The service has it, sealed another time: by this tab before an answer was lost, or by the one that led then.
      await this.reach(this.#seq + 1);
      if (!this.#seen.has(entry)) {
        throw error;
      }
    }
  }

  /** Says which seat answers; null: nobody in particular. */
  async assign(thread: Id, seat: Id | null): Promise<void> {
    await this.#put(encodeAssignment(fromBase64<IdBytes>(thread), seat === null ? null : fromBase64<IdBytes>(seat)));
  }

  /** Hides a thread from all seats of the mailbox, or shows it again. */
  async hide(thread: Id, hidden: boolean): Promise<void> {
    await this.#put(encodeHiding(fromBase64<IdBytes>(thread), hidden));
  }

  /**
   * Reads the log anew: the service was restored from a backup. What it may have lost of the drafts of this device is
   * told again; those of others stay as they were until it shows what it has of them.
   */
  restart(): void {
    this.#seq = 0;
    this.#announced = 0;
    this.#early.clear();
    this.#seen.clear();
    this.#lastRead.clear();
    this.#answering.clear();
    this.notes.clear();
    this.assigned.clear();
    this.hidden.clear();
    for (const [thread, text] of this.#told) {
      if (text !== "" && !this.#untold.has(thread)) {
        background(this.draft(thread, text));
      }
    }
    this.#showUntold();
  }

  /** Until when somebody else of this mailbox counts as writing an answer: ms by this device's clock. null: nobody does. */
  answeringUntil(thread: Id): number | null {
    const at = this.#answering.get(thread);
    return at === undefined ? null : at + answeringMs - this.#runtime.service.skewMs;
  }

  /** Reads the log up to `seq` at least. @throws TimedOut, ProblemError, Ended */
  async reach(seq: number): Promise<void> {
    this.#announced = Math.max(this.#announced, seq);
    await this.#reading.take(() => this.#catchUp());
    background(this.#tell());
  }

  async #keepDraft(about: Id, text: string, isFirst: boolean): Promise<void> {
    await shelves.draft.save(this.#runtime.storage, { mailbox: this.#keys.mailbox, about, isFirst, text }, about);
  }

  /** What this device has not told yet comes before what was read. */
  #showRead(): void {
    if (this.#lastRead.size === 0) {
      return;
    }
    for (const [thread, text] of this.#lastRead) {
      this.drafts.set(thread, text);
    }
    this.#lastRead.clear();
    this.#showUntold();
  }

  #showUntold(): void {
    for (const [thread, text] of this.#untold) {
      this.drafts.set(thread, text);
    }
    this.#runtime.changed();
  }

  /** Hands drafts over, past those that the service does not take; what fails is tried again with the next connection. */
  async #tell(): Promise<void> {
    if (this.#telling.busy) {
      return;
    }
    await this.#telling.take(async () => {
      for (let next = this.#nextUntold(); next !== undefined; next = this.#nextUntold()) {
        await this.#tellOne(...next);
      }
    });
  }

  #nextUntold(): [Id, string] | undefined {
    return [...this.#untold].find(([thread, text]) => fitsEntry(text) && this.#refused.get(thread) !== text);
  }

  async #tellOne(thread: Id, text: string): Promise<void> {
    try {
      await this.#put(encodeDraft(fromBase64<IdBytes>(thread), text));
    } catch (error) {
      if (!(error instanceof ProblemError) || !error.final) {
        throw error;
      }
      this.#refused.set(thread, text);
      return;
    }
    this.#told.set(thread, text);
    if (this.#untold.get(thread) === text) {
      this.#untold.delete(thread);
      await shelves.draft.delete(this.#runtime.storage, thread);
    }
  }

  /** Takes one entry as it came. */
  offer(entry: DeskEntry): void {
    if (entry.seq > this.#seq && this.#early.size < earlyMax) {
      this.#early.set(entry.seq, entry);
    }
    background(this.reach(entry.seq));
  }

  async #put(content: Bytes, entry: Id = newId(this.#runtime)): Promise<void> {
    this.#own.add(entry);
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
        break;
      }
    }
    this.#showRead();
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
    const own = this.#own.delete(entry.entry);
    switch (content.kind) {
      case "Draft":
        this.#takeDraft(toBase64<16>(content.thread), content.text, own ? null : entry.at);
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

  /** `at`: when it was written elsewhere; null: here. */
  #takeDraft(thread: Id, text: string, at: number | null): void {
    this.#lastRead.set(thread, text);
    if (at === null) {
      this.#told.set(thread, text);
    } else {
      this.#told.delete(thread);
    }
    if (at === null || text === "") {
      this.#answering.delete(thread);
    } else {
      this.#answering.set(thread, at);
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
