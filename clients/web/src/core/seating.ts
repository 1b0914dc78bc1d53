/**
 * Seats: founding a mailbox, asking for a seat, admitting one; and the roster, verified on every reading.
 *
 * SPEC.md section 4. Pins live in the vault: the roster's root, the furthest head that was seen, and the record that
 * seated us. A roster that does not lead through them is refused; a seed is taken only when the roster vouches for it.
 */

import { seatKeys, type SeatKeyPair } from "../e2ee/account.ts";
import {
  type Bytes,
  type Hash,
  hex,
  ID,
  type Id as IdBytes,
  type KemPublic,
  type Secret,
  type SignPublic,
  type Wrap,
} from "../e2ee/bytes.ts";
import { draw, type Entropy } from "../e2ee/entropy.ts";
import { BadRoster, BadSeal, BadSeed } from "../e2ee/errors.ts";
import { openGenerations } from "../e2ee/generations.ts";
import { identity, newSeed, openSeed, seedCheck, wrapSeed } from "../e2ee/mailbox.ts";
import {
  apply,
  checkAdmission,
  checkPin,
  makeAdmit,
  makeCreate,
  replay,
  type RosterState,
  type SeatKeys,
} from "../e2ee/roster.ts";
import { admissionWords } from "../e2ee/words.ts";
import type { Id, PendingSeat, RosterView, SeatView, SeedWrap } from "../wire/types.ts";
import type { Api } from "./api.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { NotSeated, WordsDiffer } from "./errors.ts";
import { MailboxKeys } from "./keys.ts";
import { shelves } from "./local.ts";
import { makeRemoval } from "./removing.ts";
import { newId } from "./runtime.ts";
import type { Storage } from "./storage.ts";
import type { VaultKeeper } from "./vault.ts";
import { rosterKind, seatKind } from "./vault-parts.ts";
import type { SeatAsked } from "./views.ts";

export class Seating {
  readonly #api: Api;
  readonly #keeper: VaultKeeper;
  readonly #storage: Storage;
  readonly #entropy: Entropy;

  constructor(api: Api, keeper: VaultKeeper, storage: Storage, entropy: Entropy) {
    this.#api = api;
    this.#keeper = keeper;
    this.#storage = storage;
    this.#entropy = entropy;
  }

