/**
 * The epochs of one thread as its reader has them: records in force, own pseudonyms, opened secrets (SPEC.md section 5).
 *
 * A record that names a pseudonym of ours that is not ours raises; a record whose secret does not open (its wraps were
 * deleted, or are not its own) stays, closed: the log goes on, and what was written under it is not rendered.
 */

import type { Bytes, Id as IdBytes, Secret, Wrap } from "../e2ee/bytes.ts";
import { type EpochRecord, INITIATOR, openEpoch, parseSigned, partyOf, type Wraps } from "../e2ee/epoch.ts";
import { BadRecord, E2EEError } from "../e2ee/errors.ts";
import { prekeySlot, type Pseudonym, threadSlot } from "../e2ee/pseudonym.ts";
import { THIRD } from "../e2ee/third.ts";
import type { LogEvent } from "../e2ee/thread-log.ts";
import type { Base64, EpochWraps, Id, WrapsList } from "../wire/types.ts";
import { fromBase64 } from "./base64.ts";
import type { MailboxKeys } from "./keys.ts";
import type { Standing, Wrapped } from "./local.ts";
import { eventsMax } from "./schedule.ts";
import { Stay } from "./stay.ts";

/** Whose view of a thread this is: the thread, and the reader's own place in it. */
export interface Side {
  readonly thread: Id;
  readonly target: Id;
  readonly party: number;
  readonly keys: MailboxKeys;
}

export interface Epoch {
  readonly record: EpochRecord;
  /** The own side's pseudonym; null: nobody here has its keys, as it is from before a reset. */
  readonly own: Pseudonym | null;
  /** E_n, or why it is not at hand. */
  readonly secret: Secret | E2EEError;
}

/** A record as the log has it: which party's event began it, where and when. */
export interface Begun extends Pick<LogEvent, "seq" | "time" | "party"> {
  readonly record: EpochRecord;
}

export class Epochs {
  readonly side: Side;
  /** One's own pseudonym in force; null before the first record. */
  standing: Standing | null = null;
  /** When the log reached `eventsMax` events under it, ms; null while it did not. */
  fullAt: number | null = null;
  readonly #begun: Begun[] = [];
  /** Those of this run, and those of earlier ones that something asked for. */
  readonly #opened = new Map<number, Epoch>();
  readonly #wraps = new Map<number, EpochWraps["wraps"]>();
  #prekeyIndex: number | null = null;
  /** The own one, of a third party. */
  #stay: Stay | null = null;

  constructor(side: Side) {
    this.side = side;
  }

  /** How many the log has begun; a third party's may begin with a later one than 0. */
  get length(): number {
    return this.#begun.length;
  }

  /** The number of the epoch that the next record begins. */
  get next(): number {
    return this.#first + this.#begun.length;
  }

