/**
 * One thread's log as its reader has it: verified by `../e2ee`, then opened and made into what to show.
 *
 * Two kinds of refusals (SPEC.md sections 7.3 and 9.6). What is wrong with the log itself (a gap, time going back, a
 * stamp that does not verify, a fork, an epoch record against the rules) stops it: nothing after it is read, and
 * `evidence` keeps what was said on which history. What is wrong with one event is not rendered and the log goes on:
 * nobody ends a conversation by one bad message.
 *
 * Calls must not overlap: whoever follows the log takes care of that.
 */

import type { Bytes, Hash, Id as IdBytes, SignPublic } from "../e2ee/bytes.ts";
import type { Entropy } from "../e2ee/entropy.ts";
import { E2EEError } from "../e2ee/errors.ts";
import { header, sealMessage } from "../e2ee/message.ts";
import { makeNotice, type Notice, type NoticeKind } from "../e2ee/notice.ts";
import { type Third, THIRD } from "../e2ee/third.ts";
import { type LogEvent, ThreadChain } from "../e2ee/thread-log.ts";
import type { Checkpoint } from "../e2ee/vault.ts";
import type { Base64, Id, LogEntry } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { entryOf, eventOf } from "./entries.ts";
import { Epochs, openedSecret, ownPseudonym, type Side } from "./epochs.ts";
import { Stopped } from "./errors.ts";
import { type Gist, gistAfter, nothingSaid } from "./gist.ts";
import type { Heavy } from "./heavy.ts";
import { pageBegin, pageEvents, type Verified } from "./kept.ts";
import type { Evidence, Stamped } from "./local.ts";
import { Reader, type Untagged } from "./reading.ts";
import type { Trust } from "./trust.ts";
import type { Item, NotRendered, ThirdInvited } from "./views.ts";

/** What a conversation shows stays at hand for so many pages of events; what is older is read from where it is kept. */
const pagesAtHand = 2;

/** A history that a log must lead through, or explain: how far it was seen, and the `restored` events in it. */
export interface Seen {
  readonly checkpoint: Checkpoint | null;
  readonly restores: readonly Base64<32>[];
}

export class ThreadLog {
  readonly side: Side;
  readonly checkpoint: Checkpoint | null;
  readonly epochs: Epochs;
  /** What the whole of it comes to. */
  gist: Gist = nothingSaid;
  evidence: Evidence | null = null;
  /** Own cards that the service said it destroyed before any release: one that appears all the same is refused. */
  readonly withdrawn: Set<Id>;
  /** Messages of the own side of which no seat can be told to have written them, by their id. */
  readonly untagged = new Map<Id, Untagged>();
  /** What was verified. */
  readonly chain: ThreadChain;
  readonly #reader: Reader;
  #items: readonly Item[] = [];
  #from = 1;
  #proof: Base64 | null = null;
  #stopped: Error | null = null;

  constructor(side: Side, trust: Trust, heavy: Heavy, seen: Seen, withdrawn: Iterable<Id> = []) {
    this.side = side;
    this.checkpoint = seen.checkpoint;
    this.epochs = new Epochs(side);
    this.withdrawn = new Set(withdrawn);
    this.chain = new ThreadChain({
      service: fromBase64<IdBytes>(trust.service),
      thread: fromBase64<IdBytes>(side.thread),
      stampPublic: fromBase64<SignPublic>(trust.stampKey),
      checkpoint: seen.checkpoint,
      platform:
        trust.platformKey === null
          ? null
          : { public: fromBase64<SignPublic>(trust.platformKey), audience: trust.attestationAudience },
      restoresSeen: seen.restores.map((head) => fromBase64<Hash>(head)),
      withheld: side.party === THIRD,
      chaining: heavy.chain,
    });
    const { epochs, untagged } = this;
    this.#reader = new Reader({ chain: this.chain, epochs, trust, heavy, withdrawn: this.withdrawn, untagged });
  }

  /** Of the last event that was read; before the first 0, or for a third party that of the last that it does not read. */
  get seq(): number {
    return this.chain.seq;
  }

  /** Whether no event was read. */
  get isEmpty(): boolean {
    return this.#proof === null;
  }

  get head(): Hash {
    return this.chain.head;
  }

  /** The third party that is in, whose grant has verified; null: none. */
  get third(): Third | null {
    return this.chain.third;
  }

