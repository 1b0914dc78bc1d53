/**
 * The reader's verifier of one thread's log (SPEC.md section 7.3): what a server can do to it, this finds.
 *
 * Two kinds of refusals. What is wrong with the log itself (a gap, time going back, a stamp, a fork, an epoch record
 * against the rules) stops it: `verifyRange` throws and takes nothing of the range. What is wrong with one event (a
 * message of another thread or epoch, an id used twice) concerns that event alone: `checkMessage`, `checkNotice` and
 * `checkRelease` throw, the event is not shown, and the log goes on; so does `cardPlace` for one card of a release.
 * Nobody ends a conversation with one bad message. `takeMessage`, `takeNotice` and `takeCard` come last: what is not
 * shown takes nobody's id.
 */

import { type Hash, hex, type Id, same } from "./bytes.ts";
import { head0 } from "./chain.ts";
import { type EpochRecord, INITIATOR, partyOf, verifyFirst, verifyRotation } from "./epoch.ts";
import {
  BadAttestation,
  BadCard,
  BadChain,
  BadRecord,
  E2EEError,
  Fork,
  FutureSeen,
  Gap,
  Rollback,
  TimeWentBack,
  WrongHeader,
} from "./errors.ts";
import { Extent, headAfter, type Known, type LogEvent, type Restoration, takeRestored, UsedIds } from "./log-extent.ts";
import { CARD_KIND, checkPlace, parsePayload, type Place } from "./message.ts";
import { type Notice, openNotice } from "./notice.ts";
import { parseReleased, type ReleasedCard } from "./release.ts";
import { RESET, verifyReset } from "./reset.ts";
import { explains, RESTORED } from "./restored.ts";
import { verifyProof } from "./stamp.ts";
import type { Checkpoint } from "./vault.ts";

export type { Known, LogEvent, Restoration } from "./log-extent.ts";

export const EPOCH = "epoch";
export const MESSAGE = "message";
export const SERVICE = 255;

/** A verified log of one thread, from its first event on. */
export class ThreadChain {
  readonly thread: Id;
  readonly checkpoint: Checkpoint | null;
  readonly #known: Known;
  readonly #log = new Extent();
  readonly #ids = new UsedIds();
  /** The parties whose cards opened. */
  #sides: ReadonlySet<number> = new Set();
  #last: Promise<unknown> = Promise.resolve();

  constructor(known: Known) {
    this.thread = known.thread;
    this.checkpoint = known.checkpoint ?? null;
    this.#known = known;
    this.#log.heads.push(head0(known.service, known.thread));
  }

  /** The party whose reset is in force: its next record may lack the old signature. null: nobody's. */
  get reset(): number | null {
    return this.#log.reset;
  }

  /** The seq of the last event, 0 for an empty log. */
  get seq(): number {
    return this.#log.heads.length - 1;
  }

  get head(): Hash {
    return this.headAt(this.seq);
  }

  /** The epoch records so far; `records[n]` is epoch n's. */
  get records(): readonly EpochRecord[] {
    return this.#log.records;
  }

  /** The `restored` events so far. */
  get restorations(): readonly Restoration[] {
    return this.#log.restorations;
  }

  /** The event so far that explains why this log need not lead through the checkpoint. */
  get explanation(): Restoration | null {
    return this.#explanation(this.#log.restorations);
  }

  /** The head after the event of that seq; seq 0 is the empty log. Throws BadChain beyond the end. */
  headAt(seq: number): Hash {
    const found = this.#log.heads[seq];
    if (found === undefined) throw new BadChain(`the log has no seq ${seq}`);
    return found;
  }

  /** Where a message of that party stands at that seq: what its header must say. Throws BadChain before seq 2. */
  placeAt(seq: number, party: number): Place {
    const record = this.#recordAt(seq);
    return { thread: this.thread, epoch: record.n, recordHash: record.hash, party };
  }

  /**
   * Takes the next events of the log; those already known are compared with what is known, and passed over.
   *
   * Throws BadChain (Gap, TimeWentBack, Fork), BadStamp, BadRecord, BadSignature or BadEncoding, and then leaves the log
   * as it was. Ranges are taken one after the other; nothing of one shows before all of it verified.
   */
  verifyRange(events: readonly LogEvent[]): Promise<void> {
    const turn = this.#last.then(() => this.#verify(events));
    this.#last = turn.catch(() => null);
    return turn;
  }

  /**
   * Throws Rollback when the server's log, of `seq` events, ends before what is known, or before the checkpoint without a
   * word of explanation in what was read.
   */
  checkEnd(seq: number): void {
    const isExplained = this.checkpoint === null || this.explanation !== null;
    const seen = isExplained ? this.seq : Math.max(this.seq, this.checkpoint?.position ?? 0);
    if (seq < seen) throw new Rollback(`the log has ${seq} events, and ${seen} were already seen`);
  }

