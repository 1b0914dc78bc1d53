/**
 * A third party invited into one thread, and let in with the keys that are its (SPEC.md section 7.6). Whoever accepts
 * renews the thread's keys in the same command, so that the third party has no key of what was written before, unless both
 * sides chose that it reads it.
 */

import { type Bytes, hex, type Id as IdBytes, type KemPublic, type Secret, type SignPublic } from "../e2ee/bytes.ts";
import { type EpochRecord, makeRotation, partyOf } from "../e2ee/epoch.ts";
import { BadInvitation } from "../e2ee/errors.ts";
import { checkKemPublic } from "../e2ee/kem.ts";
import { threadSlot } from "../e2ee/pseudonym.ts";
import { checkSignPublic } from "../e2ee/signing.ts";
import { makeInvited, makeJoined, makeShare, openJoined, type Third } from "../e2ee/third.ts";
import type { Accept, Base64, Claim, Id, Invite } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { ownPseudonym } from "./epochs.ts";
import { ProblemError, Unreachable } from "./errors.ts";
import type { Follower } from "./follower.ts";
import type { ThreadLog } from "./log.ts";
import type { Renewal } from "./renewal.ts";
import { answerMs, newId, type Runtime } from "./runtime.ts";

const triesMax = 8;
const sharesAtOnce = 24;

/** What of a thread it works with. */
export interface Parts {
  readonly follower: Follower;
  readonly renewal: Renewal;
  /** Reads the mailbox's roster again. */
  readonly reread: () => Promise<void>;
}

export class Granting {
  readonly #runtime: Runtime;
  readonly #follower: Follower;
  readonly #renewal: Renewal;
  readonly #reread: () => Promise<void>;

  constructor(runtime: Runtime, { follower, renewal, reread }: Parts) {
    this.#runtime = runtime;
    this.#follower = follower;
    this.#renewal = renewal;
    this.#reread = reread;
  }

