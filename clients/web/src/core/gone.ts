/**
 * Conversations that a service restored from a backup has no more (SPEC.md section 7.4): what one's own side wrote in each
 * stays here until the person begins it again, or lets it go. Whoever opened a conversation can begin it again, with the same
 * message ids, so that what a colleague began again meanwhile is not doubled; the other side waits for that.
 *
 * And those that the service has no more for another reason: of them stays what was never sent, as nobody else has it.
 */

import type { Id, Presentation } from "../wire/types.ts";
import { NotSeated } from "./errors.ts";
import { type Outgoing, shelves } from "./local.ts";
import { type LostText, textsOf } from "./losing.ts";
import type { Mailbox } from "./mailbox.ts";
import { textOf } from "./outgoing.ts";
import type { RefusedText } from "./refusals.ts";
import type { Storage } from "./storage.ts";
import type { Thread } from "./thread.ts";

export interface GoneThread {
  readonly thread: Id;
  readonly mailbox: Id;
  readonly target: Id;
  readonly peer: Presentation;
  /** Whether the own side opened it. */
  readonly opened: boolean;
  readonly own: readonly LostText[];
  /** Not by a backup: it was erased, is past its time, or the stay in it is over; `own` was never sent. */
  readonly erased?: boolean;
}

export class GoneThreads {
  readonly #storage: Storage;
  readonly #mailboxes: ReadonlyMap<Id, Mailbox>;
  readonly #changed: () => void;
  #all: readonly GoneThread[] = [];

  constructor(storage: Storage, mailboxes: ReadonlyMap<Id, Mailbox>, changed: () => void) {
    this.#storage = storage;
    this.#mailboxes = mailboxes;
    this.#changed = changed;
  }

  get all(): readonly GoneThread[] {
    return this.#all;
  }

  /** Takes up what an earlier run kept. @throws StorageDamaged */
  async restore(): Promise<void> {
    this.#all = await shelves.gone.all(this.#storage);
  }

  /** Keeps what this device has of a conversation that the restored service does not know, also what was never sent. */
  async keep({ id, state, follower, outbox }: Thread): Promise<void> {
    await follower.open();
    const { mailbox, target, peer, party } = state;
    const gone = { thread: id, mailbox, target, peer, opened: party === 0, own: textsOf(follower.log) };
    await this.#keep(gone, outbox.end(), outbox.refusals.all);
  }

  /** Keeps only what was never sent of one that the service has no more for another reason. */
  async keepUnsent({ id, state, outbox }: Thread): Promise<void> {
    const { mailbox, target, peer } = state;
    const gone = { thread: id, mailbox, target, peer, opened: false, own: [], erased: true };
    await this.#keep(gone, outbox.end(), outbox.refusals.all);
  }

  /** Takes what an earlier version, or the end of a run, left of one beside it. */
  async take(
    unsent: ReadonlyMap<Id, readonly Outgoing[]>,
    refused: ReadonlyMap<Id, readonly RefusedText[]>,
  ): Promise<void> {
    for (const gone of this.#all) {
      const waiting = unsent.get(gone.thread) ?? [];
      const refusals = refused.get(gone.thread) ?? [];
      if (waiting.length + refusals.length > 0) {
        await this.#keep(gone, waiting, refusals);
      }
    }
  }

  /** In one write with the end of what was never sent: at no moment is a text kept nowhere. */
  async #keep(gone: GoneThread, waiting: readonly Outgoing[], refused: readonly RefusedText[]): Promise<void> {
    const { thread } = gone;
    const before = this.#all.find((each) => each.thread === thread)?.own ?? [];
    const refusals = refused.map(({ msgId, text, at }) => ({ msgId, text, at }));
    const unsent = [...refusals, ...waiting.flatMap(lostOf)].sort((a, b) => a.at - b.at);
    const texts = [...before, ...gone.own, ...unsent];
    const own = [...new Map(texts.map((each) => [each.msgId, each])).values()];
    const kept = own.length > 0 ? [{ ...gone, own }] : [];
    await this.#storage.write(new Map(kept.map((each) => [shelves.gone.name(thread), each])), [
      ...waiting.map(({ msgId }) => shelves.outgoing.name(thread, msgId)),
      ...refused.map(({ msgId }) => shelves.refused.name(thread, msgId)),
    ]);
    this.#all = [...this.#all.filter((each) => each.thread !== thread), ...kept];
    this.#changed();
  }

  /**
   * Opens one anew, with all that the own side wrote. Done once more, nothing is doubled. @throws NotSeated: its mailbox is
   * not open, and nothing is forgotten.
   */
  async beginAgain(thread: Id): Promise<void> {
    const gone = this.#all.find((each) => each.thread === thread && each.opened);
    if (gone === undefined) {
      return;
    }
    const mailbox = this.#mailboxes.get(gone.mailbox);
    if (mailbox === undefined) {
      throw new NotSeated("no seat in this mailbox");
    }
    for (const { msgId, text } of gone.own) {
      await mailbox.first.write(msgId, gone.target, text);
    }
    await this.forget(thread);
  }

  /** It was begun again, or is let go. */
  async forget(thread: Id): Promise<void> {
    await shelves.gone.delete(this.#storage, thread);
    this.#all = this.#all.filter((each) => each.thread !== thread);
    this.#changed();
  }

  /** Its mailbox is not this account's any more. */
  async drop(mailbox: Id): Promise<void> {
    for (const { thread } of this.#all.filter((each) => each.mailbox === mailbox)) {
      await this.forget(thread);
    }
  }
}

function lostOf(message: Outgoing): LostText[] {
  const text = textOf(message);
  return text === null ? [] : [{ msgId: message.msgId, text, at: message.at }];
}