  /**
   * Checks a verified event of kind `reset` and returns whose side begins anew.
   *
   * Throws BadRecord or BadAttestation, when the platform did not say so of the epoch in force, or BadEncoding.
   */
  async checkReset(event: LogEvent): Promise<number> {
    return this.#resetIn(event, this.#recordAt(event.seq));
  }

  /**
   * Checks a verified event of kind `message` against its place in the log, and returns that place.
   *
   * Throws WrongHeader for another thread, party or epoch than the one in force at its seq, or BadEncoding.
   */
  checkMessage(event: LogEvent): Place {
    const parts = parsePayload(event.payload);
    const place = this.placeAt(event.seq, event.party);
    checkPlace(parts, place);
    if (event.party > 1) throw new WrongHeader("only the two parties write messages");
    if (parts.kind === CARD_KIND) throw new WrongHeader("a card appears by release only");
    return place;
  }

  /**
   * Checks a verified event of a notice's kind and returns what it says. `checkSeen` and `takeNotice` follow.
   *
   * Throws BadEncoding, WrongHeader or BadSignature.
   */
  async checkNotice(event: LogEvent): Promise<Notice> {
    if (event.party > 1) throw new WrongHeader("only the two parties give notices");
    const author = partyOf(this.#recordAt(event.seq), event.party).sign;
    return openNotice(event.payload, event.kind, author, this.placeAt(event.seq, event.party));
  }

  /** Checks a verified event of kind `released` and returns its cards. Throws BadCard or BadEncoding. */
  checkRelease(event: LogEvent): ReleasedCard[] {
    if (event.party !== SERVICE) throw new BadCard("only the service releases cards");
    return parseReleased(event.payload);
  }

  /** The place of a released card: under its own header's epoch. Throws WrongHeader or BadEncoding. */
  cardPlace(card: ReleasedCard): Place {
    const parts = parsePayload(card.payload);
    const record = this.#log.records[parts.epoch];
    if (parts.kind !== CARD_KIND || record === undefined) {
      throw new WrongHeader("a released card is no card, or of an epoch that the log does not have");
    }
    const place = { thread: this.thread, epoch: parts.epoch, recordHash: record.hash, party: card.party };
    checkPlace(parts, place);
    return place;
  }

  /**
   * Checks that a release is one of both sides, given the parties whose cards open in it; earlier ones count.
   *
   * Throws BadCard when a card of one party alone would be shown.
   */
  checkExchange(opening: ReadonlySet<number>): void {
    const sides = new Set([...this.#sides, ...opening]);
    if (sides.size === 1) throw new BadCard("cards of one side alone appeared: the service broke the exchange");
    this.#sides = sides;
  }

  /**
   * Checks what the opened message at `seq` says that its author had seen; for a card `seq` is its release's.
   *
   * Throws FutureSeen or Fork.
   */
  checkSeen(seq: number, seenSeq: number, seenHead: Hash): void {
    if (seenSeq >= seq) throw new FutureSeen(`the message at seq ${seq} claims to have seen seq ${seenSeq}`);
    if (!same(this.headAt(seenSeq), seenHead)) {
      throw new Fork(`the author of seq ${seq} saw another history at seq ${seenSeq}`);
    }
  }

  /** Takes the id of a message that verified in all else. Throws Repeated when its party has shown that id. */
  takeMessage(event: LogEvent): void {
    this.#ids.take(`${event.seq}`, [`${MESSAGE}:${event.party}:${hex(parsePayload(event.payload).msgId)}`]);
  }

  /** Takes the id of a notice that verified in all else. Throws Repeated when its party has shown that id. */
  takeNotice(seq: number, notice: Notice): void {
    this.#ids.take(`${seq}`, [`${MESSAGE}:${notice.party}:${hex(notice.id)}`]);
  }

  /**
   * Takes the ids of a card, released at `seq`, that verified in all else: the card's and its message's.
   *
   * Throws Repeated when its party has shown one of them, and then takes neither.
   */
  takeCard(seq: number, card: ReleasedCard): void {
    const id = hex(card.card);
    const message = hex(parsePayload(card.payload).msgId);
    this.#ids.take(`${seq}:${id}`, [`${CARD_KIND}:${card.party}:${id}`, `${MESSAGE}:${card.party}:${message}`]);
  }

  /** The record in force for an event of that seq: the last one before it. */
  #recordAt(seq: number): EpochRecord {
    const n = this.#log.recordSeqs.findLastIndex((begun) => begun < seq);
    const record = this.#log.records[n];
    if (record === undefined) throw new BadChain(`no epoch is in force at seq ${seq}`);
    return record;
  }

  #explanation(restorations: readonly Restoration[]): Restoration | null {
    const { checkpoint } = this;
    if (checkpoint === null) return null;
    const spent = this.#known.restoresSeen ?? [];
    const isOne = (each: Restoration): boolean =>
      !spent.some((head) => same(head, each.head)) && explains(each.said, checkpoint);
    return restorations.find(isOne) ?? null;
  }

  async #verify(events: readonly LogEvent[]): Promise<void> {
    const added = new Extent();
    added.time = this.#log.time;
    added.reset = this.#log.reset;
    let last: LogEvent | null = null;
    for (const event of events) {
      if (event.seq <= this.seq + added.heads.length) {
        this.#compare(event, added);
      } else {
        await this.#take(event, added);
        last = event;
      }
    }
    this.#checkCheckpoint(added);
    if (last !== null) {
      const { stampPublic } = this.#known;
      await verifyProof(last.proof, stampPublic, this.thread, last.seq, this.#headIn(added, last.seq));
    }
    this.#add(added);
  }

  #add(added: Extent): void {
    // One at a time: a long log is more than a call takes arguments.
    for (const head of added.heads) this.#log.heads.push(head);
    this.#log.records.push(...added.records);
    this.#log.recordSeqs.push(...added.recordSeqs);
    this.#log.restorations.push(...added.restorations);
    this.#log.time = added.time;
    this.#log.reset = added.reset;
  }

