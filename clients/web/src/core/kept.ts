/**
 * What this device verified of one thread's log: a start goes on from there, and verifies what is new alone.
 *
 * Events stand in pages of `pageEvents`: their heads, the ids that they used and the records that they began in one
 * value, what they show in another. A state names the pages with a mark drawn anew at each writing, and both are written
 * in one transaction: an older page in the place of a newer one is noticed like an altered one. Whether the state itself
 * is an older one is found out by the checkpoints of the account's vault, which the log must lead through.
 */

import { type Bytes, concat, exactly, HASH, type Hash } from "../e2ee/bytes.ts";
import { E2EEError } from "../e2ee/errors.ts";
import { parseRecord } from "../e2ee/epoch.ts";
import { Extent } from "../e2ee/log-extent.ts";
import type { Snapshot } from "../e2ee/thread-log.ts";
import type { Base64, Id } from "../wire/types.ts";
import { fromBase64, hexOfId, toBase64 } from "./base64.ts";
import type { Begun } from "./epochs.ts";
import { StorageDamaged } from "./errors.ts";
import type { Gist } from "./gist.ts";
import { shelves, type Standing, type Wrapped } from "./local.ts";
import type { Storage } from "./storage.ts";
import { tagged, untagged } from "./tagged.ts";
import type { Item } from "./views.ts";

/** Events of one page. What a new event writes anew is one page at most. */
export const pageEvents = 256;
/** A log is kept up to here; what follows is verified at each start. */
export const keptEventsMax = 65_536;
const format = 3;

/** A log as far as it was verified, with what it shows from the event `from` on. */
export interface Verified {
  readonly snapshot: Snapshot;
  readonly begun: readonly Begun[];
  readonly standing: Standing | null;
  readonly fullAt: number | null;
  /** The stamp of its last event. */
  readonly proof: Base64;
  readonly gist: Gist;
  readonly wrapped: Wrapped;
  readonly items: readonly Item[];
  /** The first event that `items` cover: where a page begins. */
  readonly from: number;
}

interface State {
  readonly format: number;
  /** Of the last event. */
  readonly seq: number;
  readonly start: number;
  /** The head at `start`. */
  readonly first: Base64;
  readonly proof: Base64;
  readonly standing: Standing | null;
  readonly fullAt: number | null;
  readonly gist: Gist;
  readonly marks: readonly string[];
  /** Time, reset, restorations, stays and sides. */
  readonly rest: unknown;
}

/** What has bytes in it, and does not grow with the log. */
type Rest = Pick<Extent, "time" | "reset" | "restorations" | "stays"> & Pick<Snapshot, "sides">;

interface ProofPage {
  readonly mark: string;
  readonly heads: Base64;
  readonly ids: Snapshot["ids"];
  readonly begun: readonly (Omit<Begun, "record"> & { readonly record: Base64 })[];
}

interface ItemPage {
  readonly mark: string;
  readonly items: readonly Item[];
}

export class KeptLog {
  readonly #storage: Storage;
  readonly #thread: Id;
  #state: State | null | undefined;

  constructor(storage: Storage, thread: Id) {
    this.#storage = storage;
    this.#thread = thread;
  }

