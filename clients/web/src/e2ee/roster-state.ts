/** The state of a verified roster, which `roster` replays from its records (SPEC.md section 4.3). */

import { branded, HASH, type Hash, hex, type Id, type KemPublic, same, type SignPublic } from "./bytes.ts";
import { BadRoster } from "./errors.ts";

/** What stands before record 0. */
export const NO_RECORD: Hash = branded(new Uint8Array(HASH));

/** One seat of a roster. `recordHash` names the record that seated it, `shownHead` the head it was admitted on. */
export interface SeatKeys {
  readonly seat: Id;
  readonly signPk: SignPublic;
  readonly kemPk: KemPublic;
  readonly role: string;
  readonly admin: boolean;
  readonly recordHash: Hash;
  readonly shownHead: Hash;
}

/** One generation of the mailbox's seed, by the record that made it (`create` or `rotate`). */
export interface Generation {
  readonly g: number;
  /** I_g */
  readonly identitySign: SignPublic;
  /** K_g */
  readonly identityKem: KemPublic;
  readonly sc: Hash;
  readonly recordHash: Hash;
  /** The index of that record. */
  readonly index: number;
}

/** What a state is made of. */
export interface Parts {
  readonly mailbox: Id;
  readonly heads: readonly Hash[];
  readonly generation: Generation;
  readonly generations: readonly Generation[];
  readonly seats: ReadonlyMap<string, SeatKeys>;
  readonly ever: ReadonlyMap<string, SeatKeys>;
  readonly ended: ReadonlyMap<string, number>;
}

/** A verified roster. Its maps are keyed by the seat's id in hex. */
export class RosterState {
  readonly mailbox: Id;
  /** `heads[i]` is the hash of record i; the last one is the head. */
  readonly heads: readonly Hash[];
  readonly root: Hash;
  readonly head: Hash;
  /** `generations[g]` is generation g. */
  readonly generations: readonly Generation[];
  /** The one in force. */
  readonly generation: Generation;
  /** Those who sit now. */
  readonly seats: ReadonlyMap<string, SeatKeys>;
  /** Every seat that was ever seated: no id comes twice. */
  readonly ever: ReadonlyMap<string, SeatKeys>;
  /** The index of the record that removed a seat, for those that were. */
  readonly ended: ReadonlyMap<string, number>;

  constructor(parts: Parts) {
    this.mailbox = parts.mailbox;
    this.heads = parts.heads;
    this.root = parts.heads[0] ?? NO_RECORD;
    this.head = parts.heads.at(-1) ?? NO_RECORD;
    this.generations = parts.generations;
    this.generation = parts.generation;
    this.seats = parts.seats;
    this.ever = parts.ever;
    this.ended = parts.ended;
  }

  /** Of the last record. */
  get index(): number {
    return this.heads.length - 1;
  }

  get g(): number {
    return this.generation.g;
  }

  seat(id: Id): SeatKeys | undefined {
    return this.seats.get(hex(id));
  }

  /** Whether the last record removed a seat: what follows must be a rotation, and nobody stops here. */
  get owesRotation(): boolean {
    return [...this.ended.values()].includes(this.index);
  }

  /** The index of the record with this hash; -1 for none. */
  indexOf(head: Hash): number {
    return this.heads.findIndex((each) => same(each, head));
  }

  /** The generation in force when `head`, one of `heads`, was the roster's head. Throws BadRoster for another. */
  generationAt(head: Hash): number {
    const at = this.indexOf(head);
    const made = this.generations.findLast((each) => each.index <= at);
    if (made === undefined) throw new BadRoster("the roster never had this head");
    return made.g;
  }

  /** Whether this seat sat in the mailbox when `head` was the roster's head. */
  wasSeated(seat: Id, head: Hash): boolean {
    const known = this.ever.get(hex(seat));
    const at = this.indexOf(head);
    if (known === undefined || at < 0) return false;
    return this.indexOf(known.recordHash) <= at && at < (this.ended.get(hex(seat)) ?? this.heads.length);
  }
}
