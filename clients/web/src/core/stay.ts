/** The own stay of a third party in one thread: the pseudonym under which it was let in, and the keys that it was given. */

import type { Hash, Id as IdBytes, Secret, Wrap } from "../e2ee/bytes.ts";
import type { EpochRecord } from "../e2ee/epoch.ts";
import { BadRecord, E2EEError } from "../e2ee/errors.ts";
import { prekeySlot, type Pseudonym, type PublicPseudonym } from "../e2ee/pseudonym.ts";
import { sha256 } from "../e2ee/suite.ts";
import { openShare, parseInvited, parseJoined } from "../e2ee/third.ts";
import type { Base64, EpochShare, Id } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import type { MailboxKeys } from "./keys.ts";
import type { Wrapped } from "./local.ts";

/** Whose stay it would be. */
interface Guest {
  readonly thread: Id;
  readonly target: Id;
  readonly keys: MailboxKeys;
}

export class Stay {
  readonly own: Pseudonym;
  /** What the invitation claimed: the own public keys. */
  readonly keys: PublicPseudonym;
  readonly #id: Hash;
  /** Names it, as items do. */
  readonly id: Base64<32>;
  readonly #joined: Base64;
  readonly #shares: Map<number, EpochShare["share"]>;

  private constructor(id: Hash, own: Pseudonym, joined: Base64, shares: Map<number, EpochShare["share"]>) {
    this.#id = id;
    this.id = toBase64<32>(id);
    this.own = own;
    this.keys = own.public;
    this.#joined = joined;
    this.#shares = shares;
  }

  /**
   * `joined`: the payload that let it in, verified when it comes in the log. @throws BadEncoding; BadRecord for one of
   * another mailbox, or under a pseudonym that stands in another thread
   */
  static async of({ thread, target, keys }: Guest, joined: Base64, prekeyIndex: number): Promise<Stay> {
    const { invited } = parseJoined(fromBase64(joined));
    const slot = prekeySlot(fromBase64<IdBytes>(target), prekeyIndex);
    const found = await keys.findPseudonym(slot, parseInvited(invited).keys);
    if (found === null) {
      throw new BadRecord("the third party that joined is not this mailbox");
    }
    const [own] = found;
    if (!keys.takesFor(thread, own.public.sign)) {
      throw new BadRecord("the third party joined under its pseudonym of another thread");
    }
    return new Stay(sha256(invited), own, joined, new Map());
  }

  take(shares: readonly EpochShare[]): void {
    for (const { epoch, share } of shares) {
      this.#shares.set(epoch, share);
    }
  }

  restore(shares: NonNullable<Wrapped["stay"]>["shares"]): void {
    this.take(Object.entries(shares).map(([n, share]) => ({ epoch: Number(n), share })));
  }

  /** What the device keeps. */
  get kept(): NonNullable<Wrapped["stay"]> {
    return { joined: this.#joined, shares: Object.fromEntries(this.#shares) };
  }

  has(n: number): boolean {
    return this.#shares.has(n);
  }

  /** The key of an epoch, or why it is not at hand. */
  async secret(record: EpochRecord): Promise<Secret | E2EEError> {
    const share = this.#shares.get(record.n);
    if (share === undefined) {
      return new BadRecord("nobody gave the third party this epoch's key");
    }
    try {
      return await openShare(fromBase64<Wrap>(share), this.#id, record, this.own.kem);
    } catch (error) {
      if (error instanceof E2EEError) {
        return error;
      }
      throw error;
    }
  }
}
