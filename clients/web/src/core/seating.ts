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
} from "../e2ee/bytes.ts";
import { draw, type Entropy } from "../e2ee/entropy.ts";
import { BadRoster } from "../e2ee/errors.ts";
import { identity, newSeed, seedCheck, wrapSeed } from "../e2ee/mailbox.ts";
import {
  apply,
  checkAdmission,
  KIT,
  makeAdmit,
  makeCreate,
  replay,
  type RosterState,
  type SeatKeys,
} from "../e2ee/roster.ts";
import { parseSigned } from "../e2ee/roster-record.ts";
import { admissionWords } from "../e2ee/words.ts";
import type { Id, RosterView, SeatView, SeedWrap } from "../wire/types.ts";
import type { Api } from "./api.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { NotSeated, ResetUnaccepted, WordsDiffer } from "./errors.ts";
import { MailboxKeys } from "./keys.ts";
import { shelves } from "./local.ts";
import { Roots } from "./roots.ts";
import { newId } from "./runtime.ts";
import { seedsOf } from "./seeds.ts";
import type { Storage } from "./storage.ts";
import type { VaultKeeper } from "./vault.ts";
import { seatKind } from "./vault-parts.ts";
import type { SeatAsked } from "./views.ts";
import { ownSeat, shownHead, wordsOf } from "./words-shown.ts";

export class Seating {
  readonly #api: Api;
  readonly #keeper: VaultKeeper;
  readonly #storage: Storage;
  readonly #entropy: Entropy;
  readonly #roots: Roots;
  /** The head that the service took from us last, by mailbox: a roster without it suppresses what we did. */
  readonly #taken = new Map<Id, Hash>();

  constructor(api: Api, keeper: VaultKeeper, storage: Storage, entropy: Entropy) {
    this.#api = api;
    this.#keeper = keeper;
    this.#storage = storage;
    this.#entropy = entropy;
    this.#roots = new Roots(keeper);
  }

  /** Whether this account saw the mailbox before. */
  saw(mailbox: Id): boolean {
    return this.#roots.of(mailbox).length > 0;
  }

  /**
   * Founds a mailbox: draws its seed, signs record 0, wraps the seed to the own seat. `afterReset`: whether the person
   * knows that it was there before, and begins anew.
   * @throws ProblemError `stale_head` when somebody was faster: ask for a seat instead; ResetUnaccepted
   */
  async found(view: SeatView, afterReset: boolean): Promise<void> {
    if (this.saw(view.mailbox) && !afterReset) {
      throw new ResetUnaccepted("this account saw this mailbox before: it is founded again only after a reset");
    }
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
    await this.#append(view.mailbox, state, signed, await this.#wrap(state, seed, seat, pair.kem.public));
    this.#roots.accept(view.mailbox, state.root);
  }

  /** Follows the roster that the service shows now. @throws BadRoster, ProblemError, Unreachable */
  async acceptReset(mailbox: Id): Promise<void> {
    const { records } = await this.#api.roster(mailbox);
    this.#roots.accept(mailbox, (await replayed(records, mailbox)).root);
    this.#taken.delete(mailbox);
  }

