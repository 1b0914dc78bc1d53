/**
 * What the verified events of one thread show, in their order.
 *
 * What is wrong with one event is not rendered, and the next one follows: nobody ends a conversation by one bad message.
 * Only a fork is thrown, and stops the log. Runs of messages are opened together, where `Heavy` does that.
 */

import type { Bytes, SignPublic } from "../e2ee/bytes.ts";
import { type Read, type Refused, ruleOf, type Sealed } from "../e2ee/batch.ts";
import { decodeContent } from "../e2ee/content.ts";
import { Fork } from "../e2ee/errors.ts";
import { FROZEN, openFrozen } from "../e2ee/freeze.ts";
import { parsePayload } from "../e2ee/message.ts";
import { THIRD } from "../e2ee/third.ts";
import { type LogEvent, MESSAGE, type ThreadChain } from "../e2ee/thread-log.ts";
import type { Id } from "../wire/types.ts";
import { toBase64 } from "./base64.ts";
import { openRelease } from "./cards.ts";
import { type Epochs, openedSecret } from "./epochs.ts";
import type { Heavy } from "./heavy.ts";
import { openSaid } from "./said.ts";
import type { Trust } from "./trust.ts";
import type { Item, Message } from "./views.ts";

/** So many messages are opened in one go. */
const messagesMax = 64;

export interface ReaderParts {
  readonly chain: ThreadChain;
  readonly epochs: Epochs;
  readonly trust: Trust;
  readonly heavy: Heavy;
  /** Own cards that must not appear. */
  readonly withdrawn: ReadonlySet<Id>;
  /** Gets the messages of the own side whose tag no seed opened, by their id. */
  readonly untagged: Map<Id, Untagged>;
}

/** A message of the own side, and its seat tag. */
export interface Untagged {
  readonly payload: Bytes;
  readonly tag: Bytes;
}

export class Reader {
  readonly #parts: ReaderParts;
  readonly #party: number;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.#party = parts.epochs.side.party;
  }

  /** What each of these events shows; nothing for one of an unknown kind. @throws what stops the log at that event. */
  async *read(events: readonly LogEvent[]): AsyncGenerator<readonly Item[]> {
    for (let at = 0; at < events.length;) {
      const run = runOf(events.slice(at, at + messagesMax));
      if (run.length > 0) {
        const opened = await this.#opened(run);
        for (const [index, event] of run.entries()) {
          this.#parts.epochs.count(event);
          yield await this.#rendered(event, () => this.#message(event, opened[index]));
        }
      } else {
        for (const event of events.slice(at, at + 1)) {
          yield await this.#other(event);
        }
      }
      at += Math.max(1, run.length);
    }
  }

  async #other(event: LogEvent): Promise<readonly Item[]> {
    const { epochs, chain } = this.#parts;
    if (event.kind === "epoch") {
      const record = chain.records[epochs.length];
      if (record !== undefined) {
        await epochs.begin(record, event);
      }
      return [];
    }
    epochs.count(event);
    return this.#rendered(event, () => this.#shown(event));
  }

  /** A fault of this package, which whoever wrote the event may have looked for, must not end the client either. */
  async #rendered(event: LogEvent, show: () => Promise<readonly Item[]> | readonly Item[]): Promise<readonly Item[]> {
    try {
      return await show();
    } catch (error) {
      if (error instanceof Fork) {
        throw error;
      }
      return [{ type: "refused", seq: event.seq, rule: ruleOf(error), stopped: false }];
    }
  }

  async #shown(event: LogEvent): Promise<readonly Item[]> {
    const { chain } = this.#parts;
    switch (event.kind) {
      case "released":
        return this.#released(event);
      case "reset": {
        const party = await chain.checkReset(event);
        return [{ type: "reset", seq: event.seq, at: event.time, party, own: party === this.#party }];
      }
      case FROZEN:
        return [{ type: "froze", seq: event.seq, at: event.time, frozen: openFrozen(event.payload, event.party) }];
      case "restored":
        return [{ type: "restored", seq: event.seq, at: event.time }];
      default:
        return openSaid(chain, event, this.#party);
    }
  }

  /** Opens a run of messages; what cannot even be tried has its rule at once. */
  async #opened(run: readonly LogEvent[]): Promise<readonly (Read | Refused | undefined)[]> {
    const tried = await Promise.all(run.map((event) => this.#sealed(event)));
    const sealed = tried.filter((each) => "payload" in each);
    const outcomes = await this.#parts.heavy.open(sealed);
    let next = 0;
    return tried.map((each) => {
      if (!("payload" in each)) {
        return each;
      }
      next += 1;
      return outcomes[next - 1];
    });
  }

  async #sealed(event: LogEvent): Promise<Sealed | Refused> {
    const { chain, epochs } = this.#parts;
    try {
      const place = chain.checkMessage(event);
      const epochSecret = openedSecret(await epochs.at(place.epoch));
      const author: SignPublic = chain.authorAt(event.seq, event.party);
      const seeds = event.party === this.#party ? epochs.side.keys.tagSeeds : [];
      return { payload: event.payload, epochSecret, author, place, seeds };
    } catch (error) {
      return { rule: ruleOf(error) };
    }
  }

  #message(event: LogEvent, opened: Read | Refused | undefined): readonly Item[] {
    if (opened === undefined || "rule" in opened) {
      return [{ type: "refused", seq: event.seq, rule: opened?.rule ?? "BadMessage", stopped: false }];
    }
    const { chain } = this.#parts;
    chain.checkSeen(event.seq, opened.seenSeq, opened.seenHead);
    chain.takeMessage(event);
    const { kind, msgId } = parsePayload(event.payload);
    const content = decodeContent(opened.content);
    const { author, tag } = opened;
    if (author === null && event.party === this.#party) {
      this.#parts.untagged.set(toBase64<16>(msgId), { payload: event.payload, tag });
    }
    const message: Message = {
      type: "message",
      seq: event.seq,
      at: event.time,
      party: event.party,
      own: event.party === this.#party,
      msgId: toBase64<16>(msgId),
      kind,
      text: content.kind === "Text" ? content.text : null,
      author: author === null ? null : { seat: toBase64<16>(author.seat), rosterHead: toBase64<32>(author.rosterHead) },
    };
    return [message];
  }

  async #released(event: LogEvent): Promise<readonly Item[]> {
    const { chain, epochs, trust, withdrawn } = this.#parts;
    if (this.#party === THIRD) {
      chain.checkWithheld(event);
      return [{ type: "released", seq: event.seq, at: event.time, cards: [] }];
    }
    const { shown, refused } = await openRelease(chain.checkRelease(event), event, epochs, chain, trust, withdrawn);
    const items: Item[] = refused.map((rule) => ({ type: "refused", seq: event.seq, rule, stopped: false }));
    if (shown.length > 0) {
      items.push({ type: "released", seq: event.seq, at: event.time, cards: shown });
    }
    return items;
  }
}

/** The messages at the beginning of these events. */
function runOf(events: readonly LogEvent[]): readonly LogEvent[] {
  const end = events.findIndex((event) => event.kind !== MESSAGE);
  return end === -1 ? events : events.slice(0, end);
}
