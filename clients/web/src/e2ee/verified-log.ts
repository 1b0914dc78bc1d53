/**
 * The log of one thread as far as it was verified: what is wrong with the log itself stops it. What its events show is
 * for `thread-log`.
 *
 * A third party's log may begin at its joining (`enter`), and has the digests of releases in place of what they show.
 */

import { type Hash, type Id, same } from "./bytes.ts";
import { head0 } from "./chain.ts";
import { type EpochRecord, parseSigned } from "./epoch.ts";
import { BadChain, Fork, Gap, Rollback, TimeWentBack } from "./errors.ts";
import {
  Extent,
  headAfter,
  headsAfter,
  type Known,
  type LogEvent,
  type Restoration,
  type Snapshot,
  takeRestored,
} from "./log-extent.ts";
import { type Before, firstRecord, nextRecord, SERVICE, takeEntry, takeReset, takeThird } from "./log-rules.ts";
import type { Place } from "./message.ts";
import type { PublicPseudonym } from "./pseudonym.ts";
import { RESET } from "./reset.ts";
import { explains, RESTORED } from "./restored.ts";
import { verifyProof } from "./stamp.ts";
import { lastLeft, presentAt } from "./stays.ts";
import { type Entry, JOINED, LEFT, type Third } from "./third.ts";
import type { Checkpoint } from "./vault.ts";

export const EPOCH = "epoch";
export const RELEASED = "released";

/** A verified log of one thread, from its first event on. */
export class VerifiedLog {
  readonly thread: Id;
  readonly checkpoint: Checkpoint | null;
  protected readonly known: Known;
  protected readonly log = new Extent();
  #last: Promise<unknown> = Promise.resolve();
  #start = 0;
  /** Under which pseudonym a third party must join, should its log begin so. */
  #entered: PublicPseudonym | null = null;

  constructor(known: Known) {
    this.thread = known.thread;
    this.checkpoint = known.checkpoint ?? null;
    this.known = known;
    this.log.heads.push(head0(known.service, known.thread));
  }

  /** The party whose reset is in force: its next record may lack the old signature. null: nobody's. */
  get reset(): number | null {
    return this.log.reset;
  }

  /** The seq of the first head: 0, or that before a third party's entry. */
  get start(): number {
    return this.#start;
  }

  /** The seq of the last event, 0 for an empty log. */
  get seq(): number {
    return this.start + this.log.heads.length - 1;
  }

  /** The third party that is in, after the last event; null: none. */
  get third(): Third | null {
    return presentAt(this.log.stays, this.seq + 1);
  }

  /** Whether a third party that left holds the key of the epoch in force. */
  get isExposed(): boolean {
    return lastLeft(this.log.stays) > (this.log.recordSeqs.at(-1) ?? Infinity);
  }

  get head(): Hash {
    return this.headAt(this.seq);
  }

  /** The epoch records so far; `records[n]` is epoch n's, unless the log began by `enter`. */
  get records(): readonly EpochRecord[] {
    return this.log.records;
  }

  /** The `restored` events so far. */
  get restorations(): readonly Restoration[] {
    return this.log.restorations;
  }

  /** The event so far that explains why this log need not lead through the checkpoint. */
  get explanation(): Restoration | null {
    return this.#explanation(this.log.restorations);
  }

  /** The head after the event of that seq; seq 0 is the empty log. Throws BadChain beyond either end. */
  headAt(seq: number): Hash {
    const found = this.log.heads[seq - this.start];
    if (found === undefined) throw new BadChain(`the log has no seq ${seq}`);
    return found;
  }

  /**
   * Begins an empty log where a third party enters; the next event must be its joining under `own`.
   *
   * Returns the record in force there, which the joining must name. Throws BadEncoding, BadRecord.
   */
  enter(entry: Entry, own: PublicPseudonym): EpochRecord {
    const { record } = parseSigned(entry.signedRecord);
    this.beginAfter(entry.seq, entry.head);
    this.log.records.splice(0, Infinity, record);
    this.log.recordSeqs.splice(0, Infinity, entry.seq);
    this.#entered = own;
    return record;
  }

  /**
   * Goes on from what an earlier run verified. Throws BadChain unless this log is empty, and Fork when what was verified
   * does not lead through the checkpoint, nor says why.
   */
  protected resumeAt({ start, extent }: Pick<Snapshot, "start" | "extent">): void {
    if (this.log.heads.length > 1 || extent.heads.length === 0) throw new BadChain("this log has begun already");
    const seen = this.checkpoint;
    const there = seen === null ? undefined : extent.heads[seen.position - start];
    const isPassed = seen === null || there === undefined || same(there, seen.head);
    if (!isPassed && this.#explanation(extent.restorations) === null) {
      throw new Fork(`what was kept of this log is not the one that was seen at seq ${seen.position}`);
    }
    this.#start = start;
    this.log.heads.splice(0, Infinity);
    this.#add(extent);
  }

  /** Where a message of that party stands at that seq: what its header must say. Throws BadChain before seq 2. */
  placeAt(seq: number, party: number): Place {
    const record = this.recordAt(seq);
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

  /** The record in force for an event of that seq: the last one before it. */
  protected recordAt(seq: number): EpochRecord {
    const n = this.log.recordSeqs.findLastIndex((begun) => begun < seq);
    const record = this.log.records[n];
    if (record === undefined) throw new BadChain(`no epoch is in force at seq ${seq}`);
    return record;
  }

  /** What comes next follows this head, after that seq; what led there is not known here. */
  protected beginAfter(seq: number, head: Hash): void {
    this.log.heads.splice(0, Infinity, head);
    this.#start = seq;
  }

  /** The head after an event, on the head before it. */
  protected headAfter(event: LogEvent, before: Hash): Hash {
    return headAfter(event, before, this.known.withheld === true);
  }

  #explanation(restorations: readonly Restoration[]): Restoration | null {
    const { checkpoint } = this;
    if (checkpoint === null) return null;
    const spent = this.known.restoresSeen ?? [];
    const isOne = (each: Restoration): boolean =>
      !spent.some((head) => same(head, each.head)) && explains(each.said, checkpoint);
    return restorations.find(isOne) ?? null;
  }