  /**
   * Asks for a seat, or again if it waits already; returns the twelve words to compare with an administrator. They hold
   * for the roster of this moment: when somebody else was admitted in between, ask again. Who was admitted meanwhile asks
   * for nothing: what counts then is the head for which this device showed its words.
   */
  async ask(view: SeatView): Promise<readonly string[]> {
    const state = await this.#shown(view.mailbox);
    const pair = await this.#pair(view.mailbox);
    const seat = view.seat ?? newId({ entropy: this.#entropy });
    const head = await shownHead(this.#storage, view.mailbox, seat);
    if (ownSeat(state, seat, pair) !== null) {
      if (head === null) {
        throw new NotSeated("this device did not show the words of this seat: nobody compared them");
      }
      return admissionWords(state.mailbox, head, pair.sign.public, pair.kem.public);
    }
    await shelves.asked.save(this.#storage, { seat, shownHead: toBase64<32>(state.head) }, view.mailbox);
    const request = { seat, sign_pk: toBase64<32>(pair.sign.public), kem_pk: toBase64<1216>(pair.kem.public) };
    await this.#api.askSeat(view.mailbox, request);
    return admissionWords(state.mailbox, state.head, pair.sign.public, pair.kem.public);
  }

  /** The words that this device showed, if the roster is still the one that they were shown for; null: ask again. */
  async shownWords(view: SeatView): Promise<readonly string[] | null> {
    const head = await shownHead(this.#storage, view.mailbox, view.seat);
    if (head === null) {
      return null;
    }
    const state = await this.#shown(view.mailbox);
    const pair = await this.#pair(view.mailbox);
    if (hex(state.head) !== hex(head) && ownSeat(state, view.seat, pair) === null) {
      return null;
    }
    return admissionWords(state.mailbox, head, pair.sign.public, pair.kem.public);
  }

  /**
   * Reads the roster and the seeds of a mailbox in which this account has an active seat.
   * @throws BadRoster, BadSeed, BadSeal, NotSeated, ProblemError, Unreachable
   */
  async read(view: SeatView): Promise<MailboxKeys> {
    const taken = this.#taken.get(view.mailbox);
    const answer = await this.#api.roster(view.mailbox);
    const keys = await this.#keys(view, answer);
    checkTaken(keys.roster, taken);
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
    this.#roots.keep(view.mailbox, state);
    this.#keeper.setPin(seatKind, view.seat, entry.recordHash);
    const wasReset = answer.anew || this.#roots.of(view.mailbox).length > 1;
    return new MailboxKeys(view.mailbox, view.seat, pair, state, seeds, wasReset);
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
    await this.#admit(keys.roster, keys.seed, {
      seat: fromBase64<IdBytes>(seat),
      signPk: fromBase64<SignPublic>(asking.sign_pk),
      kemPk: fromBase64<KemPublic>(asking.kem_pk),
      role: asking.role,
      admin,
      signer: fromBase64<IdBytes>(keys.seat),
      signerKey: keys.pair.sign,
    });
  }

  /** Seats the printed kit with this code, if it is not seated already. @throws ProblemError, Unreachable */
  async admitKit(keys: MailboxKeys, code: string): Promise<void> {
    const { kitPair, kitSeat } = await import("./kits.ts");
    const pair = await kitPair(code, keys.roster);
    if (kitSeat(keys.roster, pair) !== null) {
      return;
    }
    await this.#admit(keys.roster, keys.seed, {
      seat: draw(this.#entropy, ID),
      signPk: pair.sign.public,
      kemPk: pair.kem.public,
      role: KIT,
      admin: true,
      signer: fromBase64<IdBytes>(keys.seat),
      signerKey: keys.pair.sign,
    });
  }

  /**
   * Admits this account's own seat, as an administrator, in the name of the mailbox's printed kit.
   * @throws WrongRecoveryCode, BadRoster (no seat of this roster is that kit's), BadSeed, BadSeal, ResetUnaccepted,
   * ProblemError (`stale_head`: try again)
   */
  async enterWithKit(view: SeatView, code: string): Promise<void> {
    const answer = await this.#api.roster(view.mailbox);
    const state = await this.#checked(answer.records, view.mailbox);
    const { openKit } = await import("./kits.ts");
    const kit = await openKit(answer, state, code);
    const pair = await this.#pair(view.mailbox);
    if (ownSeat(state, view.seat, pair) !== null) {
      return;
    }
    await this.ask(view);
    const asked = await shelves.asked.load(this.#storage, view.mailbox);
    if (asked === undefined || asked.shownHead !== toBase64(state.head)) {
      throw new BadRoster("the roster changed while the seat was asked for; try again");
    }
    await this.#admit(state, kit.seed, {
      seat: fromBase64<IdBytes>(asked.seat),
      signPk: pair.sign.public,
      kemPk: pair.kem.public,
      role: view.role,
      admin: true,
      signer: kit.seat,
      signerKey: kit.sign,
    });
  }

  /** Has an admit record stored, with the seed wrapped to whom it seats. */
  async #admit(before: RosterState, seed: Secret, admission: Parameters<typeof makeAdmit>[1]): Promise<void> {
    const signed = await makeAdmit(before, admission);
    const state = await apply(before, signed);
    const wrap = await this.#wrap(state, seed, admission.seat, admission.kemPk);
    await this.#append(toBase64<16>(state.mailbox), state, signed, wrap);
  }

