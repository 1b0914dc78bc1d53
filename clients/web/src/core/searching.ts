/** Search in what this device keeps of conversations: newest first, a page at a time, and no more than is shown. */

import type { Id } from "../wire/types.ts";
import { StorageDamaged } from "./errors.ts";
import { holds, placeOf, wordsOf } from "./folding.ts";
import { KeptLog } from "./kept.ts";
import { openStorage, type Storage } from "./storage.ts";
import { pause } from "./tasks.ts";
import type { Item } from "./views.ts";

/** So many messages are found at most; who finds more says more of what is sought. */
const hitsMax = 50;
/** Of one conversation, so that a long one does not hide the others. */
const hitsOfOneMax = 10;
/** So many pages are read at most: half a million events. */
const pagesMax = 4_000;
/** Shown around what was found, in UTF-16 units. */
const around = 60;

/** A message that holds all the words, with the first of them in its surroundings. */
export interface Hit {
  readonly thread: Id;
  readonly seq: number;
  readonly at: number;
  readonly own: boolean;
  readonly before: string;
  readonly match: string;
  readonly after: string;
}

export interface Found {
  readonly hits: readonly Hit[];
  /** Whether there may be more than these. */
  readonly more: boolean;
}

/** `searchIn` in the storage of this name, wherever this runs. */
export async function search(database: string, threads: readonly Id[], searched: string): Promise<Found> {
  const storage = await openStorage(database);
  try {
    return await searchIn(storage, threads, searched);
  } finally {
    storage.close();
  }
}

/** Searches these conversations, in this order. */
export async function searchIn(storage: Storage, threads: readonly Id[], searched: string): Promise<Found> {
  const words = wordsOf(searched);
  const hits: Hit[] = [];
  let pagesLeft = pagesMax;
  let more = false;
  for (const thread of words.length === 0 ? [] : threads) {
    const kept = new KeptLog(storage, thread);
    let ofThis = 0;
    for (let page = (await pagesOf(kept)) - 1; page >= 0; page -= 1) {
      if (hits.length >= hitsMax || ofThis >= hitsOfOneMax || pagesLeft === 0) {
        more = true;
        break;
      }
      pagesLeft -= 1;
      const found = hitsIn(await itemsOf(kept, page), thread, words);
      const room = Math.min(hitsOfOneMax - ofThis, hitsMax - hits.length);
      more ||= found.length > room;
      hits.push(...found.slice(0, room));
      ofThis += Math.min(found.length, room);
      await pause(0);
    }
  }
  return { hits, more };
}

/** A message's hit; null where a word is missing. */
export function hitIn(item: Item, thread: Id, words: readonly string[]): Hit | null {
  const [first] = words;
  if (item.type !== "message" || item.text === null || first === undefined || !holds(item.text, words)) {
    return null;
  }
  const { seq, at, own, text } = item;
  const { start, end } = placeOf(text, first) ?? { start: 0, end: 0 };
  const before = text.slice(Math.max(0, start - around), start);
  const after = text.slice(end, end + around);
  return {
    thread,
    seq,
    at,
    own,
    before: `${start > around ? "…" : ""}${whole(before)}`,
    match: text.slice(start, end),
    after: `${whole(after)}${end + around < text.length ? "…" : ""}`,
  };
}

/** Newest first. */
function hitsIn(items: readonly Item[], thread: Id, words: readonly string[]): readonly Hit[] {
  return items.toReversed().flatMap((item) => hitIn(item, thread, words) ?? []);
}

/** A text that was cut anywhere, without half a character at its ends. */
function whole(text: string): string {
  return text.replace(/^[\uDC00-\uDFFF]/u, "").replace(/[\uD800-\uDBFF]$/u, "");
}

/** What does not open is searched when it was read anew. */
async function pagesOf(kept: KeptLog): Promise<number> {
  try {
    return await kept.pages();
  } catch (error) {
    if (error instanceof StorageDamaged) {
      return 0;
    }
    throw error;
  }
}

async function itemsOf(kept: KeptLog, page: number): Promise<readonly Item[]> {
  try {
    return await kept.items(page);
  } catch (error) {
    if (error instanceof StorageDamaged) {
      return [];
    }
    throw error;
  }
}
