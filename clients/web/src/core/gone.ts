/**
 * Conversations that a service restored from a backup has no more (SPEC.md section 7.4): what one's own side wrote in each
 * stays here until the person begins it again, or lets it go. Whoever opened a conversation can begin it again, with the same
 * message ids, so that what a colleague began again meanwhile is not doubled; the other side waits for that.
 */

import type { Id, Presentation } from "../wire/types.ts";
import { NotSeated } from "./errors.ts";
import { type Outgoing, shelves } from "./local.ts";
import { type LostText, textsOf } from "./losing.ts";
import type { Mailbox } from "./mailbox.ts";
import { textOf } from "./outgoing.ts";
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

  /** Keeps what this device has of a conversation that the restored service does not know, also what waited to be sent. */
  async keep({ id, state, follower, outbox }: Thread): Promise<void> {
    await follower.open();
    const { mailbox, target, peer, party } = state;
    const gone = { thread: id, mailbox, target, peer, opened: party === 0, own: textsOf(follower.log) };
    await this.#keep(gone, outbox.end());
  }

  /** Takes what an earlier version left unsent of one. */
  async take(unsent: ReadonlyMap<Id, readonly Outgoing[]>): Promise<void> {
    for (const gone of this.#all) {
      const waiting = unsent.get(gone.thread);
      if (waiting !== undefined) {
        await this.#keep(gone, waiting);
      }
    }
  }

  /** In one write with the end of what waited: at no moment is a text kept nowhere. */
  async #keep(gone: GoneThread, waiting: readonly Outgoing[]): Promise<void> {
    const { thread } = gone;
    const before = this.#all.find((each) => each.thread === thread)?.own ?? [];
    const texts = [...before, ...gone.own, ...waiting.flatMap(lostOf)];
    const own = [...new Map(texts.map((each) => [each.msgId, each])).values()];
    const kept = own.length > 0 ? [{ ...gone, own }] : [];
    await this.#storage.write(
      new Map(kept.map((each) => [shelves.gone.name(thread), each])),
      waiting.map(({ msgId }) => shelves.outgoing.name(thread, msgId)),
    );
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