  /**
   * Founds a mailbox: draws its seed, signs record 0, wraps the seed to the own seat.
   * @throws ProblemError `stale_head` when somebody was faster: ask for a seat instead.
   */
  async found(view: SeatView): Promise<void> {
    const mailbox = fromBase64<IdBytes>(view.mailbox);
    const pair = await this.#pair(view.mailbox);
    const seat = draw(this.#entropy, ID);
    const seed = newSeed(this.#entropy);
    const signed = await makeCreate({
      mailbox,
      seat,
      sign: pair.sign,
      kemPk: pair.kem.public,
      role: view.role,
      identity: await identity(seed, mailbox, 0),
      sc: seedCheck(seed, mailbox, 0),
    });
    const state = await apply(null, signed);
    const wrap = await this.#wrap(state, seed, seat, pair.kem.public);
    await this.#api.appendRoster(view.mailbox, { signed: toBase64(signed), seed: wrap });
  }

  /**
   * Asks for a seat, or again if it waits already; returns the twelve words to compare with an administrator. They hold
   * for the roster of this moment: when somebody else was admitted in between, ask again.
   */
  async ask(view: SeatView): Promise<readonly string[]> {
    const state = await this.#checked((await this.#api.roster(view.mailbox)).records, view.mailbox);
    const pair = await this.#pair(view.mailbox);
    const seat = view.seat ?? newId({ entropy: this.#entropy });
    await shelves.asked.save(this.#storage, { seat, shownHead: toBase64<32>(state.head) }, view.mailbox);
    const request = { seat, sign_pk: toBase64<32>(pair.sign.public), kem_pk: toBase64<1216>(pair.kem.public) };
    await this.#api.askSeat(view.mailbox, request);
    return admissionWords(state.mailbox, state.head, pair.sign.public, pair.kem.public);
  }

  /** The words that this device showed, if the roster is still the one that they were shown for; null: ask again. */
  async shownWords(view: SeatView): Promise<readonly string[] | null> {
    const asked = await shelves.asked.load(this.#storage, view.mailbox);
    if (asked === undefined || asked.seat !== view.seat) {
      return null;
    }
    const state = await this.#checked((await this.#api.roster(view.mailbox)).records, view.mailbox);
    if (toBase64(state.head) !== asked.shownHead) {
      return null;
    }
    const pair = await this.#pair(view.mailbox);
    return admissionWords(state.mailbox, state.head, pair.sign.public, pair.kem.public);
  }

  /**
   * Reads the roster and the seeds of a mailbox in which this account has an active seat.
   * @throws BadRoster, BadSeed, BadSeal, NotSeated, ProblemError, Unreachable
   */
  async read(view: SeatView): Promise<MailboxKeys> {
    const answer = await this.#api.roster(view.mailbox);
    const keys = await this.#keys(view, answer);
    await shelves.roster.save(this.#storage, answer, view.mailbox);
    return keys;
  }

  /** The same from what this device kept, without asking the service; null where it kept nothing. */
  async readKept(view: SeatView): Promise<MailboxKeys | null> {
    const kept = await shelves.roster.load(this.#storage, view.mailbox);
    return kept === undefined ? null : this.#keys(view, kept);
  }

  async #keys(view: SeatView, answer: RosterView): Promise<MailboxKeys> {
    if (view.seat === null || view.state !== "active") {
      throw new NotSeated("no administrator admitted this seat yet");
    }
    const state = await this.#checked(answer.records, view.mailbox);
    const pair = await this.#pair(view.mailbox);
    const entry = await this.#ownEntry(state, view.seat, view.mailbox, pair);
    const seeds = await seedsOf(answer, state, view.seat, pair);
    this.#keeper.setPin(rosterKind, view.mailbox, state.root);
    this.#keeper.setPin(seatKind, view.seat, entry.recordHash);
    this.#keeper.setCheckpoint(rosterKind, view.mailbox, { position: state.index, head: state.head });
    return new MailboxKeys(view.mailbox, view.seat, pair, state, seeds);
  }

  /** Who asks for a seat, with the words to compare on the roster that `keys` holds. */
  async pending(keys: MailboxKeys): Promise<readonly SeatAsked[]> {
    const { pending } = await this.#api.pendingSeats(keys.mailbox);
    return Promise.all(
      pending.map(async (asking) => ({
        mailbox: keys.mailbox,
        seat: asking.seat,
        role: asking.role,
        words: await wordsOf(keys.roster, asking),
      })),
    );
  }

  /**
   * Admits whoever shows exactly these words on their screen, and wraps the seed to them.
   * @throws WordsDiffer, NotSeated (nobody asks under this seat), ProblemError `stale_head` (compare again)
   */
  async admit(keys: MailboxKeys, seat: Id, shown: readonly string[], admin: boolean): Promise<void> {
    const { pending } = await this.#api.pendingSeats(keys.mailbox);
    const asking = pending.find((each) => each.seat === seat);
    if (asking === undefined) {
      throw new NotSeated("nobody asks for this seat");
    }
    const expected = await wordsOf(keys.roster, asking);
    if (expected.length !== shown.length || expected.some((word, at) => word !== shown[at])) {
      throw new WordsDiffer("the words are not those of the keys that the service shows: do not admit");
    }
    const seatBytes = fromBase64<IdBytes>(seat);
    const kemPk = fromBase64<KemPublic>(asking.kem_pk);
    const signed = await makeAdmit(keys.roster, {
      seat: seatBytes,
      signPk: fromBase64<SignPublic>(asking.sign_pk),
      kemPk,
      role: asking.role,
      admin,
      signer: fromBase64<IdBytes>(keys.seat),
      signerKey: keys.pair.sign,
    });
    const state = await apply(keys.roster, signed);
    const wrap = await this.#wrap(state, keys.seed, seatBytes, kemPk);
    await this.#api.appendRoster(keys.mailbox, { signed: toBase64(signed), seed: wrap });
  }

  /**
   * Ends a seat of the roster that `keys` holds and renews the seed, in one command.
   * @throws BadRoster, ProblemError (`stale_head`, `busy`: read the roster again and try again), Unreachable
   */
  async remove(keys: MailboxKeys, seat: Id, targets: readonly Id[]): Promise<void> {
    await this.#api.remove(keys.mailbox, await makeRemoval(keys, seat, targets, this.#entropy));
  }

  async #pair(mailbox: Id): Promise<SeatKeyPair> {
    return seatKeys(this.#keeper.accountSeed, fromBase64<IdBytes>(mailbox));
  }

  async #wrap(state: RosterState, seed: Secret, seat: IdBytes, kemPk: KemPublic): Promise<SeedWrap> {
    const wrap = await wrapSeed(seed, kemPk, state.mailbox, state.g, seat, state.head);
    return { g: state.g, seat: toBase64<16>(seat), record_hash: toBase64<32>(state.head), wrap: toBase64<1168>(wrap) };
  }

  /** The roster, if it verifies and leads through what was seen before. @throws BadRoster */
  async #checked(records: RosterView["records"], mailbox: Id): Promise<RosterState> {
    const state = await replay(
      records.map((record) => fromBase64(record)),
      fromBase64<IdBytes>(mailbox),
    );
    const root = this.#keeper.pin(rosterKind, mailbox);
    if (root !== null && hex(root) !== hex(state.root)) {
      throw new BadRoster("the mailbox begins with another record than the one seen before");
    }
    const seen = this.#keeper.checkpoint(rosterKind, mailbox);
    if (seen !== null) {
      checkPin(state, seen.position, seen.head);
    }
    return state;
  }

  /**
   * Our seat in the roster. The first time it counts only if we founded, or were admitted on the head whose words this
   * device showed.
   */
  async #ownEntry(state: RosterState, seat: Id, mailbox: Id, pair: SeatKeyPair): Promise<SeatKeys> {
    const entry = state.seat(fromBase64<IdBytes>(seat));
    if (
      entry === undefined ||
      hex(entry.signPk) !== hex(pair.sign.public) ||
      hex(entry.kemPk) !== hex(pair.kem.public)
    ) {
      throw new BadRoster("the roster does not seat our keys");
    }
    const pinned = this.#keeper.pin(seatKind, seat);
    if (pinned !== null) {
      if (hex(pinned) !== hex(entry.recordHash)) {
        throw new BadRoster("the roster seats us by another record than before");
      }
      return entry;
    }
    if (hex(entry.recordHash) === hex(state.root)) {
      return entry;
    }
    const asked = await shelves.asked.load(this.#storage, mailbox);
    if (asked === undefined || asked.seat !== seat) {
      throw new NotSeated("this device did not show the words of this seat: nobody compared them");
    }
    const shownHead = fromBase64<Hash>(asked.shownHead);
    return checkAdmission(state, fromBase64<IdBytes>(seat), pair.sign.public, pair.kem.public, shownHead);
  }
}

/**
 * The seeds of all generations: the one in force from a wrap of our own, those before through it.
 * @throws BadSeed, BadSeal
 */
async function seedsOf(
  answer: RosterView,
  state: RosterState,
  seat: Id,
  pair: SeatKeyPair,
): Promise<ReadonlyMap<number, Secret>> {
  const wrapped = await wrappedSeeds(answer.seeds, state, seat, pair);
  const inForce = wrapped.get(state.g);
  if (inForce === undefined) {
    throw new BadSeed("the roster seats us, but its seed was not wrapped to us");
  }
  const prevs = new Map<number, Bytes>(answer.prevs.map(({ g, prev }) => [g, fromBase64(prev)]));
  return openGenerations(state, inForce, prevs, wrapped);
}

/**
 * What was wrapped to a seat, by generation: each by the record that seated it, or by the one that made the generation,
 * and no other. One that does not open is left out unless it is of the generation in force.
 */
async function wrappedSeeds(
  wraps: readonly SeedWrap[],
  state: RosterState,
  seat: Id,
  pair: SeatKeyPair,
): Promise<Map<number, Secret>> {
  const opened = new Map<number, Secret>();
  const id = fromBase64<IdBytes>(seat);
  for (const wrap of wraps.filter((each) => isAuthorised(each, state, seat))) {
    const recordHash = fromBase64<Hash>(wrap.record_hash);
    const sc = state.generations[wrap.g]?.sc ?? state.generation.sc;
    try {
      const sealed = fromBase64<Wrap>(wrap.wrap);
      opened.set(wrap.g, await openSeed(pair.kem, sealed, state.mailbox, wrap.g, id, recordHash, sc));
    } catch (error) {
      if (!(error instanceof BadSeal || error instanceof BadSeed) || wrap.g === state.g) {
        throw error;
      }
    }
  }
  return opened;
}

/** Whether a wrap names the record that seated the seat, or the one that made the generation. */
function isAuthorised(wrap: SeedWrap, state: RosterState, seat: Id): boolean {
  const entry = state.ever.get(hex(fromBase64(seat)));
  const made = state.generations[wrap.g];
  if (entry === undefined || made === undefined || wrap.seat !== seat) {
    return false;
  }
  const recordHash = hex(fromBase64(wrap.record_hash));
  const isByAdmission = recordHash === hex(entry.recordHash) && state.generationAt(entry.recordHash) === wrap.g;
  return isByAdmission || recordHash === hex(made.recordHash);
}

async function wordsOf(state: RosterState, asking: PendingSeat): Promise<readonly string[]> {
  const signPk = fromBase64<SignPublic>(asking.sign_pk);
  return admissionWords(state.mailbox, state.head, signPk, fromBase64<KemPublic>(asking.kem_pk));
}
