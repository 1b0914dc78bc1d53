/**
 * What a device keeps: small named values, each sealed under a key of this device that cannot leave it.
 *
 * `put` returns once the value survives the end of the page, and replaces the old one whole or not at all. Names are
 * lower-case letters, digits, dots and hyphens; a value is bound to its name. Two kinds, one contract.
 */

import { type DBSchema, deleteDB, type IDBPDatabase, type IDBPTransaction, openDB } from "idb";
import { Ended, StorageDamaged } from "./errors.ts";

const namePattern = /^[a-z0-9][a-z0-9.-]{0,200}$/u;
const nonceBytes = 12;
const sealing = "sealing";
const wrapping = "wrapping";

export interface Storage {
  /** Seals the vault key for this device (SPEC.md section 3.4); AES-GCM, not extractable. */
  readonly wrappingKey: CryptoKey;
  /** @throws StorageDamaged; this and all others Ended, once the storage was closed */
  readonly get: (name: string) => Promise<unknown>;
  /** All whose names begin so, by name. @throws StorageDamaged */
  readonly all: (prefix: string) => Promise<ReadonlyMap<string, unknown>>;
  /** By which another thread of this browser opens the same storage; null: none can. */
  readonly database: string | null;
  /** `value`: what JSON can hold. */
  readonly put: (name: string, value: unknown) => Promise<void>;
  /** Puts all of these and deletes the others, or does nothing. */
  readonly write: (values: ReadonlyMap<string, unknown>, deleted?: readonly string[]) => Promise<void>;
  /** A name that does not exist is no error. */
  readonly delete: (name: string) => Promise<void>;
  /** Those that begin so, sorted. */
  readonly names: (prefix: string) => Promise<string[]>;
  readonly close: () => void;
  /** Closes it, and forgets all that was put here, with the keys that sealed it. */
  readonly erase: () => Promise<void>;
}

interface Schema extends DBSchema {
  keys: { key: string; value: CryptoKey };
  values: { key: string; value: Uint8Array<ArrayBuffer> };
}

/** One account's values in this browser. `database`: its name, which says nothing of its person. */
export async function openStorage(database: string): Promise<Storage> {
  const db = await openDB<Schema>(database, 1, {
    upgrade: (upgraded) => {
      upgraded.createObjectStore("keys");
      upgraded.createObjectStore("values");
    },
    blocking: () => db.close(),
  });
  return new BrowserStorage(db, database, await keyNamed(db, sealing), await keyNamed(db, wrapping));
}

/** Drawn and kept at its first use; of two tabs that do so at once, one key stays. */
async function keyNamed(db: IDBPDatabase<Schema>, name: string): Promise<CryptoKey> {
  const kept = await db.get("keys", name);
  if (kept !== undefined) {
    return kept;
  }
  const drawn = await newKey();
  const transaction = db.transaction("keys", "readwrite", { durability: "strict" });
  const first = await transaction.store.get(name);
  if (first === undefined) {
    await transaction.store.put(drawn, name);
  }
  await transaction.done;
  return first ?? drawn;
}

async function newKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

class BrowserStorage implements Storage {
  readonly wrappingKey: CryptoKey;
  readonly database: string;
  readonly #db: IDBPDatabase<Schema>;
  readonly #key: CryptoKey;

  constructor(db: IDBPDatabase<Schema>, database: string, key: CryptoKey, wrappingKey: CryptoKey) {
    this.#db = db;
    this.database = database;
    this.#key = key;
    this.wrappingKey = wrappingKey;
  }