  /** What was kept, with the newest items; null: nothing. @throws StorageDamaged for what is not as it was written */
  async load(): Promise<Verified | null> {
    const state = await this.#read();
    if (state === null) {
      return null;
    }
    const { marks, standing, fullAt, proof, gist } = state;
    const [wrapped, pages, items] = await Promise.all([
      shelves.wraps.load(this.#storage, this.#thread),
      this.#proofs(marks.length),
      this.#newest(marks.length),
    ]);
    if (wrapped === undefined) {
      throw new StorageDamaged("the wraps of a kept log are missing");
    }
    const begun = pages.flatMap((page) => page.begun.map(begunIn));
    return { snapshot: snapshotOf(state, pages, begun), begun, standing, fullAt, proof, gist, wrapped, ...items };
  }

  /** The last event that is kept; 0 where nothing is. @throws StorageDamaged */
  async seq(): Promise<number> {
    return (await this.#read())?.seq ?? 0;
  }

  /** How many pages there are. @throws StorageDamaged */
  async pages(): Promise<number> {
    return (await this.#read())?.marks.length ?? 0;
  }

  /** The page that an event stands in; -1 where it is not kept. @throws StorageDamaged */
  async pageOf(seq: number): Promise<number> {
    const state = await this.#read();
    return state === null || seq > state.seq || seq <= state.start ? -1 : pageAt(seq, state.start);
  }

  /** What the events of a page show. @throws StorageDamaged */
  async items(page: number): Promise<readonly Item[]> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- sealed by this device, which put in what it takes out
    const kept = (await this.#storage.get(this.#name("items", page))) as ItemPage | undefined;
    return (await this.#marked(kept, page)).items;
  }

  /** Keeps what is verified now; pages that are full already stay as they are. */
  async save(verified: Verified): Promise<void> {
    const { snapshot, standing, fullAt, proof, gist, wrapped } = verified;
    const { start, extent, sides } = snapshot;
    const seq = start + extent.heads.length - 1;
    const before = await this.#read();
    const keptTo = before?.seq ?? start;
    const [first] = extent.heads;
    if (first === undefined || seq - start > keptEventsMax || seq <= keptTo) {
      return;
    }
    const marks = [...(before?.marks ?? [])];
    const values = new Map<string, unknown>();
    for (let page = pageAt(keptTo + 1, start); page <= pageAt(seq, start); page += 1) {
      const mark = crypto.randomUUID();
      marks[page] = mark;
      const [proofs, shown] = pageOf(verified, page);
      values.set(this.#name("heads", page), { mark, ...proofs });
      values.set(this.#name("items", page), { mark, items: shown });
    }
    const { time, reset, restorations, stays } = extent;
    const rest: Rest = { time, reset, restorations, stays, sides };
    const at = { format, seq, start, first: toBase64(first), proof, standing, fullAt };
    const state: State = { ...at, gist, marks, rest: tagged(rest) };
    values.set(shelves.kept.name(this.#thread), state);
    values.set(shelves.wraps.name(this.#thread), wrapped);
    await this.#storage.write(values);
    this.#state = state;
  }

  /** Lets all of it go, also what does not open. */
  async forget(): Promise<void> {
    const names = await Promise.all(["heads", "items"].map((kind) => this.#storage.names(`${this.#prefix(kind)}.`)));
    await this.#storage.write(new Map(), [
      ...names.flat(),
      shelves.kept.name(this.#thread),
      shelves.wraps.name(this.#thread),
    ]);
    this.#state = null;
  }

  async #read(): Promise<State | null> {
    if (this.#state === undefined) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
      const kept = ((await shelves.kept.load(this.#storage, this.#thread)) ?? null) as State | null;
      // Of a later version, which a person went back from: it is verified anew.
      this.#state = kept?.format === format ? kept : null;
    }
    return this.#state;
  }

  async #proofs(pages: number): Promise<readonly ProofPage[]> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    const all = (await this.#storage.all(`${this.#prefix("heads")}.`)) as ReadonlyMap<string, ProofPage>;
    const numbers = Array.from({ length: pages }, (_, page) => page);
    return Promise.all(numbers.map((page) => this.#marked(all.get(this.#name("heads", page)), page)));
  }

  async #marked<T extends ItemPage | ProofPage>(kept: T | undefined, page: number): Promise<T> {
    const state = await this.#read();
    if (kept === undefined || kept.mark !== state?.marks[page]) {
      throw new StorageDamaged(`page ${page} of a kept log is missing, or not the one that was written last`);
    }
    return kept;
  }

  /** The items of the last two pages. */
  async #newest(pages: number): Promise<Pick<Verified, "items" | "from">> {
    const first = Math.max(0, pages - 2);
    const newest = await Promise.all(Array.from({ length: pages - first }, (_, at) => this.items(first + at)));
    return { items: newest.flat(), from: ((await this.#read())?.start ?? 0) + first * pageEvents + 1 };
  }

  #prefix(kind: string): string {
    return `${kind}.${hexOfId(this.#thread)}`;
  }

  #name(kind: "heads" | "items", page: number): string {
    return `${this.#prefix(kind)}.${page}`;
  }
}

/** What stands in a page: its proofs, and what it shows. @throws RangeError where not all of that is at hand */
function pageOf(
  { snapshot, begun, items, from }: Verified,
  page: number,
): readonly [Omit<ProofPage, "mark">, readonly Item[]] {
  const { start, extent, ids } = snapshot;
  const [after, last] = [start + page * pageEvents, start + (page + 1) * pageEvents];
  const isHere = (seq: number): boolean => seq > after && seq <= last;
  if (after + 1 < from) {
    throw new RangeError("a page is written whole");
  }
  return [
    {
      heads: toBase64(concat(...extent.heads.slice(after - start + 1, last - start + 1))),
      ids: ids.filter(([, place]) => isHere(Number.parseInt(place, 10))),
      begun: begun
        // A third party's first record is that of the place where its log begins.
        .filter(({ seq }) => isHere(seq) || (page === 0 && seq === start))
        .map(({ record, ...at }) => ({ ...at, record: toBase64(record.encoded) })),
    },
    items.filter((item) => isHere(item.seq)),
  ];
}

/** The first event of the page in which an event stands, in a log whose first head is at `start`. */
export const pageBegin = (seq: number, start: number): number => start + pageAt(seq, start) * pageEvents + 1;

const pageAt = (seq: number, start: number): number => Math.floor((seq - start - 1) / pageEvents);

const begunIn = ({ record, ...at }: ProofPage["begun"][number]): Begun => ({
  ...at,
  record: parsed(fromBase64(record)),
});

function parsed(record: Bytes): Begun["record"] {
  try {
    return parseRecord(record);
  } catch (error) {
    if (error instanceof E2EEError) {
      throw new StorageDamaged("a record of a kept log does not decode");
    }
    throw error;
  }
}

function snapshotOf(state: State, pages: readonly ProofPage[], begun: readonly Begun[]): Snapshot {
  const { start, seq } = state;
  const { time, reset, restorations, stays, sides } = untagged<Rest>(state.rest);
  const extent = new Extent();
  extent.heads.push(fromBase64<Hash>(state.first));
  for (const page of pages) {
    const heads = fromBase64(page.heads);
    for (let at = 0; at < heads.length; at += HASH) {
      extent.heads.push(exactly(heads.slice(at, at + HASH), HASH, "a kept head"));
    }
  }
  if (extent.heads.length !== seq - start + 1) {
    throw new StorageDamaged("a kept log has not as many heads as events");
  }
  extent.records.push(...begun.map((each) => each.record));
  extent.recordSeqs.push(...begun.map((each) => each.seq));
  extent.restorations.push(...restorations);
  extent.time = time;
  extent.reset = reset;
  extent.stays = stays;
  return { start, extent, ids: pages.flatMap((page) => page.ids), sides };
}
