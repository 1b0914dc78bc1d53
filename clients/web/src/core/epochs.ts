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
import type { LogEvent } from "../e2ee/thread-log.ts";
import type { EpochWraps, Id, WrapsList } from "../wire/types.ts";
import { fromBase64 } from "./base64.ts";
import type { MailboxKeys } from "./keys.ts";
import type { Standing, Wrapped } from "./local.ts";
import { eventsMax } from "./schedule.ts";

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

export class Epochs {
  readonly side: Side;
  /** One's own pseudonym in force; null before the first record. */
  standing: Standing | null = null;
  /** When the log reached `eventsMax` events under it, ms; null while it did not. */
  fullAt: number | null = null;
  readonly #known: Epoch[] = [];
  readonly #wraps = new Map<number, EpochWraps["wraps"]>();
  #prekeyIndex: number | null = null;

  constructor(side: Side) {
    this.side = side;
  }

  get length(): number {
    return this.#known.length;
  }

  /** @throws BadRecord when the log has not begun it. */
  at(n: number): Epoch {
    const found = this.#known.at(n);
    if (found === undefined) {
      throw new BadRecord(`the log has no epoch ${n}`);
    }
    return found;
  }

  /** The one in force. @throws BadRecord before the first */
  get current(): Epoch {
    return this.at(-1);
  }

  /** Takes wrapped secrets, which travel beside the log; a record is read with those that are there then. */
  addWraps(list: Pick<WrapsList, "epochs" | "prekey_index">): void {
    for (const { epoch, wraps } of list.epochs) {
      this.#wraps.set(epoch, wraps);
    }
    this.#prekeyIndex = list.prekey_index ?? this.#prekeyIndex;
  }

  hasWraps(n: number): boolean {
    return this.#wraps.has(n);
  }

  /** What the device keeps. */
  get wrapped(): Wrapped {
    const epochs = Object.fromEntries([...this.#wraps].map(([n, wraps]) => [String(n), wraps]));
    return { epochs, prekeyIndex: this.#prekeyIndex };
  }

  restore(wrapped: Wrapped): void {
    const epochs = Object.entries(wrapped.epochs).map(([n, wraps]) => ({ epoch: Number(n), wraps }));
    this.addWraps({ epochs, prekey_index: wrapped.prekeyIndex });
  }

  /** Puts a verified record in force, as this event has it. @throws BadRecord */
  async begin(record: EpochRecord, event: LogEvent): Promise<void> {
    const isOurs = record.n === 0 || event.party === this.side.party;
    const own = isOurs ? await this.#own(record, event) : this.current.own;
    this.#known.push({ record, own, secret: await this.#secret(record, own) });
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
    try {
      const slot = n === 0 ? this.#firstSlot() : threadSlot(this.#thread, n);
      const wanted = partyOf(parseSigned(payload).record, this.side.party);
      return (await this.side.keys.findPseudonym(slot, wanted)) === null;
    } catch (error) {
      if (error instanceof E2EEError) {
        return false;
      }
      throw error;
    }
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

  async #own(record: EpochRecord, event: LogEvent): Promise<Pseudonym> {
    const slot = record.n === 0 ? this.#firstSlot() : threadSlot(this.#thread, record.n);
    const derived = await this.side.keys.findPseudonym(slot, partyOf(record, this.side.party));
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
    const wraps = this.#wraps.get(record.n);
    if (own === null || wraps === undefined) {
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
