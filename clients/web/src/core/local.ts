/** What a device remembers between two runs, by the name under which its storage has it. Nobody else reads it. */

import type {
  Base64,
  Id,
  LogEntry,
  Presentation,
  RosterView,
  SeatView,
  ThreadState,
  VaultWrap,
  WrappedKey,
} from "../wire/types.ts";
import { hexOfId } from "./base64.ts";
import type { CardValues } from "./consenting.ts";
import type { Storage } from "./storage.ts";

/** This device of this account. */
export interface Device {
  readonly account: Id;
  /** Drawn once, sent with `hello`. */
  readonly device: Id;
  /** The id of this device's wrap of the vault key. */
  readonly wrap: Id;
}

/** The newest vault that this device saw, opened: it works offline, and a service that lost it is given it back. */
export interface VaultCopy {
  readonly version: number;
  readonly content: Base64;
  readonly vk: Base64<32>;
  readonly wraps: readonly VaultWrap[];
}

/** How far this device is with the service. */
export interface Sync {
  readonly since: number | null;
  readonly streamEpoch: number | null;
  /** Those whose threads were all listed once: a mailbox that is new is listed from the beginning. */
  readonly mailboxes: readonly Id[];
}

/** A place in a thread's log with the service's stamp. */
export interface Stamped {
  readonly seq: number;
  readonly head: Base64<32>;
  readonly proof: Base64;
}

/** One's own pseudonym in force: since which epoch, which time (ms) and which seq of the log, from which seed. */
export interface Standing {
  readonly n: number;
  readonly at: number;
  readonly seq: number;
  readonly g: number;
}

/** A thread as this device last knew it. */
export interface Followed {
  readonly state: ThreadState;
  /** The furthest place that this device verified itself. */
  readonly stamped: Stamped | null;
  readonly streamEpoch: number | null;
  /** The heads after the `restored` events of this history: they explain nothing any more. */
  readonly restores: readonly Base64<32>[];
  /** Own cards that the service said it destroyed. */
  readonly withdrawn: readonly Id[];
  readonly standing: Standing | null;
  readonly glance: Glance | null;
}

/** What the list shows of a thread that is not read yet in this run. */
export interface Glance {
  /** The last text, or null where the last thing said is no text. */
  readonly text: string | null;
  readonly own: boolean;
  readonly seq: number;
  readonly at: number;
  readonly closed: boolean;
  /** As the peer's newest card names it. */
  readonly name: string | null;
}

/** A run of a thread's log, as it was read and verified. */
export type Read = readonly LogEntry[];

/** The wrapped keys of a thread's epochs. */
export interface Wrapped {
  readonly epochs: Readonly<Record<string, readonly [WrappedKey, WrappedKey]>>;
  readonly prekeyIndex: number | null;
}

/** The generation of a mailbox that is in force, and when this device first saw it (ms). */
export interface Generation {
  readonly g: number;
  readonly seen: number;
}

/** A message that has no ack yet: the very bytes to send, and what to seal again should the epoch be renewed. */
export interface Outgoing {
  readonly order: number;
  readonly thread: Id;
  readonly msgId: Id;
  /** A message's, or `asked`, `closed`, `reopened`: then `content` is the reason, or empty. */
  readonly kind: string;
  readonly content: Base64;
  readonly payload: Base64;
  /** R_n of the epoch that it was sealed under. */
  readonly record: Base64<32>;
  /** Whether the peer is told the reason. */
  readonly told: boolean;
  /** Of the history on which it was sealed. */
  readonly streamEpoch: number | null;
  /** When it was written, by this device's clock. */
  readonly at: number;
}

/** A first message that nobody can receive yet. */
export interface FirstMessage {
  /** Its message id once it is sent. */
  readonly id: Id;
  readonly mailbox: Id;
  readonly target: Id;
  readonly text: string;
  readonly at: number;
  readonly order: number;
}

/** A first contact that has no ack yet: the very bytes to send, and what the thread will show. */
export interface Opening {
  readonly mailbox: Id;
  readonly target: Id;
  readonly claim: Id;
  readonly thread: Id;
  readonly signedRecord: Base64;
  readonly wraps: readonly [WrappedKey, WrappedKey];
  readonly own: Base64<64>;
  readonly payload: Base64;
  readonly msgId: Id;
  readonly peer: Presentation;
  /** What to seal again should the claim be void by the time it arrives. */
  readonly text: string;
  readonly at: number;
}