  async #verify(events: readonly LogEvent[]): Promise<void> {
    const added = new Extent();
    added.time = this.log.time;
    added.reset = this.log.reset;
    added.stays = this.log.stays;
    const chained = await this.#chained(events);
    let last: LogEvent | null = null;
    for (const event of events) {
      if (event.seq <= this.seq + added.heads.length) {
        this.#compare(event, added);
      } else {
        await this.#take(event, added, chained[added.heads.length]);
        last = event;
      }
    }
    this.#checkCheckpoint(added);
    if (last !== null) {
      const { stampPublic } = this.known;
      await verifyProof(last.proof, stampPublic, this.thread, last.seq, this.#headIn(added, last.seq));
    }
    this.#add(added);
  }

  #add(added: Readonly<Extent>): void {
    // One at a time: a long log is more than a call takes arguments.
    for (const head of added.heads) this.log.heads.push(head);
    this.log.records.push(...added.records);
    this.log.recordSeqs.push(...added.recordSeqs);
    this.log.restorations.push(...added.restorations);
    this.log.time = added.time;
    this.log.reset = added.reset;
    this.log.stays = added.stays;
  }

  /** The head at a seq of the log with what a range adds to it. Throws BadChain for one that neither has. */
  #headIn(added: Extent, seq: number): Hash {
    return added.heads[seq - this.seq - 1] ?? this.headAt(seq);
  }

  /** The heads of the events that come next without a gap. What else is in a range is for `#take` to judge. */
  async #chained(events: readonly LogEvent[]): Promise<readonly Hash[]> {
    const next: LogEvent[] = [];
    for (const event of events) {
      if (event.seq <= this.seq) continue;
      if (event.seq !== this.seq + next.length + 1) break;
      next.push(event);
    }
    const { chaining = headsAfter, withheld = false } = this.known;
    return next.length === 0 ? [] : chaining(next, this.head, withheld);
  }

  /** `chained`: its head, where that is known already. */
  async #take(event: LogEvent, added: Extent, chained?: Hash): Promise<void> {
    const before = this.seq + added.heads.length;
    if (event.seq !== before + 1) throw new Gap(`seq ${event.seq} follows seq ${before}`);
    if (event.time < added.time)
      throw new TimeWentBack(`the event at seq ${event.seq} is older than the one before it`);
    const inForce = added.records.at(-1) ?? this.log.records.at(-1);
    await this.#takeKind(event, added, inForce);
    const head = chained ?? this.headAfter(event, this.#headIn(added, before));
    added.heads.push(head);
    added.time = event.time;
    if (event.kind === RESTORED && event.party === SERVICE) takeRestored(event, head, added);
  }

  async #takeKind(event: LogEvent, added: Extent, inForce: EpochRecord | undefined): Promise<void> {
    if (this.#entered !== null && event.seq === this.start + 1) {
      const [record] = this.log.records;
      if (record === undefined) throw new BadChain("nobody entered this log");
      await takeEntry(event, added, this.#beforeIn(added, record), this.#entered);
    } else if (event.kind === EPOCH) {
      await this.#takeEpoch(event, added, inForce);
    } else if (inForce === undefined) {
      throw new BadChain("a log begins with its epoch record");
    } else if (event.kind === RESET) {
      await takeReset(event, added, inForce, this.known);
    } else if (event.kind === JOINED || event.kind === LEFT) {
      await takeThird(event, added, this.#beforeIn(added, inForce));
    }
  }

  /** What an event of a range is held against. */
  #beforeIn(added: Extent, record: EpochRecord): Before {
    return {
      start: this.start,
      record,
      stays: added.stays,
      beginsAnew: added.reset !== null,
      headAt: (seq) => this.#headIn(added, seq),
    };
  }

  async #takeEpoch(event: LogEvent, added: Extent, inForce: EpochRecord | undefined): Promise<void> {
    const record =
      inForce === undefined
        ? await firstRecord(event, this.known, this.headAt(0))
        : await nextRecord(event, this.#beforeIn(added, inForce), {
            begun: added.recordSeqs.at(-1) ?? this.log.recordSeqs.at(-1) ?? 0,
            reset: added.reset === event.party,
          });
    added.records.push(record);
    added.recordSeqs.push(event.seq);
    added.reset = null;
  }

  /** The range leads through the checkpoint, or says itself why it does not. */
  #checkCheckpoint(added: Extent): void {
    const seen = this.checkpoint;
    if (seen === null || seen.position <= this.seq || seen.position > this.seq + added.heads.length) return;
    if (same(this.#headIn(added, seen.position), seen.head)) return;
    if (this.#explanation([...this.log.restorations, ...added.restorations]) === null) {
      throw new Fork(`the log at seq ${seen.position} is not the one that was seen before`);
    }
  }

  #compare(event: LogEvent, added: Extent): void {
    const isKnown =
      event.seq > this.start &&
      same(this.headAfter(event, this.#headIn(added, event.seq - 1)), this.#headIn(added, event.seq));
    if (!isKnown) throw new Fork(`the server shows another event at seq ${event.seq} than before`);
  }
}