  /** Proposals that hold under the keys in force and that nobody accepted. */
  get invitations(): readonly ThirdInvited[] {
    const record = this.epochs.length === 0 ? null : toBase64(this.epochs.current.record.hash);
    return this.third === null ? this.gist.invitations.filter((each) => each.record === record) : [];
  }

  /** Whether a third party that left has the key of the epoch in force: nothing is to be sealed under it. */
  get isExposed(): boolean {
    return this.chain.isExposed;
  }

  /**
   * What keeps the own side from sealing anything (SPEC.md section 4.7): its mailbox began anew, and the platform has
   * not vouched for it here yet, or has, and there are no keys yet; or the peer's began anew, and has none yet.
   */
  get silence(): "awaitsReset" | "beginsAnew" | "peerBeginsAnew" | null {
    const { reset } = this.chain;
    if (this.epochs.length > 0 && this.epochs.current.own === null) {
      return reset === this.side.party ? "beginsAnew" : "awaitsReset";
    }
    return reset !== null && reset !== this.side.party ? "peerBeginsAnew" : null;
  }

  /** The furthest place of this log, with the service's stamp; null before the first event. */
  get stamped(): Stamped | null {
    return this.#proof === null ? null : { seq: this.seq, head: toBase64<32>(this.head), proof: this.#proof };
  }

  /** Whether a `restored` event says why this log does not lead through its checkpoint. */
  get isExplained(): boolean {
    return this.chain.explanation !== null;
  }

  /** The heads after each `restored` event. */
  get restores(): Base64<32>[] {
    return this.chain.restorations.map((each) => toBase64<32>(each.head));
  }

  /** What the events from `from` on show. */
  get items(): readonly Item[] {
    return this.#items;
  }