  /** The head at a seq of the log with what a range adds to it. Throws BadChain for one that neither has. */
  #headIn(added: Extent, seq: number): Hash {
    return added.heads[seq - this.seq - 1] ?? this.headAt(seq);
  }

  async #take(event: LogEvent, added: Extent): Promise<void> {
    const before = this.seq + added.heads.length;
    if (event.seq !== before + 1) throw new Gap(`seq ${event.seq} follows seq ${before}`);
    if (event.time < added.time)
      throw new TimeWentBack(`the event at seq ${event.seq} is older than the one before it`);
    const inForce = added.records.at(-1) ?? this.#log.records.at(-1);
    if (event.kind === EPOCH) {
      await this.#takeEpoch(event, added, inForce);
    } else if (inForce === undefined) {
      throw new BadChain("a log begins with its epoch record");
    } else if (event.kind === RESET) {
      await this.#takeReset(event, added, inForce);
    }
    const head = headAfter(event, this.#headIn(added, before));
    added.heads.push(head);
    added.time = event.time;
    if (event.kind === RESTORED && event.party === SERVICE) takeRestored(event, head, added);
  }

  async #takeEpoch(event: LogEvent, added: Extent, inForce: EpochRecord | undefined): Promise<void> {
    const record = inForce === undefined ? await this.#first(event) : await this.#rotation(event, added, inForce);
    added.records.push(record);
    added.recordSeqs.push(event.seq);
    added.reset = null;
  }

  #first(event: LogEvent): Promise<EpochRecord> {
    if (event.party !== INITIATOR) throw new BadChain("a log begins with its initiator's epoch record");
    const { thread, initiator = null, recipient = null } = this.#known;
    return verifyFirst(event.payload, { thread, head0: this.headAt(0), initiator, recipient });
  }

  async #rotation(event: LogEvent, added: Extent, inForce: EpochRecord): Promise<EpochRecord> {
    const { party } = event;
    const record = await verifyRotation(inForce, event.payload, { party, reset: added.reset === party });
    const begun = added.recordSeqs.at(-1) ?? this.#log.recordSeqs.at(-1) ?? 0;
    for (let seq = begun; seq < event.seq; seq++) {
      if (same(this.#headIn(added, seq), record.threadHead)) return record;
    }
    throw new Fork(`the maker of the epoch record at seq ${event.seq} saw another history`);
  }

  /** One that the platform did not sign is not shown, and changes nothing. */
  async #takeReset(event: LogEvent, added: Extent, inForce: EpochRecord): Promise<void> {
    try {
      added.reset = await this.#resetIn(event, inForce);
    } catch (error) {
      if (!(error instanceof E2EEError)) throw error;
    }
  }

  #resetIn(event: LogEvent, inForce: EpochRecord): Promise<number> {
    if (event.party !== SERVICE) throw new BadRecord("only the service tells of a reset");
    const { platform = null } = this.#known;
    if (platform === null) throw new BadAttestation("no key of the platform is pinned here");
    return verifyReset(event.payload, inForce, platform);
  }

  /** The range leads through the checkpoint, or says itself why it does not. */
  #checkCheckpoint(added: Extent): void {
    const seen = this.checkpoint;
    if (seen === null || seen.position <= this.seq || seen.position > this.seq + added.heads.length) return;
    if (same(this.#headIn(added, seen.position), seen.head)) return;
    if (this.#explanation([...this.#log.restorations, ...added.restorations]) === null) {
      throw new Fork(`the log at seq ${seen.position} is not the one that was seen before`);
    }
  }

  #compare(event: LogEvent, added: Extent): void {
    const isKnown =
      event.seq >= 1 && same(headAfter(event, this.#headIn(added, event.seq - 1)), this.#headIn(added, event.seq));
    if (!isKnown) throw new Fork(`the server shows another event at seq ${event.seq} than before`);
  }
}