  get #first(): number {
    return this.#begun.at(0)?.record.n ?? 0;
  }

  /** Whether the reader is a third party that does not know yet how it came in. */
  get awaitsEntry(): boolean {
    return this.side.party === THIRD && this.#stay === null;
  }

  /** Begins as a third party, as the service tells that this mailbox came in. @throws BadRecord, BadEncoding */
  async enter({ entry, prekey_index }: Pick<WrapsList, "entry" | "prekey_index">): Promise<Stay> {
    if (entry === undefined || prekey_index === null) {
      throw new BadRecord("the service does not tell how this third party came in");
    }
    this.#prekeyIndex = prekey_index;
    this.#stay = await Stay.of(this.side, entry.joined, prekey_index);
    this.#stay.take(entry.shares);
    return this.#stay;
  }

  /** Whether a third party's stay is the reader's own. */
  isOwnStay(third: Base64<32>): boolean {
    return this.#stay?.id === third;
  }

  /** The epoch in force when a third party joined, of which it has no key. */
  async enterAt(record: EpochRecord, seq: number): Promise<void> {
    await this.#add(record, { seq, time: 0, party: INITIATOR }, this.#stay?.own ?? null);
  }

  /** All records so far, in order. */
  get begun(): readonly Begun[] {
    return this.#begun;
  }

  /** @throws BadRecord when the log has not begun it. */
  record(n: number): EpochRecord {
    return this.#begunAt(n).record;
  }

  /** Epoch n with its keys. @throws BadRecord when the log has not begun it. */
  async at(n: number): Promise<Epoch> {
    const { record } = this.#begunAt(n);
    const opened = this.#opened.get(n) ?? (await this.#reopened(record, this.#begun));
    this.#opened.set(n, opened);
    return opened;
  }

  /** The one in force. @throws BadRecord before the first */
  get current(): Epoch {
    const found = this.#opened.get(this.next - 1);
    if (found === undefined) {
      throw new BadRecord("the log has no epoch yet");
    }
    return found;
  }

  /** Takes wrapped secrets, which travel beside the log; a record is read with those that are there then. */
  addWraps(list: Pick<WrapsList, "epochs" | "prekey_index" | "entry">): void {
    this.#stay?.take(list.entry?.shares ?? []);
    for (const { epoch, wraps } of list.epochs) {
      this.#wraps.set(epoch, wraps);
    }
    this.#prekeyIndex = list.prekey_index ?? this.#prekeyIndex;
  }

  hasWraps(n: number): boolean {
    return this.#stay?.has(n) ?? this.#wraps.has(n);
  }

  /** What the device keeps. */
  get wrapped(): Wrapped {
    const epochs = Object.fromEntries([...this.#wraps].map(([n, wraps]) => [String(n), wraps]));
    const stay = this.#stay === null ? {} : { stay: this.#stay.kept };
    return { epochs, prekeyIndex: this.#prekeyIndex, ...stay };
  }

  /** @throws BadRecord, BadEncoding, for a stay that is not this mailbox's */
  async restore(wrapped: Wrapped): Promise<void> {
    if (wrapped.stay !== undefined && wrapped.prekeyIndex !== null) {
      this.#stay = await Stay.of(this.side, wrapped.stay.joined, wrapped.prekeyIndex);
      this.#stay.restore(wrapped.stay.shares);
    }
    const epochs = Object.entries(wrapped.epochs).map(([n, wraps]) => ({ epoch: Number(n), wraps }));
    this.addWraps({ epochs, prekey_index: wrapped.prekeyIndex });
  }

  /** Puts a verified record in force, as this event has it. @throws BadRecord */
  async begin(record: EpochRecord, event: LogEvent): Promise<void> {
    const isOurs = record.n === 0 || event.party === this.side.party;
    const own = this.#stay?.own ?? (isOurs ? await this.#own(record, event) : this.current.own);
    await this.#add(record, event, own);
  }

  async #add(
    record: EpochRecord,
    { seq, time, party }: Pick<LogEvent, "seq" | "time" | "party">,
    own: Pseudonym | null,
  ): Promise<void> {
    const secret = await this.#secret(record, own);
    // Both at once: who seals meanwhile does so under the epoch before.
    this.#begun.push({ record, seq, time, party });
    this.#opened.set(record.n, { record, own, secret });
  }

  /**
   * Goes on from what an earlier run verified. Of its epochs the one in force is opened, the others when they are asked
   * for. @throws BadRecord, when what was kept gives our side what is not ours
   */
  async resume(begun: readonly Begun[], standing: Standing | null, fullAt: number | null): Promise<void> {
    this.#checkOwn(begun);
    const last = begun.at(-1);
    const current = last && (await this.#reopened(last.record, begun));
    // Without its keys, what was in force is from before a reset.
    const isOurs = current === undefined || current.own !== null;
    this.standing = isOurs ? standing : null;
    this.fullAt = isOurs ? fullAt : null;
    this.#begun.push(...begun);
    if (current !== undefined) {
      this.#opened.set(current.record.n, current);
    }
  }

  /** @throws BadRecord, when what was kept gives our side what is not ours */
  #checkOwn(begun: readonly Begun[]): void {
    if (this.awaitsEntry) {
      throw new BadRecord("what was kept does not tell how this third party came in");
    }
    for (const each of this.#stay === null ? begun : []) {
      const ours = partyOf(each.record, this.side.party).sign;
      if (this.#isMade(each) && !this.side.keys.takesFor(this.side.thread, ours)) {
        throw new BadRecord("the record gives our side the pseudonym of another of its threads");
      }
    }
  }

  /** Takes note of an event that stands in the log. */
  count(event: LogEvent): void {
    if (this.fullAt === null && this.standing !== null && event.seq - this.standing.seq >= eventsMax) {
      this.fullAt = event.time;
    }
  }

  /**
   * Whether the record that begins epoch n gives our side a pseudonym of no generation that this seat holds: a colleague
   * may have made it after a removal of which this seat has not read yet.
   */
  async lacksSeed(n: number, payload: Bytes): Promise<boolean> {
    if (this.side.party === THIRD || this.#mayBeFromBefore) {
      return false;
    }
    try {
      const wanted = partyOf(parseSigned(payload).record, this.side.party);
      return (await this.side.keys.findPseudonym(this.#slot(n), wanted)) === null;
    } catch (error) {
      if (error instanceof E2EEError) {
        return false;
      }
      throw error;
    }
  }

  #begunAt(n: number): Begun {
    const found = n < this.#first ? undefined : this.#begun[n - this.#first];
    if (found === undefined) {
      throw new BadRecord(`the log has no epoch ${n}`);
    }
    return found;
  }

  /** Whether this record gave our side its pseudonym. */
  #isMade({ record, party }: Begun): boolean {
    return record.n === 0 || party === this.side.party;
  }

  /** An epoch of an earlier run; its pseudonym of ours is that of the last record that gave us one. */
  async #reopened(record: EpochRecord, begun: readonly Begun[]): Promise<Epoch> {
    if (this.#stay !== null) {
      return { record, own: this.#stay.own, secret: await this.#stay.secret(record) };
    }
    const made = begun.findLast((each) => each.record.n <= record.n && this.#isMade(each));
    const wanted = partyOf(record, this.side.party);
    const derived = made && (await this.side.keys.findPseudonym(this.#slot(made.record.n), wanted));
    const own = derived?.[0] ?? null;
    return { record, own, secret: await this.#secret(record, own) };
  }

  #slot(n: number): Bytes {
    return n === 0 ? this.#firstSlot() : threadSlot(this.#thread, n);
  }

  get #thread(): IdBytes {
    return fromBase64<IdBytes>(this.side.thread);
  }

  #firstSlot(): Bytes {
    if (this.side.party === INITIATOR) {
      return threadSlot(this.#thread, 0);
    }
    if (this.#prekeyIndex === null) {
      throw new BadRecord("the service did not tell which prekey opened the thread");
    }
    return prekeySlot(fromBase64<IdBytes>(this.side.target), this.#prekeyIndex);
  }

  /** Whether a pseudonym of our side that is not ours may be from before a reset: not after one of ours. */
  get #mayBeFromBefore(): boolean {
    return this.side.keys.wasReset && this.standing === null;
  }

  async #own(record: EpochRecord, event: LogEvent): Promise<Pseudonym | null> {
    const derived = await this.side.keys.findPseudonym(this.#slot(record.n), partyOf(record, this.side.party));
    if (derived === null && this.#mayBeFromBefore) {
      return null;
    }
    if (derived === null) {
      throw new BadRecord("the record gives our side a pseudonym that is not ours");
    }
    const [found, g] = derived;
    if (!this.side.keys.takesFor(this.side.thread, found.public.sign)) {
      throw new BadRecord("the record gives our side the pseudonym of another of its threads");
    }
    this.standing = { n: record.n, at: event.time, seq: event.seq, g };
    this.fullAt = null;
    return found;
  }

  async #secret(record: EpochRecord, own: Pseudonym | null): Promise<Secret | E2EEError> {
    if (own === null) {
      return new BadRecord("it is from before a reset of our side");
    }
    if (this.#stay !== null) {
      return this.#stay.secret(record);
    }
    const wraps = this.#wraps.get(record.n);
    if (wraps === undefined) {
      return new BadRecord("its wrapped key is no longer kept");
    }
    try {
      const both: Wraps = [fromBase64<Wrap>(wraps[0]), fromBase64<Wrap>(wraps[1])];
      return await openEpoch(record, both, this.side.party, own.kem);
    } catch (error) {
      if (error instanceof E2EEError) {
        return error;
      }
      throw error;
    }
  }
}

/** E_n. @throws BadRecord when it could not be opened. */
export function openedSecret(epoch: Epoch): Secret {
  if (epoch.secret instanceof E2EEError) {
    throw new BadRecord(`the key of this epoch is not available: ${epoch.secret.message}`);
  }
  return epoch.secret;
}

/** @throws BadRecord, when nobody here has its keys. */
export function ownPseudonym(epoch: Epoch): Pseudonym {
  if (epoch.own === null) {
    throw new BadRecord("the pseudonym of our side is from before a reset: begin anew");
  }
  return epoch.own;
}