  /** The first event that `items` cover. */
  get from(): number {
    return Math.max(this.#from, this.first);
  }

  /** The first event that this log has. */
  get first(): number {
    return this.chain.start + 1;
  }

  /** What it comes to, to be kept; null while it is empty. */
  get verified(): Verified | null {
    if (this.#proof === null) {
      return null;
    }
    const { gist, items, from } = this;
    const { begun, standing, fullAt, wrapped } = this.epochs;
    return { snapshot: this.chain.snapshot, begun, standing, fullAt, proof: this.#proof, gist, wrapped, items, from };
  }

  /**
   * Goes on from what an earlier run verified. `onShown`: called once there is something to show; keys are opened after
   * that. @throws Fork and E2EEError, when this log does not lead there
   */
  async resume(kept: Verified, onShown: () => void): Promise<void> {
    this.chain.resume(kept.snapshot);
    this.#proof = kept.proof;
    this.gist = { ...nothingSaid, ...kept.gist };
    this.#items = kept.items;
    this.#from = kept.from;
    onShown();
    await this.epochs.restore(kept.wrapped);
    await this.epochs.resume(kept.begun, kept.standing, kept.fullAt);
  }

  /** Lets go of what is older than the last pages, as far as it is kept. `kept`: the last event that is. */
  trim(kept: number): void {
    const { first } = this;
    const from = pageBegin(Math.max(first, Math.min(kept, this.seq - (pagesAtHand - 1) * pageEvents)), first - 1);
    if (from > this.#from) {
      this.#from = from;
      this.#items = this.#items.filter((item) => item.seq >= from);
    }
  }

  /** Whether a message of the own side with this id stands in it. */
  shows(msgId: Id): boolean {
    return this.chain.hasTaken(this.side.party, fromBase64<IdBytes>(msgId));
  }

  /** The first epoch that these entries begin and whose wraps are to be fetched before they are read. */
  firstEpochWithoutWraps(entries: readonly LogEntry[]): number | null {
    const begun = this.#begins(entries).map((_, index) => this.epochs.next + index);
    return begun.find((n) => !this.epochs.hasWraps(n)) ?? null;
  }

  /** Whether these entries begin an epoch with a pseudonym of ours whose generation is to be read first. */
  async lacksSeed(entries: readonly LogEntry[]): Promise<boolean> {
    for (const [index, entry] of this.#begins(entries).entries()) {
      const n = this.epochs.next + index;
      if ((entry.party === this.side.party || n === 0) && (await this.epochs.lacksSeed(n, fromBase64(entry.payload)))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Verifies and reads a run of events in order; those read before are compared and left out. Returns what there is to
   * show. @throws Stopped, if the log was stopped before.
   */
  async append(entries: readonly LogEntry[]): Promise<Item[]> {
    this.checkFollowed();
    const known = this.seq;
    const events = entries.map(eventOf);
    try {
      await this.chain.verifyRange(events);
    } catch (error) {
      return this.#narrowDown(entries, refusal(error));
    }
    if (this.seq > known) {
      // The only stamp of a range that is verified is its last one, and it is that of this log's head.
      this.#proof = entries.at(-1)?.proof ?? this.#proof;
    }
    return this.#open(events.filter((event) => event.seq > known));
  }

  /** The service says that its log has `seq` events: stops ours if we saw more. */
  checkEnd(seq: number): NotRendered | null {
    try {
      this.chain.checkEnd(seq);
    } catch (error) {
      return this.stop(refusal(error));
    }
    return null;
  }

  /** @throws Stopped, when this log is not followed any more. */
  checkFollowed(): void {
    if (this.#stopped !== null) {
      throw new Stopped(this.#stopped);
    }
  }

  /** Follows the log no further and keeps the evidence. */
  stop(reason: E2EEError, entry: LogEntry | null = null): NotRendered {
    const seq = entry?.seq ?? this.seq + 1;
    this.#stopped = reason;
    this.evidence = { reason: reason.name, seq, entry, own: this.stamped };
    const shown: NotRendered = { type: "refused", seq, rule: reason.name, stopped: true };
    this.#items = [...this.#items, shown];
    return shown;
  }

  /**
   * Seals a content of the own side on the epoch and the head of this moment; returns the payload.
   * @throws Stopped; BadRecord, when the key of the epoch in force is not at hand.
   */
  async seal(kind: string, msgId: Id, plain: Bytes, entropy: Entropy): Promise<Bytes> {
    this.checkFollowed();
    const current = this.epochs.current;
    return sealMessage(this.header(kind, msgId), plain, {
      epochSecret: openedSecret(current),
      signing: ownPseudonym(current).sign,
      seenSeq: this.seq,
      seenHead: this.head,
      tag: this.side.keys.tag,
      entropy,
    });
  }

  /**
   * Signs a notice of the own side on the epoch and the head of this moment; returns the payload.
   * `more`: what a closing tells the peer, whose stay a leaving ends, or which step. @throws Stopped, BadRecord before the first epoch
   */
  async notice(kind: NoticeKind, msgId: Id, more: Pick<Notice, "reason" | "third" | "step">): Promise<Bytes> {
    this.checkFollowed();
    const { record } = this.epochs.current;
    const said = {
      kind,
      thread: record.thread,
      recordHash: record.hash,
      party: this.side.party,
      id: fromBase64<IdBytes>(msgId),
      seenSeq: this.seq,
      seenHead: this.head,
      ...more,
    };
    return makeNotice(said, ownPseudonym(this.epochs.current).sign);
  }

  /** The header of a message of the own side in the epoch in force. @throws BadRecord before the first. */
  header(kind: string, msgId: Id): Bytes {
    const { record } = this.epochs.current;
    return header(kind, record.thread, record.n, record.hash, this.side.party, fromBase64<IdBytes>(msgId));
  }

  /** Takes what verified events show, up to one that stops the log. */
  async #open(events: readonly LogEvent[]): Promise<Item[]> {
    const added: Item[] = [];
    let read = 0;
    let stopping: E2EEError | null = null;
    try {
      for await (const shown of this.#reader.read(events)) {
        added.push(...shown);
        read += 1;
      }
    } catch (error) {
      stopping = refusal(error);
    }
    this.#items = [...this.#items, ...added];
    this.gist = gistAfter(this.gist, added);
    const event = events[read];
    return stopping === null ? added : [...added, this.stop(stopping, event && entryOf(event))];
  }

  #begins(entries: readonly LogEntry[]): LogEntry[] {
    return entries.filter((entry) => entry.seq > this.seq && entry.kind === "epoch");
  }

  /** A range was refused whole: take its events one at a time, each by its own stamp, up to the bad one. */
  async #narrowDown(entries: readonly LogEntry[], reason: E2EEError): Promise<Item[]> {
    const [only] = entries;
    if (entries.length <= 1) {
      return [this.stop(reason, only)];
    }
    const added: Item[] = [];
    for (const entry of entries) {
      added.push(...(await this.append([entry])));
      if (this.evidence !== null) {
        break;
      }
    }
    return added;
  }
}

/** What verification refused; anything else is a fault of this package. */
function refusal(error: unknown): E2EEError {
  if (error instanceof E2EEError) {
    return error;
  }
  throw error;
}
