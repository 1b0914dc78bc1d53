/** All keys of one seat of one mailbox, and what derives from them. Nothing here is read or sent. */

import type { SeatKeyPair } from "../e2ee/account.ts";
import { type Bytes, hex, type Hash, type Id as IdBytes, same, type Secret } from "../e2ee/bytes.ts";
import type { Entropy } from "../e2ee/entropy.ts";
import { BadSeal } from "../e2ee/errors.ts";
import type { KemKey } from "../e2ee/kem.ts";
import { identity, type Identity, openEntry, sealEntry } from "../e2ee/mailbox.ts";
import { seatTag } from "../e2ee/message.ts";
import {
  derive,
  ownSignature,
  prekeySlot,
  type Pseudonym,
  type PublicPseudonym,
  samePseudonym,
} from "../e2ee/pseudonym.ts";
import type { RosterState } from "../e2ee/roster.ts";
import { sha256 } from "../e2ee/suite.ts";
import type { Id, Prekey } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { pause } from "./tasks.ts";
import type { SeatTag } from "./views.ts";

/** After so many derivations the page gets a turn: each takes some milliseconds. */
const derivationsAtOnce = 4;

/** One seat of the roster. */
export interface Colleague {
  readonly seat: Id;
  readonly role: string;
  readonly admin: boolean;
}

/** One object a mailbox, shared by all that need keys: roster and seeds move on when the roster is read again. */
export class MailboxKeys {
  readonly mailbox: Id;
  readonly seat: Id;
  readonly pair: SeatKeyPair;
  /** Whether the mailbox began anew once: pseudonyms of its side may be from before, and nobody's here. */
  wasReset: boolean;
  /** When this device first saw the generation in force, ms: what is renewed in its threads is counted from there. */
  generationSeen = 0;
  #roster: RosterState;
  #seeds: ReadonlyMap<number, Secret>;
  readonly #identities = new Map<number, Identity>();
  readonly #derived = new Map<string, Promise<Pseudonym>>();
  /** In which thread each own pseudonym (its signing key) stands: one that stands in two would tie them together. */
  readonly #shownIn = new Map<string, Id>();

  constructor(
    mailbox: Id,
    seat: Id,
    pair: SeatKeyPair,
    roster: RosterState,
    seeds: ReadonlyMap<number, Secret>,
    wasReset = false,
  ) {
    this.wasReset = wasReset;
    this.mailbox = mailbox;
    this.seat = seat;
    this.pair = pair;
    this.#roster = roster;
    this.#seeds = seeds;
  }

  get roster(): RosterState {
    return this.#roster;
  }

