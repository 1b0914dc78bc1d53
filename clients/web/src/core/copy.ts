/** One log and this device's copy of it: gone on from at a start, written as it grows, read where one scrolls back. */

import { E2EEError } from "../e2ee/errors.ts";
import type { Id } from "../wire/types.ts";
import { StorageDamaged } from "./errors.ts";
import { KeptLog, pageBegin, pageEvents } from "./kept.ts";
import type { ThreadLog } from "./log.ts";
import type { Stretch } from "./office.ts";
import type { Storage } from "./storage.ts";
import type { Item } from "./views.ts";

/** A stretch has at least so many items, or is so many pages long: pages may hold events that show nothing. */
const stretchItems = 64;
const stretchPages = 4;

export class Copy {
  readonly #kept: KeptLog;
  /** Whether the browser has no room for it: it is then verified at each start, and shown all the same. */
  #isFull = false;

  constructor(storage: Storage, thread: Id) {
    this.#kept = new KeptLog(storage, thread);
  }

  /**
   * Has an empty log go on from what was kept. False: what was kept is not as it was written, or leads elsewhere than the
   * log must; it is let go of, and another log is to be begun. `onShown`: as `ThreadLog.resume` has it.
   */
  async resumed(log: ThreadLog, onShown: () => void): Promise<boolean> {
    try {
      const kept = await this.#kept.load();
      if (kept !== null) {
        await log.resume(kept, onShown);
      }
      return true;
    } catch (error) {
      if (!(error instanceof StorageDamaged || error instanceof E2EEError)) {
        throw error;
      }
      await this.#kept.forget();
      return false;
    }
  }

  /** Keeps what was verified meanwhile, as long as there is room. */
  async save(log: ThreadLog): Promise<void> {
    const { verified } = log;
    if (log.evidence !== null || verified === null || this.#isFull) {
      return;
    }
    try {
      await this.#kept.save(verified);
      log.trim(await this.#kept.seq());
    } catch (error) {
      if (!(error instanceof DOMException && error.name === "QuotaExceededError")) {
        throw error;
      }
      this.#isFull = true;
    }
  }

  async forget(): Promise<void> {
    await this.#kept.forget();
  }

  /** What the events before `seq` show: a page, and those before it where that is short. @throws StorageDamaged */
  async before(log: ThreadLog, seq: number): Promise<Stretch> {
    const { first } = log;
    const to = Math.min(seq - 1, log.seq);
    const pages: (readonly Item[])[] = [];
    let from = to + 1;
    let count = 0;
    while (from > first && count < stretchItems && pages.length < stretchPages) {
      const end = from - 1;
      from = pageBegin(end, first - 1);
      const items = await this.#page(log, from, end);
      pages.unshift(items);
      count += items.length;
    }
    return { items: pages.flat(), from, to };
  }

  /** What the events after `seq` show, to the end of their page. @throws StorageDamaged */
  async after(log: ThreadLog, seq: number): Promise<Stretch> {
    const from = Math.max(seq + 1, log.first);
    const to = Math.min(pageBegin(from, log.first - 1) + pageEvents - 1, log.seq);
    return { items: from > to ? [] : await this.#page(log, from, to), from, to };
  }

  /** What these events of one page show: at hand, or read from where it is kept. */
  async #page(log: ThreadLog, from: number, to: number): Promise<readonly Item[]> {
    const items = from >= log.from ? log.items : await this.#kept.items(await this.#kept.pageOf(from));
    return items.filter((item) => item.seq >= from && item.seq <= to);
  }
}
