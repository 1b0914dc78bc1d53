/**
 * What a restored backup cost this person in one conversation: their own texts that the service took and has no more
 * (SPEC.md section 7.4). They stay here until the person has them sent again, each under its own id, so that what another
 * device sent again meanwhile is not doubled; or lets them go.
 */

import type { Id } from "../wire/types.ts";
import { shelves } from "./local.ts";
import type { ThreadLog } from "./log.ts";
import type { Storage } from "./storage.ts";

/** A text of one's own side that a service lost. */
export interface LostText {
  readonly msgId: Id;
  readonly text: string;
  readonly at: number;
}

/** Beyond this, the oldest are let go. */
const lostMax = 500;

/** The texts of one's own side, as far as a log has them at hand, in their order. */
export function textsOf({ items }: ThreadLog): readonly LostText[] {
  return items.flatMap((item) =>
    item.type === "message" && item.own && item.text !== null
      ? [{ msgId: item.msgId, text: item.text, at: item.at }]
      : [],
  );
}

/** Of one thread. */
export class Losses {
  readonly #storage: Storage;
  readonly #thread: Id;
  readonly #changed: () => void;
  #lost: readonly LostText[] = [];

  constructor(storage: Storage, thread: Id, changed: () => void) {
    this.#storage = storage;
    this.#thread = thread;
    this.#changed = changed;
  }

  /** In the order in which they stood. */
  get all(): readonly LostText[] {
    return this.#lost;
  }

  /** Keeps the own texts of a log that is about to be given up, as far as they are at hand. */
  async keep(before: ThreadLog): Promise<void> {
    const known = await this.#kept();
    const more = textsOf(before).filter(({ msgId }) => !known.some((each) => each.msgId === msgId));
    await this.#save([...known, ...more].slice(-lostMax));
  }

  /** Of what was kept, what this log does not show is lost. Called once it was read. @throws StorageDamaged */
  async compare(now: ThreadLog): Promise<void> {
    const kept = await this.#kept();
    const lost = kept.filter(({ msgId }) => !now.shows(msgId));
    if (lost.length < kept.length) {
      await this.#save(lost);
    }
    this.#show(lost);
  }

  /** This one was sent again, or is let go. */
  async forget(msgId: Id): Promise<void> {
    const left = this.#lost.filter((each) => each.msgId !== msgId);
    await this.#save(left);
    this.#show(left);
  }

  async #kept(): Promise<readonly LostText[]> {
    return (await shelves.lost.load(this.#storage, this.#thread)) ?? [];
  }

  async #save(lost: readonly LostText[]): Promise<void> {
    if (lost.length === 0) {
      await shelves.lost.delete(this.#storage, this.#thread);
    } else {
      await shelves.lost.save(this.#storage, lost, this.#thread);
    }
  }

  #show(lost: readonly LostText[]): void {
    if (lost.length + this.#lost.length > 0) {
      this.#lost = lost;
      this.#changed();
    }
  }
}
