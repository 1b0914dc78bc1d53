/**
 * Renewing one's own side's keys in one thread: when it is time, and how it is done against whoever else does it.
 *
 * All seats of a mailbox follow one schedule, and any of them may be the one: the loser of the compare-and-swap reads the
 * winner's record and has nothing left to do. What a rotation that got no answer has come to, the log tells.
 */

import type { Id as IdBytes } from "../e2ee/bytes.ts";
import { makeRotation, type Opening, partyOf } from "../e2ee/epoch.ts";
import { E2EEError } from "../e2ee/errors.ts";
import { threadSlot } from "../e2ee/pseudonym.ts";
import { makeShare } from "../e2ee/third.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { ownPseudonym } from "./epochs.ts";
import { ClientError, PeerBeginsAnew, ProblemError, ResetAwaited, Unreachable } from "./errors.ts";
import type { Follower } from "./follower.ts";
import type { MailboxKeys } from "./keys.ts";
import type { Standing } from "./local.ts";
import type { ThreadLog } from "./log.ts";
import { answerMs, type Runtime, serviceNow } from "./runtime.ts";
import { cutShort, eventsMax, routine, type Window } from "./schedule.ts";
import { patiently, Turn } from "./tasks.ts";

/** Records made again in a row, as something was written meanwhile, before it is left for later. */
const triesMax = 8;

/** Refusals that other bytes must answer: sealed again under the epoch in force, after a renewal where one is asked. */
export function isRenewed(error: unknown): error is ProblemError {
  return error instanceof ProblemError && (error.code === "stale_epoch" || error.code === "rotation_needed");
}

export class Renewal {
  readonly #runtime: Runtime;
  readonly #follower: Follower;
  readonly #keys: MailboxKeys;
  readonly #reread: () => Promise<void>;
  readonly #one = new Turn();

  /** `reread` reads the mailbox's roster again. */
  constructor(runtime: Runtime, follower: Follower, reread: () => Promise<void>) {
    this.#runtime = runtime;
    this.#follower = follower;
    this.#keys = follower.log.side.keys;
    this.#reread = reread;
  }

  /** When this pseudonym is to be renewed; `seq` is how far the thread's log goes. */
  window(standing: Standing, seq: number): Window {
    const keys = this.#keys;
    const thread = fromBase64<IdBytes>(this.#log.side.thread);
    const usual = routine(keys.seedOf(standing.g), thread, standing);
    if (standing.g !== keys.roster.g) {
      return cutShort(usual, keys.generationSeen, keys.seed, thread, standing);
    }
    const full = this.#log.epochs.fullAt;
    if (seq - standing.seq >= eventsMax && full !== null) {
      return cutShort(usual, full, keys.seed, thread, standing);
    }
    return usual;
  }

  /**
   * Renews if the window is open, or a third party that left has the key; whether it did. A message never waits for more
   * than an answer to that.
   */
  async beforeMessage(): Promise<boolean> {
    const { standing } = this.#log.epochs;
    if (standing === null) {
      return false;
    }
    if (!this.#log.isExposed && this.window(standing, this.#log.seq).opens > serviceNow(this.#runtime)) {
      return false;
    }
    try {
      return await this.renew();
    } catch (error) {
      if (error instanceof ClientError || error instanceof E2EEError) {
        return false;
      }
      throw error;
    }
  }

  /**
   * Waits for nothing, but for keys under which something may be sealed now: where the own side begins anew, it gets
   * them. @throws ResetAwaited, PeerBeginsAnew; as `renew`
   */
  async voiced(): Promise<void> {
    if (this.#log.silence === "awaitsReset" || this.#log.silence === "peerBeginsAnew") {
      await this.#follower.catchUp({ pull: true });
    }
    if (this.#log.silence === "beginsAnew") {
      await this.renew();
    }
    if (this.#log.silence === "awaitsReset") {
      throw new ResetAwaited("this mailbox began anew; the platform has not vouched for it in this conversation yet");
    }
    if (this.#log.silence === "peerBeginsAnew") {
      throw new PeerBeginsAnew("the other side begins anew; write again once it has new keys");
    }
  }

  /**
   * Renews because the service takes nothing from this side before.
   * @throws ProblemError that is final, Stopped, Ended; after any other refusal the same may be asked once more.
   */
  async asked(): Promise<void> {
    await patiently(this.#reread);
    try {
      await patiently(() => this.renew());
    } catch (error) {
      if (!(error instanceof ProblemError) || error.final) {
        throw error;
      }
    }
  }

  /**
   * Renews one's own pseudonym and the epoch's key. False: a colleague renewed the one that was `seen` meanwhile.
   * @throws ProblemError, Unreachable, Stopped, Ended; what was sent may still have been taken.
   */
  async renew(seen: Standing | null = null): Promise<boolean> {
    const anew = this.#log.silence === "beginsAnew";
    // What this device knew of an own pseudonym is from before the reset.
    let before = anew ? null : (seen ?? this.#log.epochs.standing);
    return this.#one.take(async () => {
      for (let tries = 1; ; tries += 1) {
        await this.#follower.catchUp({ pull: true });
        this.#log.checkFollowed();
        const { standing } = this.#log.epochs;
        const isDone = anew && this.#log.silence !== "beginsAnew";
        if (isDone || (before !== null && standing?.n !== before.n)) {
          return false;
        }
        before = standing;
        try {
          await this.#tried(await this.#made());
          return true;
        } catch (error) {
          if (!(error instanceof ProblemError) || tries === triesMax) {
            throw error;
          }
          await this.#again(error);
        }
      }
    });
  }

  get #log(): ThreadLog {
    return this.#follower.log;
  }

  async #again(error: ProblemError): Promise<void> {
    if (error.code === "unverifiable") {
      // The roster went on since it was read: who vouches is the generation in force.
      await this.#reread();
    } else if (error.code !== "stale_epoch" && error.code !== "stale_head") {
      throw error;
    }
  }

  async #made(): Promise<Opening> {
    const { epochs, side, head, silence } = this.#log;
    const { record, own } = epochs.current;
    const slot = threadSlot(fromBase64<IdBytes>(side.thread), record.n + 1);
    return makeRotation(record, {
      party: side.party,
      old: silence === "beginsAnew" ? own : ownPseudonym(epochs.current),
      new: await this.#keys.pseudonym(slot),
      threadHead: head,
      entropy: this.#runtime.entropy,
    });
  }

  async #tried(made: Opening): Promise<void> {
    const { side, epochs, third } = this.#log;
    const share = third === null ? null : toBase64<1168>(await makeShare(third, made.record, made.epochSecret));
    const wraps = [toBase64<1168>(made.wraps[0]), toBase64<1168>(made.wraps[1])] as const;
    const signed = toBase64(made.signed);
    const own = toBase64<64>(await this.#keys.ownSignature(partyOf(made.record, side.party)));
    const { streamEpoch } = this.#follower;
    const ack = await this.#runtime.link.request(
      { t: "rotate", thread: side.thread, signed_record: signed, wraps, own, share },
      { thread: side.thread, timeoutMs: answerMs },
    );
    if (ack.thread !== side.thread) {
      throw new Unreachable("the service's ack is not for this conversation");
    }
    epochs.addWraps({ epochs: [{ epoch: made.record.n, wraps }], prekey_index: null });
    const entry = { seq: ack.seq, at: ack.at, kind: "epoch", party: side.party, payload: signed, proof: ack.proof };
    await this.#follower.confirm(entry, streamEpoch);
  }
}
