/**
 * Texts that the service refused for good, in one conversation: nobody else has them. They stay here with the reason, to be
 * read and copied, until the person lets each go.
 */

import type { Id } from "../wire/types.ts";
import { type Outgoing, shelves } from "./local.ts";
import type { Storage } from "./storage.ts";

export interface RefusedText {
  readonly thread: Id;
  readonly msgId: Id;
  readonly text: string;
  readonly at: number;
  /** Of the problem. */
  readonly code: string;
}

/** Of one thread. */
export class Refusals {
  readonly #storage: Storage;
  readonly #changed: () => void;
  readonly #all = new Map<Id, RefusedText>();

  constructor(storage: Storage, changed: () => void) {
    this.#storage = storage;
    this.#changed = changed;
  }

  /** As they were written. */
  get all(): readonly RefusedText[] {
    return [...this.#all.values()].sort((a, b) => a.at - b.at);
  }

  has(msgId: Id): boolean {
    return this.#all.has(msgId);
  }

  /** Takes up what an earlier run kept. */
  restore(refused: readonly RefusedText[]): void {
    for (const each of refused) {
      this.#all.set(each.msgId, each);
    }
  }

  /** Instead of the message that waited to be sent: at no moment is its text kept nowhere. */
  async keep({ thread, msgId, at }: Outgoing, text: string, code: string): Promise<void> {
    const refused = { thread, msgId, text, at, code };
    await this.#storage.write(new Map([[shelves.refused.name(thread, msgId), refused]]), [
      shelves.outgoing.name(thread, msgId),
    ]);
    this.#all.set(msgId, refused);
    this.#changed();
  }

  /** It is let go. */
  async forget(thread: Id, msgId: Id): Promise<void> {
    await shelves.refused.delete(this.#storage, thread, msgId);
    this.#all.delete(msgId);
    this.#changed();
  }
}