  async get(name: string): Promise<unknown> {
    const sealed = await this.#open("readonly").store.get(checked(name));
    return sealed === undefined ? undefined : opened(this.#key, name, sealed);
  }

  async all(prefix: string): Promise<ReadonlyMap<string, unknown>> {
    const { store } = this.#open("readonly");
    const [names, values] = await Promise.all([store.getAllKeys(beginning(prefix)), store.getAll(beginning(prefix))]);
    return openedValues(this.#key, zipped(names, values));
  }

  async put(name: string, value: unknown): Promise<void> {
    await this.write(new Map([[name, value]]));
  }

  async write(values: ReadonlyMap<string, unknown>, deleted: readonly string[] = []): Promise<void> {
    const sealed = await sealedValues(this.#key, values);
    const { store, done } = this.#open("readwrite");
    const puts = sealed.map(async ([name, value]) => store.put(value, name));
    const deletes = deleted.map(async (name) => store.delete(checked(name)));
    await Promise.all([...puts, ...deletes, done]);
  }

  async delete(name: string): Promise<void> {
    await this.write(new Map(), [name]);
  }

  async names(prefix: string): Promise<string[]> {
    return this.#open("readonly").store.getAllKeys(beginning(prefix));
  }

  /** What is still under way when a client closes finds its storage closed, and ends with it. @throws Ended */
  #open<M extends "readonly" | "readwrite">(mode: M): IDBPTransaction<Schema, ["values"], M> {
    try {
      return this.#db.transaction("values", mode, { durability: "strict" });
    } catch (error) {
      if (error instanceof DOMException && error.name === "InvalidStateError") {
        throw new Ended("the storage of this account was closed");
      }
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }

  async erase(): Promise<void> {
    this.close();
    await deleteDB(this.database);
  }
}

/** For tests and for clients that live once: forgets all at the end. */
export class MemoryStorage implements Storage {
  readonly wrappingKey: CryptoKey;
  readonly database = null;
  readonly #key: CryptoKey;
  readonly #values = new Map<string, Uint8Array<ArrayBuffer>>();

  private constructor(wrappingKey: CryptoKey, key: CryptoKey) {
    this.wrappingKey = wrappingKey;
    this.#key = key;
  }

  static async create(): Promise<MemoryStorage> {
    return new MemoryStorage(await newKey(), await newKey());
  }

  async get(name: string): Promise<unknown> {
    const sealed = this.#values.get(checked(name));
    return sealed === undefined ? undefined : opened(this.#key, name, sealed);
  }

  async all(prefix: string): Promise<ReadonlyMap<string, unknown>> {
    const sealed = [...this.#values].filter(([name]) => name.startsWith(prefix));
    return openedValues(
      this.#key,
      sealed.sort(([one], [other]) => (one < other ? -1 : 1)),
    );
  }

  async put(name: string, value: unknown): Promise<void> {
    await this.write(new Map([[name, value]]));
  }

  async write(values: ReadonlyMap<string, unknown>, deleted: readonly string[] = []): Promise<void> {
    for (const [name, sealed] of await sealedValues(this.#key, values)) {
      this.#values.set(name, sealed);
    }
    for (const name of deleted) {
      this.#values.delete(checked(name));
    }
  }

  async delete(name: string): Promise<void> {
    this.#values.delete(checked(name));
    await Promise.resolve();
  }

  async names(prefix: string): Promise<string[]> {
    return Promise.resolve([...this.#values.keys()].filter((name) => name.startsWith(prefix)).sort());
  }

  close(): void {
    // Nothing is open.
  }

  async erase(): Promise<void> {
    this.#values.clear();
    await Promise.resolve();
  }
}

const beginning = (prefix: string): IDBKeyRange => IDBKeyRange.bound(prefix, `${prefix}\uffff`);

type Named<T> = readonly (readonly [string, T])[];

/** Names with their values: both lists are in one order. */
function zipped<T>(names: readonly string[], values: readonly T[]): Named<T> {
  return values.map((value, at) => [names[at] ?? "", value] as const);
}

async function openedValues(
  key: CryptoKey,
  sealed: Named<Uint8Array<ArrayBuffer>>,
): Promise<ReadonlyMap<string, unknown>> {
  return new Map(
    await Promise.all(sealed.map(async ([name, value]) => [name, await opened(key, name, value)] as const)),
  );
}

async function sealedValues(
  key: CryptoKey,
  values: ReadonlyMap<string, unknown>,
): Promise<Named<Uint8Array<ArrayBuffer>>> {
  return Promise.all(
    [...values].map(async ([name, value]) => [name, await sealedValue(key, checked(name), value)] as const),
  );
}

async function sealedValue(key: CryptoKey, name: string, value: unknown): Promise<Uint8Array<ArrayBuffer>> {
  const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
  const plain = new TextEncoder().encode(JSON.stringify(value));
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: aad(name) }, key, plain);
  const whole = new Uint8Array(nonceBytes + sealed.byteLength);
  whole.set(iv);
  whole.set(new Uint8Array(sealed), nonceBytes);
  return whole;
}

async function opened(key: CryptoKey, name: string, sealed: Uint8Array<ArrayBuffer>): Promise<unknown> {
  const iv = sealed.subarray(0, nonceBytes);
  try {
    const algorithm = { name: "AES-GCM", iv, additionalData: aad(name) };
    const plain = await crypto.subtle.decrypt(algorithm, key, sealed.subarray(nonceBytes));
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(plain)) as unknown;
  } catch {
    throw new StorageDamaged(`${name} does not open with this device's key`);
  }
}

function aad(name: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`pli1/device-value\0${name}`);
}

function checked(name: string): string {
  if (!namePattern.test(name)) {
    throw new RangeError(`not a name of the storage: ${name}`);
  }
  return name;
}
