/**
 * The reader's verifier of one thread's log (SPEC.md section 7.3): what a server can do to it, this finds.
 *
 * Two kinds of refusals. What is wrong with the log itself (a gap, time going back, a stamp, a fork, an epoch record
 * against the rules) stops it: `verifyRange` throws and takes nothing of the range. What is wrong with one event (a
 * message of another thread or epoch, an id used twice) concerns that event alone: `checkMessage`, `checkNotice` and
 * `checkRelease` throw, the event is not shown, and the log goes on; so does `cardPlace` for one card of a release.
 * Nobody ends a conversation with one bad message. `takeMessage`, `takeNotice` and `takeCard` come last: what is not
 * shown takes nobody's id.
 *
 * A third party's log may begin at its joining (`enter`), and has the digests of releases in place of what they show.
 */

import { type Hash, hex, type Id, type SignPublic } from "./bytes.ts";
import { BadCard, WrongHeader } from "./errors.ts";
import { type LogEvent, type Snapshot, UsedIds } from "./log-extent.ts";
import { authorIn, type Before, joinedIn, noticeIn, resetIn, seenIn, SERVICE } from "./log-rules.ts";
import { CARD_KIND, checkPlace, parsePayload, type Place } from "./message.ts";
import type { Notice } from "./notice.ts";
import { parseReleased, type ReleasedCard } from "./release.ts";
import { begunAt, type Stays } from "./stays.ts";
import { type Invitation, type Joining, openInvited, type Third, withheldDigest } from "./third.ts";
import { VerifiedLog } from "./verified-log.ts";

export type { Known, LogEvent, Restoration, Snapshot } from "./log-extent.ts";
export { SERVICE } from "./log-rules.ts";
export { EPOCH } from "./verified-log.ts";

export const MESSAGE = "message";

/** A verified log of one thread, from its first event on, and what its events may show. */
export class ThreadChain extends VerifiedLog {
  readonly #ids = new UsedIds();
  /** The parties whose cards opened. */
  #sides: ReadonlySet<number> = new Set();

  /** What was verified, for `resume` in a later run. It shares its parts with this log: write it down, or copy it. */
  get snapshot(): Snapshot {
    return { start: this.start, extent: this.log, ids: this.#ids.all, sides: [...this.#sides] };
  }

  /** Who was a third party here, and when. */
  get stays(): Stays {
    return this.log.stays;
  }

  /** Goes on from a snapshot; this log must be empty. Throws BadChain, or Fork as `verifyRange`. */
  resume(snapshot: Snapshot): void {
    this.resumeAt(snapshot);
    for (const [id, place] of snapshot.ids) this.#ids.take(place, [id]);
    this.#sides = new Set(snapshot.sides);
  }

  /** Whether a message or notice of that party with this id was taken. */
  hasTaken(party: number, id: Id): boolean {
    return this.#ids.has(`${MESSAGE}:${party}:${hex(id)}`);
  }

  /** The signing key of that party when the event of that seq came. Throws WrongHeader, BadChain. */
  authorAt(seq: number, party: number): SignPublic {
    return authorIn({ record: this.recordAt(seq), stays: this.log.stays }, seq, party);
  }

  /**
   * Checks a verified event of kind `reset` and returns whose side begins anew.
   *
   * Throws BadRecord or BadAttestation, when the platform did not say so of the epoch in force, or BadEncoding.
   */
  async checkReset(event: LogEvent): Promise<number> {
    return resetIn(event, this.recordAt(event.seq), this.known);
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
    this.authorAt(event.seq, event.party);
    if (parts.kind === CARD_KIND) throw new WrongHeader("a card appears by release only");
    return place;
  }

  /**
   * Checks a verified event of a notice's kind and returns what it says. `checkSeen` and `takeNotice` follow.
   *
   * Throws BadEncoding, WrongHeader, BadSignature, or BadInvitation for a leaving of who is not in.
   */
  async checkNotice(event: LogEvent): Promise<Notice> {
    return noticeIn(event, this.#beforeAt(event));
  }

  /**
   * Checks a verified event of kind `invited` and returns what it proposes. `takeId` follows.
   *
   * Throws BadEncoding, WrongHeader, BadSignature, BadInvitation, FutureSeen or Fork.
   */
  async checkInvited(event: LogEvent): Promise<Invitation> {
    const invitation = await openInvited(event.payload, this.recordAt(event.seq), event.party);
    this.checkSeen(event.seq, invitation.seenSeq, invitation.seenHead);
    return invitation;
  }

  /**
   * Checks a verified event of kind `joined` and returns whom both sides let in. `takeId` follows.
   *
   * Throws BadEncoding, WrongHeader, BadSignature, BadInvitation (somebody is in, or the two do not invite), FutureSeen,
   * Fork, or Repeated for an invitation that let somebody in before.
   */
  async checkJoined(event: LogEvent): Promise<{ joining: Joining; third: Third }> {
    return joinedIn(event, this.#beforeAt(event));
  }

  /** Checks a verified event of kind `released` as a third party has it. Throws BadCard or BadEncoding. */
  checkWithheld(event: LogEvent): Hash {
    if (event.party !== SERVICE) throw new BadCard("only the service releases cards");
    return withheldDigest(event.payload);
  }

  /** Checks a verified event of kind `released` and returns its cards. Throws BadCard or BadEncoding. */
  checkRelease(event: LogEvent): ReleasedCard[] {
    if (event.party !== SERVICE) throw new BadCard("only the service releases cards");
    return parseReleased(event.payload);
  }

  /** The place of a released card: under its own header's epoch. Throws WrongHeader or BadEncoding. */
  cardPlace(card: ReleasedCard): Place {
    const parts = parsePayload(card.payload);
    const record = this.log.records.find(({ n }) => n === parts.epoch);
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
   * What a third party's log does not have, it cannot compare. Throws FutureSeen or Fork.
   */
  checkSeen(seq: number, seenSeq: number, seenHead: Hash): void {
    seenIn(seq, seenSeq, seenHead, { start: this.start, headAt: (known) => this.headAt(known) });
  }

  /** Takes the id of a message that verified in all else. Throws Repeated when its party has shown that id. */
  takeMessage(event: LogEvent): void {
    this.#ids.take(`${event.seq}`, [`${MESSAGE}:${event.party}:${hex(parsePayload(event.payload).msgId)}`]);
  }

  /** Takes the id of a notice that verified in all else. Throws Repeated when its party has shown that id. */
  takeNotice(seq: number, notice: Notice): void {
    this.takeId(seq, notice);
  }

  /** Takes the id of what a party said at `seq`. Throws Repeated when that party has shown that id. */
  takeId(seq: number, said: { readonly party: number; readonly id: Id }): void {
    this.#ids.take(`${seq}`, [`${MESSAGE}:${said.party}:${hex(said.id)}`]);
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

  /** What an event that was taken is held against, read again after more was. */
  #beforeAt(event: LogEvent): Before {
    const { stays } = this.log;
    return {
      start: this.start,
      record: this.recordAt(event.seq),
      stays,
      // What counts is whether a reset was in force then.
      beginsAnew: !begunAt(stays, event.seq),
      headAt: (seq) => this.headAt(seq),
    };
  }
}