/** A seat that was asked for on this device, and the roster head for which the words were shown. */
export interface Asked {
  readonly seat: Id;
  readonly shownHead: Base64<32>;
}

/** A consent of this person, as it was sent: what a withdrawal must name, and the very bytes to send again. */
export interface Given {
  readonly card: Id;
  readonly statement: Base64;
  readonly signature: Base64<64>;
  /** While no answer came: what goes out again, and what the person agreed to, hashed, to know it by. */
  readonly unanswered: { readonly payload: Base64; readonly sServer: Base64<32>; readonly asked: Base64 } | null;
}

/** Why a thread's log was stopped: the event that broke a rule, and the stamp of the last one that did not. */
export interface Evidence {
  readonly reason: string;
  readonly seq: number;
  readonly entry: LogEntry | null;
  readonly own: Stamped | null;
}

/** A place of the storage for values of one shape: by one id, or by several. */
export class Shelf<T> {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** @throws StorageDamaged */
  async load(storage: Storage, ...ids: readonly Id[]): Promise<T | undefined> {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- sealed by this device, which put in what it takes out
    return (await storage.get(this.#name(ids))) as T | undefined;
  }

  async save(storage: Storage, value: T, ...ids: readonly Id[]): Promise<void> {
    await storage.put(this.#name(ids), value);
  }

  async delete(storage: Storage, ...ids: readonly Id[]): Promise<void> {
    await storage.delete(this.#name(ids));
  }

  /** All values whose first ids are these. @throws StorageDamaged */
  async all(storage: Storage, ...ids: readonly Id[]): Promise<T[]> {
    const names = await storage.names(`${this.#name(ids)}.`);
    const found = await Promise.all(names.map((name) => storage.get(name)));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    return found.filter((value) => value !== undefined) as T[];
  }

  #name(ids: readonly Id[]): string {
    return [this.#prefix, ...ids.map(hexOfId)].join(".");
  }
}

export const shelves = {
  device: new Shelf<Device>("device"),
  vault: new Shelf<VaultCopy>("vault"),
  sync: new Shelf<Sync>("sync"),
  card: new Shelf<CardValues>("card"),
  seats: new Shelf<readonly SeatView[]>("seats"),
  roster: new Shelf<RosterView>("roster"),
  thread: new Shelf<Followed>("thread"),
  wraps: new Shelf<Wrapped>("wraps"),
  generation: new Shelf<Generation>("generation"),
  outgoing: new Shelf<Outgoing>("outbox"),
  first: new Shelf<FirstMessage>("first"),
  opening: new Shelf<Opening>("opening"),
  asked: new Shelf<Asked>("seat"),
  given: new Shelf<Given>("consent"),
  evidence: new Shelf<Evidence>("evidence"),
} as const;

const digits = 16;

/** The log of one thread as this device verified it, run by run. */
export const runs = {
  /** @throws StorageDamaged */
  load: async (storage: Storage, thread: Id): Promise<LogEntry[]> => {
    const names = await storage.names(`log.${hexOfId(thread)}.`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    const found = (await Promise.all(names.map((name) => storage.get(name)))) as Read[];
    const entries = found.flat();
    if (names.length > runsMax) {
      await runs.save(storage, thread, entries);
      await Promise.all(names.slice(1).map((name) => storage.delete(name)));
    }
    return entries;
  },
  save: async (storage: Storage, thread: Id, run: Read): Promise<void> => {
    const [first] = run;
    if (first !== undefined) {
      await storage.put(`log.${hexOfId(thread)}.${String(first.seq).padStart(digits, "0")}`, run);
    }
  },
  forget: async (storage: Storage, thread: Id): Promise<void> => {
    const names = await storage.names(`log.${hexOfId(thread)}.`);
    await Promise.all(names.map((name) => storage.delete(name)));
  },
} as const;

/** So many runs of one thread are joined when they are read. */
const runsMax = 24;