  /**
   * Ends a seat of the roster that `keys` holds and renews the seed, in one command.
   * @throws BadRoster, ProblemError (`stale_head`, `busy`: read the roster again and try again), Unreachable
   */
  async remove(keys: MailboxKeys, seat: Id, targets: readonly Id[]): Promise<void> {
    const { makeRemoval } = await import("./removing.ts");
    const removal = await makeRemoval(keys, seat, targets, this.#entropy);
    await this.#api.remove(keys.mailbox, removal);
    this.#taken.set(keys.mailbox, parseSigned(fromBase64(removal.rotate))[0].hash);
  }

  /** Has a record stored that leads to `state`. */
  async #append(mailbox: Id, state: RosterState, signed: Bytes, seed: SeedWrap): Promise<void> {
    await this.#api.appendRoster(mailbox, { signed: toBase64(signed), seed });
    this.#taken.set(mailbox, state.head);
  }

  async #pair(mailbox: Id): Promise<SeatKeyPair> {
    return seatKeys(this.#keeper.accountSeed, fromBase64<IdBytes>(mailbox));
  }

  async #wrap(state: RosterState, seed: Secret, seat: IdBytes, kemPk: KemPublic): Promise<SeedWrap> {
    const wrap = await wrapSeed(seed, kemPk, state.mailbox, state.g, seat, state.head);
    return { g: state.g, seat: toBase64<16>(seat), record_hash: toBase64<32>(state.head), wrap: toBase64<1168>(wrap) };
  }

  /** The roster that the service shows now, as `#checked`; it holds what the service took from us before it was asked. */
  async #shown(mailbox: Id): Promise<RosterState> {
    const taken = this.#taken.get(mailbox);
    const state = await this.#checked((await this.#api.roster(mailbox)).records, mailbox);
    checkTaken(state, taken);
    return state;
  }

  /** The roster, if it verifies and leads through what was seen before. @throws BadRoster, ResetUnaccepted */
  async #checked(records: RosterView["records"], mailbox: Id): Promise<RosterState> {
    const state = await replayed(records, mailbox);
    this.#roots.check(mailbox, state);
    return state;
  }

  /**
   * Our seat in the roster. The first time it counts only if we founded, or were admitted on the head whose words this
   * device showed.
   */
  async #ownEntry(state: RosterState, seat: Id, mailbox: Id, pair: SeatKeyPair): Promise<SeatKeys> {
    const entry = ownSeat(state, seat, pair);
    if (entry === null) {
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
    const head = await shownHead(this.#storage, mailbox, seat);
    if (head === null) {
      throw new NotSeated("this device did not show the words of this seat: nobody compared them");
    }
    return checkAdmission(state, fromBase64<IdBytes>(seat), pair.sign.public, pair.kem.public, head);
  }
}

async function replayed(records: RosterView["records"], mailbox: Id): Promise<RosterState> {
  return replay(
    records.map((record) => fromBase64(record)),
    fromBase64<IdBytes>(mailbox),
  );
}

/** @throws BadRoster */
function checkTaken(state: RosterState, taken: Hash | undefined): void {
  if (taken !== undefined && !state.heads.some((head) => hex(head) === hex(taken))) {
    throw new BadRoster("the service took a change of the roster from us and does not show it");
  }
}
