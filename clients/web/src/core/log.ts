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
import { decodeContent } from "../e2ee/content.ts";
import type { Entropy } from "../e2ee/entropy.ts";
import { E2EEError, Fork } from "../e2ee/errors.ts";
import { header, openMessage, parsePayload, sealMessage } from "../e2ee/message.ts";
import { makeNotice, type NoticeKind } from "../e2ee/notice.ts";
import type { Third } from "../e2ee/third.ts";
import { type LogEvent, ThreadChain } from "../e2ee/thread-log.ts";
import type { Checkpoint } from "../e2ee/vault.ts";
import type { Base64, Id, LogEntry } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { openRelease } from "./cards.ts";
import { Epochs, openedSecret, ownPseudonym, type Side } from "./epochs.ts";
import { Stopped } from "./errors.ts";
import type { Evidence, Stamped } from "./local.ts";
import { openSaid } from "./said.ts";
import type { Trust } from "./trust.ts";
import type { Item, Message, NotRendered } from "./views.ts";

/** A history that a log must lead through, or explain: how far it was seen, and the `restored` events in it. */
export interface Seen {
  readonly checkpoint: Checkpoint | null;
  readonly restores: readonly Base64<32>[];
}

export class ThreadLog {
  readonly side: Side;
  readonly checkpoint: Checkpoint | null;
  readonly epochs: Epochs;
  readonly items: Item[] = [];
  evidence: Evidence | null = null;
  /** Own cards that the service said it destroyed before any release: one that appears all the same is refused. */
  readonly withdrawn: Set<Id>;
  readonly #trust: Trust;
  readonly #chain: ThreadChain;
  #proof: Base64 | null = null;
  #stopped: Error | null = null;