  /** Who sits in the mailbox by its verified roster; printed kits have the role `kit`. */
  get seats(): readonly Colleague[] {
    return [...this.#roster.seats.values()].map(({ seat, role, admin }) => ({ seat: toBase64<16>(seat), role, admin }));
  }

  /** The same seat one generation on, which the roster does not have yet. */
  next(roster: RosterState, seed: Secret): MailboxKeys {
    const seeds = new Map([...this.#seeds, [roster.g, seed] as const]);
    return new MailboxKeys(this.mailbox, this.seat, this.pair, roster, seeds);
  }

  /** Takes over what a later reading gave. */
  renew(fresh: MailboxKeys): void {
    this.#roster = fresh.#roster;
    this.#seeds = fresh.#seeds;
    this.wasReset = fresh.wasReset;
  }

  /** S_g of the generation in force. */
  get seed(): Secret {
    const seed = this.#seeds.get(this.#roster.g);
    if (seed === undefined) {
      throw new Error("a seat holds the seed in force");
    }
    return seed;
  }

  seedOf(g: number): Secret {
    return this.#seeds.get(g) ?? this.seed;
  }

  get #newestFirst(): [number, Secret][] {
    return [...this.#seeds].sort(([a], [b]) => b - a);
  }

  get #id(): IdBytes {
    return fromBase64<IdBytes>(this.mailbox);
  }

  /** (I_g, K_g) in force. */
  async identity(): Promise<Identity> {
    return this.#identityOf(this.#roster.g, this.seed);
  }

  /** Whether this is I_g of a generation that this seat knows: what bindings of the own side may be signed with. */
  async hasIdentity(signPublic: Bytes): Promise<boolean> {
    for (const [g, seed] of this.#seeds) {
      if (hex((await this.#identityOf(g, seed)).sign.public) === hex(signPublic)) {
        return true;
      }
    }
    return false;
  }

  /** K_g of the generation that something is sealed to, by the hash of its public key. @throws BadSeal */
  async kemOf(hashed: Bytes): Promise<KemKey> {
    for (const [g, seed] of this.#newestFirst) {
      const { kem } = await this.#identityOf(g, seed);
      if (same(sha256(kem.public), hashed)) {
        return kem;
      }
    }
    throw new BadSeal("sealed to a key that this seat does not have");
  }

  async #identityOf(g: number, seed: Secret): Promise<Identity> {
    const made = this.#identities.get(g) ?? (await identity(seed, this.#id, g));
    this.#identities.set(g, made);
    return made;
  }

  /** A new pseudonym, from the seed in force. */
  async pseudonym(slot: Bytes): Promise<Pseudonym> {
    return this.#derive(this.#roster.g, this.seed, slot);
  }

  /**
   * The pseudonym of this slot that has these public keys, and its generation: records name none, so each seed is
   * tried. null where none of them gives it.
   */
  async findPseudonym(slot: Bytes, wanted: PublicPseudonym): Promise<readonly [Pseudonym, number] | null> {
    for (const [g, seed] of this.#newestFirst) {
      const derived = await this.#derive(g, seed, slot);
      if (samePseudonym(derived.public, wanted)) {
        return [derived, g];
      }
    }
    return null;
  }

  /** Whether an own pseudonym stands in no other thread than this one; from then on it stands there. */
  takesFor(thread: Id, signPublic: Bytes): boolean {
    const key = hex(signPublic);
    const shownIn = this.#shownIn.get(key) ?? thread;
    this.#shownIn.set(key, shownIn);
    return shownIn === thread;
  }

  /** The service lost this thread with a restored backup: the prekey that opened it may open another one. */
  forgetThread(thread: Id): void {
    for (const [key, shownIn] of this.#shownIn) {
      if (shownIn === thread) {
        this.#shownIn.delete(key);
      }
    }
  }

  /** I_g vouches for a pseudonym: for the service only, no peer sees it. */
  async ownSignature(pseudonym: PublicPseudonym): Promise<Bytes> {
    return ownSignature((await this.identity()).sign, this.#id, pseudonym);
  }

  /** Prekeys of an own target, ready to be published. */
  async prekeys(target: Id, indices: Iterable<number>): Promise<Prekey[]> {
    const made: Prekey[] = [];
    for (const index of indices) {
      const derived = await derive(this.seed, prekeySlot(fromBase64<IdBytes>(target), index));
      const own = await this.ownSignature(derived.public);
      made.push({
        index,
        pk_sign: toBase64<32>(derived.public.sign),
        pk_kem: toBase64<1216>(derived.public.kem),
        own: toBase64<64>(own),
      });
      if (made.length % derivationsAtOnce === 0) {
        await pause(0);
      }
    }
    return made;
  }

  /** Says to colleagues that this seat wrote, and which roster it knows. */
  readonly tag = async (header: Bytes, salt: Bytes): Promise<Bytes> =>
    seatTag(this.seed, header, salt, fromBase64<IdBytes>(this.seat), this.#roster.head);

  /** Under which a tag of this mailbox may open, the newest first. */
  get tagSeeds(): readonly Secret[] {
    return this.#newestFirst.map(([, seed]) => seed);
  }

  /** Seals an entry of the desk, for the seats of this mailbox. */
  async sealEntry(entry: IdBytes, content: Bytes, entropy: Entropy): Promise<Bytes> {
    return sealEntry(this.seed, this.#id, this.#roster.g, entry, content, entropy);
  }

  /** @throws BadSeal */
  async openEntry(entry: IdBytes, blob: Bytes): Promise<Bytes> {
    const opened = await this.#firstThatOpens((g, seed) => openEntry(seed, this.#id, g, entry, blob));
    if (opened === null) {
      throw new BadSeal("the desk entry was not sealed by a seat of this mailbox");
    }
    return opened;
  }

  /** Whether a seat sat in the mailbox when that was the roster's head. */
  vouches(tag: SeatTag): boolean {
    return this.#roster.wasSeated(fromBase64<IdBytes>(tag.seat), fromBase64<Hash>(tag.rosterHead));
  }

  async #firstThatOpens<T>(open: (g: number, seed: Secret) => Promise<T>): Promise<T | null> {
    for (const [g, seed] of this.#newestFirst) {
      try {
        return await open(g, seed);
      } catch (error) {
        if (!(error instanceof BadSeal)) {
          throw error;
        }
      }
    }
    return null;
  }

  async #derive(g: number, seed: Secret, slot: Bytes): Promise<Pseudonym> {
    const key = `${g}.${hex(slot)}`;
    const derived = this.#derived.get(key) ?? derive(seed, slot);
    this.#derived.set(key, derived);
    return derived;
  }
}
