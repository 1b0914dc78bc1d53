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
import type { PushHere } from "./alerts.ts";
import type { CardValues } from "./consenting.ts";
import type { GoneThread } from "./gone.ts";
import type { LostText } from "./losing.ts";
import type { RefusedText } from "./refusals.ts";
import type { Storage } from "./storage.ts";
import type { RefusedFirst, SeatTag } from "./views.ts";
import type { Course } from "./way.ts";

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
  /** When all of them were last held against the service's list, ms by the service's clock. */
  readonly listedAt?: number;
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
  /** Invitations of third parties that this person shows no more. */
  readonly declined?: readonly Base64<32>[];
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
  /** Kept by this version on. */
  readonly course?: Course;
}

/** The wrapped keys of a thread's epochs. */
export interface Wrapped {
  readonly epochs: Readonly<Record<string, readonly [WrappedKey, WrappedKey]>>;
  readonly prekeyIndex: number | null;
  /** For a third party: what let it in, and its keys by their epochs. */
  readonly stay?: { readonly joined: Base64; readonly shares: Readonly<Record<string, WrappedKey>> };
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

/** What was begun to be written, as long as only this device has it. */
export interface Draft {
  readonly mailbox: Id;
  /** A conversation, or the target of a first message. */
  readonly about: Id;
  readonly isFirst: boolean;
  readonly text: string;
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

/** What a mailbox's people are to be warned of: the tag of a colleague that the roster does not vouch for. */
export interface Alarm {
  readonly rule: string;
  readonly tag: SeatTag;
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
    return (await storage.get(this.name(...ids))) as T | undefined;
  }

  async save(storage: Storage, value: T, ...ids: readonly Id[]): Promise<void> {
    await storage.put(this.name(...ids), value);
  }

  async delete(storage: Storage, ...ids: readonly Id[]): Promise<void> {
    await storage.delete(this.name(...ids));
  }

  /** All values whose first ids are these. @throws StorageDamaged */
  async all(storage: Storage, ...ids: readonly Id[]): Promise<T[]> {
    const found = await storage.all(`${this.name(...ids)}.`);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    return [...found.values()] as T[];
  }

  /** Under which the storage has the value of these ids. */
  name(...ids: readonly Id[]): string {
    return [this.#prefix, ...ids.map(hexOfId)].join(".");
  }
}

export const shelves = {
  device: new Shelf<Device>("device"),
  vault: new Shelf<VaultCopy>("vault"),
  sync: new Shelf<Sync>("sync"),
  card: new Shelf<CardValues>("card"),
  push: new Shelf<PushHere>("push"),
  seats: new Shelf<readonly SeatView[]>("seats"),
  roster: new Shelf<RosterView>("roster"),
  thread: new Shelf<Followed>("thread"),
  wraps: new Shelf<Wrapped>("wraps"),
  /** What `kept` makes of a thread's verified log, beside its pages. */
  kept: new Shelf<unknown>("kept"),
  generation: new Shelf<Generation>("generation"),
  outgoing: new Shelf<Outgoing>("outbox"),
  refused: new Shelf<RefusedText>("refused"),
  draft: new Shelf<Draft>("draft"),
  lost: new Shelf<readonly LostText[]>("lost"),
  gone: new Shelf<GoneThread>("gone"),
  alarm: new Shelf<Alarm>("alarm"),
  first: new Shelf<FirstMessage>("first"),
  refusedFirst: new Shelf<RefusedFirst>("refused-first"),
  opening: new Shelf<Opening>("opening"),
  asked: new Shelf<Asked>("seat"),
  given: new Shelf<Given>("consent"),
  evidence: new Shelf<Evidence>("evidence"),
} as const;

/** Kinds of values of which a conversation has several: pages of its log, and what moderators are told of it. */
const threadKinds = ["heads", "items", "said", "receipt", "telling"];

/**
 * Lets go of all that this device has of a conversation: the service has it no more, or its mailbox is not this account's
 * any more. What was never sent stays, as nobody else has it.
 */
export async function forgetThread(storage: Storage, thread: Id): Promise<void> {
  const paged = await Promise.all(threadKinds.map(async (kind) => storage.names(`${kind}.${hexOfId(thread)}.`)));
  const { thread: known, kept, wraps, evidence } = shelves;
  await storage.write(new Map(), [
    ...paged.flat(),
    ...[known, kept, wraps, evidence].map((shelf) => shelf.name(thread)),
  ]);
}

/** Lets go of what the service refused of a mailbox that is not this account's any more, in these conversations too. */
export async function forgetRefused(storage: Storage, mailbox: Id, threads: readonly Id[]): Promise<void> {
  const { refused, refusedFirst } = shelves;
  const names = [refusedFirst.name(mailbox), ...threads.map((thread) => refused.name(thread))];
  const found = await Promise.all(names.map(async (name) => storage.names(`${name}.`)));
  await storage.write(new Map(), found.flat());
}