  /**
   * Claims a prekey of the third party and signs the invitation. The same id again is the same invitation.
   * @throws BadInvitation (a third party is in), BadKey, ProblemError, TimedOut, Stopped
   */
  async invite(msgId: Id, target: Id, history: boolean): Promise<void> {
    let claim: Claim | null = null;
    await this.#insist(async () => {
      if (this.#log.shows(msgId)) {
        return;
      }
      if (this.#log.third !== null) {
        throw new BadInvitation("a third party is in already");
      }
      claim ??= await this.#claimed(target);
      const payload = await this.#invitation(msgId, target, claim, history);
      await this.#asked({ t: "invite", claim: claim.claim, payload: toBase64(payload) }, "invited", payload);
    });
  }

  /**
   * Lets the third party of an open invitation in. Where both sides chose that it reads what was written before, it gets
   * the keys of that too; called again for one that is in, it gets those that are missing.
   * @throws BadInvitation (not open, or one's own), ProblemError, TimedOut, Stopped
   */
  async accept(third: Base64<32>): Promise<void> {
    await this.#insist(async () => {
      const present = this.#log.third;
      if (present === null || toBase64(present.id) !== third) {
        await this.#letIn(third);
      }
    });
    await this.#shareHistory();
  }

  /** Another one after a restored backup. */
  get #log(): ThreadLog {
    return this.#follower.log;
  }

  async #insist(attempt: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      await this.#follower.catchUp({ pull: true });
      this.#log.checkFollowed();
      try {
        await attempt();
        return;
      } catch (error) {
        if (!(error instanceof ProblemError) || tries === triesMax) {
          throw error;
        }
        await this.#again(error);
      }
    }
  }

  /** Prepares another try. Throws the refusal where that is of no use. */
  async #again(error: ProblemError): Promise<void> {
    if (error.code === "rotation_needed") {
      await this.#renewal.asked();
    } else if (error.code === "unverifiable") {
      // The roster went on since it was read: who vouches is the generation in force.
      await this.#reread();
    } else if (error.code !== "stale_epoch" && error.code !== "stale_head") {
      throw error;
    }
  }

  async #claimed(target: Id): Promise<Claim> {
    const claim = await this.#runtime.api.claim(target, this.#log.side.keys.mailbox);
    await checkKemPublic(fromBase64<KemPublic>(claim.pk_kem));
    checkSignPublic(fromBase64<SignPublic>(claim.pk_sign));
    return claim;
  }

  /** What a notice of the own side begins with, on the epoch and the head of this moment. */
  #common(
    msgId: Id,
  ): Pick<Parameters<typeof makeJoined>[0], "thread" | "recordHash" | "party" | "id" | "seenSeq" | "seenHead"> {
    const { epochs, side, seq, head } = this.#log;
    const { thread, hash } = epochs.current.record;
    const id = fromBase64<IdBytes>(msgId);
    return { thread, recordHash: hash, party: side.party, id, seenSeq: seq, seenHead: head };
  }

  async #invitation(msgId: Id, target: Id, claim: Claim, history: boolean): Promise<Bytes> {
    const keys = { sign: fromBase64<SignPublic>(claim.pk_sign), kem: fromBase64<KemPublic>(claim.pk_kem) };
    const { group, area, verified, words } = claim.presentation;
    const shown = { group, area, verified, words };
    const said = { ...this.#common(msgId), target: fromBase64<IdBytes>(target), keys, history, shown };
    return makeInvited(said, ownPseudonym(this.#log.epochs.current).sign);
  }

  async #letIn(third: Base64<32>): Promise<void> {
    const invited = this.#log.invitations.find((each) => each.third === third);
    if (invited === undefined) {
      throw new BadInvitation("this invitation does not hold any more: the keys were renewed, or somebody is in");
    }
    if (invited.own) {
      throw new BadInvitation("the other side is to accept what this one proposes");
    }
    const { side, epochs, head } = this.#log;
    const { record } = epochs.current;
    const old = ownPseudonym(epochs.current);
    const said = { ...this.#common(newId(this.#runtime)), invited: fromBase64(invited.payload) };
    const payload = await makeJoined(said, old.sign);
    const granted = (await openJoined(payload, record, side.party)).third;
    const slot = threadSlot(fromBase64<IdBytes>(side.thread), record.n + 1);
    const { entropy } = this.#runtime;
    const renewed = await side.keys.pseudonym(slot);
    const made = await makeRotation(record, { party: side.party, old, new: renewed, threadHead: head, entropy });
    const wraps = [toBase64<1168>(made.wraps[0]), toBase64<1168>(made.wraps[1])] as const;
    epochs.addWraps({ epochs: [{ epoch: made.record.n, wraps }], prekey_index: null });
    const command = {
      t: "accept",
      payload: toBase64(payload),
      signed_record: toBase64(made.signed),
      wraps,
      own: toBase64<64>(await side.keys.ownSignature(partyOf(made.record, side.party))),
      share: toBase64<1168>(await makeShare(granted, made.record, made.epochSecret)),
    } as const;
    const seq = await this.#asked(command, "joined", payload);
    await this.#follower.reach(seq + 1);
  }

  /** Sends a command and reads the event that it became; returns its seq. */
  async #asked(command: Omit<Invite, "ref"> | Omit<Accept, "ref">, kind: string, payload: Bytes): Promise<number> {
    const { streamEpoch, log } = this.#follower;
    const { thread, party } = log.side;
    const ack = await this.#runtime.link.request(command, { thread, sealed: true, timeoutMs: answerMs });
    if (ack.thread !== thread) {
      throw new Unreachable("the service's ack is not for this conversation");
    }
    const entry = { seq: ack.seq, at: ack.at, kind, party, payload: toBase64(payload), proof: ack.proof };
    await this.#follower.confirm(entry, streamEpoch);
    return ack.seq;
  }

  /** Gives the third party that is in the keys of the epochs before it joined, if both sides chose so. */
  async #shareHistory(): Promise<void> {
    const { third, side } = this.#log;
    if (third === null || !third.invitation.history) {
      return;
    }
    const shares = await this.#sharesOf(third);
    for (let at = 0; at < shares.length; at += sharesAtOnce) {
      await this.#runtime.link.request(
        { t: "share", thread: side.thread, shares: shares.slice(at, at + sharesAtOnce) },
        { timeoutMs: answerMs },
      );
    }
  }

  async #sharesOf(third: Third): Promise<{ readonly epoch: number; readonly share: Base64<1168> }[]> {
    const { epochs } = this.#log;
    const joinedUnder = epochs.begun.findLast(({ record }) => hex(record.hash) === hex(third.invitation.recordHash));
    const shares = [];
    for (let n = 0; n <= (joinedUnder?.record.n ?? -1); n += 1) {
      const { record, secret } = await epochs.at(n);
      if (isOpened(secret)) {
        shares.push({ epoch: n, share: await shareOf(third, record, secret) });
      }
    }
    return shares;
  }
}

const isOpened = (secret: Secret | Error): secret is Secret => !(secret instanceof Error);

const shareOf = async (third: Third, record: EpochRecord, secret: Secret): Promise<Base64<1168>> =>
  toBase64<1168>(await makeShare(third, record, secret));