  constructor(side: Side, trust: Trust, seen: Seen, withdrawn: Iterable<Id> = []) {
    this.side = side;
    this.checkpoint = seen.checkpoint;
    this.epochs = new Epochs(side);
    this.withdrawn = new Set(withdrawn);
    this.#trust = trust;
    this.#chain = new ThreadChain({
      service: fromBase64<IdBytes>(trust.service),
      thread: fromBase64<IdBytes>(side.thread),
      stampPublic: fromBase64<SignPublic>(trust.stampKey),
      checkpoint: seen.checkpoint,
      platform:
        trust.platformKey === null
          ? null
          : { public: fromBase64<SignPublic>(trust.platformKey), audience: trust.attestationAudience },
      restoresSeen: seen.restores.map((head) => fromBase64<Hash>(head)),
    });
  }

  /** Of the last event that was read; 0 before the first. */
  get seq(): number {
    return this.#chain.seq;
  }

  get head(): Hash {
    return this.#chain.head;
  }

  /** The third party that is in, whose grant has verified; null: none. */
  get third(): Third | null {
    return this.#chain.third;
  }

  /** Whether a third party that left has the key of the epoch in force: nothing is to be sealed under it. */
  get isExposed(): boolean {
    return this.#chain.isExposed;
  }

  /** The furthest place of this log, with the service's stamp; null before the first event. */
  get stamped(): Stamped | null {
    return this.#proof === null ? null : { seq: this.seq, head: toBase64<32>(this.head), proof: this.#proof };
  }

  /** Whether a `restored` event says why this log does not lead through its checkpoint. */
  get isExplained(): boolean {
    return this.#chain.explanation !== null;
  }

  /** The heads after each `restored` event. */
  get restores(): Base64<32>[] {
    return this.#chain.restorations.map((each) => toBase64<32>(each.head));
  }

  /** Whether a message of the own side with this id stands in it. */
  shows(msgId: Id): boolean {
    return this.items.some((item) => "msgId" in item && item.own && item.msgId === msgId);
  }

  /** The first epoch that these entries begin and whose wraps are to be fetched before they are read. */
  firstEpochWithoutWraps(entries: readonly LogEntry[]): number | null {
    const begun = this.#begins(entries).map((_, index) => this.epochs.length + index);
    return begun.find((n) => !this.epochs.hasWraps(n)) ?? null;
  }

  /** Whether these entries begin an epoch with a pseudonym of ours whose generation is to be read first. */
  async lacksSeed(entries: readonly LogEntry[]): Promise<boolean> {
    for (const [index, entry] of this.#begins(entries).entries()) {
      const n = this.epochs.length + index;
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
      await this.#chain.verifyRange(events);
    } catch (error) {
      return this.#narrowDown(entries, refusal(error));
    }
    if (this.seq > known) {
      // The only stamp of a range that is verified is its last one, and it is that of this log's head.
      this.#proof = entries.at(-1)?.proof ?? this.#proof;
    }
    const added: Item[] = [];
    for (const [index, event] of events.entries()) {
      if (event.seq <= known) {
        continue;
      }
      try {
        added.push(...(await this.#read(event)));
      } catch (error) {
        this.items.push(...added);
        return [...added, this.stop(refusal(error), entries[index])];
      }
    }
    this.items.push(...added);
    return added;
  }

  /** The service says that its log has `seq` events: stops ours if we saw more. */
  checkEnd(seq: number): NotRendered | null {
    try {
      this.#chain.checkEnd(seq);
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
    this.items.push(shown);
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
   * `reason`: what a closing tells the peer. @throws Stopped, BadRecord before the first epoch.
   */
  async notice(kind: NoticeKind, msgId: Id, reason: string | null): Promise<Bytes> {
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
      reason,
    };
    return makeNotice(said, ownPseudonym(this.epochs.current).sign);
  }

  /** The header of a message of the own side in the epoch in force. @throws BadRecord before the first. */
  header(kind: string, msgId: Id): Bytes {
    const { record } = this.epochs.current;
    return header(kind, record.thread, record.n, record.hash, this.side.party, fromBase64<IdBytes>(msgId));
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

  /** What a verified event shows. Throws what stops the log; events of an unknown kind show nothing. */
  async #read(event: LogEvent): Promise<Item[]> {
    if (event.kind === "epoch") {
      const record = this.#chain.records[this.epochs.length];
      if (record !== undefined) {
        await this.epochs.begin(record, event);
      }
      return [];
    }
    this.epochs.count(event);
    try {
      return await this.#shown(event);
    } catch (error) {
      if (error instanceof Fork) {
        throw error;
      }
      // A fault of this package, which whoever wrote the event may have looked for, must not end the client either.
      const rule = error instanceof E2EEError ? error.name : "BadMessage";
      return [{ type: "refused", seq: event.seq, rule, stopped: false }];
    }
  }

  async #shown(event: LogEvent): Promise<Item[]> {
    switch (event.kind) {
      case "message":
        return [await this.#message(event)];
      case "released":
        return this.#released(event);
      case "reset": {
        const party = await this.#chain.checkReset(event);
        return [{ type: "reset", seq: event.seq, at: event.time, party, own: party === this.side.party }];
      }
      case "restored":
        return [{ type: "restored", seq: event.seq, at: event.time }];
      default:
        return openSaid(this.#chain, event, this.side.party);
    }
  }

  async #message(event: LogEvent): Promise<Message> {
    const place = this.#chain.checkMessage(event);
    const epoch = this.epochs.at(place.epoch);
    const author = this.#chain.authorAt(event.seq, event.party);
    const opened = await openMessage(event.payload, openedSecret(epoch), author, place);
    this.#chain.checkSeen(event.seq, opened.seenSeq, opened.seenHead);
    this.#chain.takeMessage(event);
    const parts = parsePayload(event.payload);
    const own = event.party === this.side.party;
    const content = decodeContent(opened.content);
    return {
      type: "message",
      seq: event.seq,
      at: event.time,
      party: event.party,
      own,
      msgId: toBase64<16>(parts.msgId),
      kind: parts.kind,
      text: content.kind === "Text" ? content.text : null,
      author: own ? await this.side.keys.readTag(parts.headerBytes, parts.salt, opened.tag) : null,
    };
  }

  async #released(event: LogEvent): Promise<Item[]> {
    const released = this.#chain.checkRelease(event);
    const { shown, refused } = await openRelease(
      released,
      event,
      this.epochs,
      this.#chain,
      this.#trust,
      this.withdrawn,
    );
    const items: Item[] = refused.map((rule) => ({ type: "refused", seq: event.seq, rule, stopped: false }));
    if (shown.length > 0) {
      items.push({ type: "released", seq: event.seq, at: event.time, cards: shown });
    }
    return items;
  }
}

function eventOf(entry: LogEntry): LogEvent {
  return {
    seq: entry.seq,
    time: entry.at,
    kind: entry.kind,
    party: entry.party,
    payload: fromBase64(entry.payload),
    proof: fromBase64(entry.proof),
  };
}

/** What verification refused; anything else is a fault of this package. */
function refusal(error: unknown): E2EEError {
  if (error instanceof E2EEError) {
    return error;
  }
  throw error;
}
