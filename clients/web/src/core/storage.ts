/**
 * What a device keeps: small named values, each sealed under a key of this device that cannot leave it.
 *
 * `put` returns once the value survives the end of the page, and replaces the old one whole or not at all. Names are
 * lower-case letters, digits, dots and hyphens; a value is bound to its name. Two kinds, one contract.
 */

import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import { StorageDamaged } from "./errors.ts";

const namePattern = /^[a-z0-9][a-z0-9.-]{0,200}$/u;
const nonceBytes = 12;
const sealing = "sealing";
const wrapping = "wrapping";

export interface Storage {
  /** Seals the vault key for this device (SPEC.md section 3.4); AES-GCM, not extractable. */
  readonly wrappingKey: CryptoKey;
  /** @throws StorageDamaged */
  readonly get: (name: string) => Promise<unknown>;
  /** `value`: what JSON can hold. */
  readonly put: (name: string, value: unknown) => Promise<void>;
  /** A name that does not exist is no error. */
  readonly delete: (name: string) => Promise<void>;
  /** Those that begin so, sorted. */
  readonly names: (prefix: string) => Promise<string[]>;
  readonly close: () => void;
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
  return new BrowserStorage(db, await keyNamed(db, sealing), await keyNamed(db, wrapping));
}

/** Forgets an account in this browser: keys and all. */
export async function eraseStorage(database: string): Promise<void> {
  const { deleteDB } = await import("idb");
  await deleteDB(database);
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
  readonly #db: IDBPDatabase<Schema>;
  readonly #key: CryptoKey;

  constructor(db: IDBPDatabase<Schema>, key: CryptoKey, wrappingKey: CryptoKey) {
    this.#db = db;
    this.#key = key;
    this.wrappingKey = wrappingKey;
  }

  async get(name: string): Promise<unknown> {
    const sealed = await this.#db.get("values", checked(name));
    return sealed === undefined ? undefined : opened(this.#key, name, sealed);
  }

  async put(name: string, value: unknown): Promise<void> {
    const sealed = await sealedValue(this.#key, checked(name), value);
    const transaction = this.#db.transaction("values", "readwrite", { durability: "strict" });
    await Promise.all([transaction.store.put(sealed, name), transaction.done]);
  }

  async delete(name: string): Promise<void> {
    await this.#db.delete("values", checked(name));
  }

  async names(prefix: string): Promise<string[]> {
    return this.#db.getAllKeys("values", IDBKeyRange.bound(prefix, `${prefix}\uffff`));
  }

  close(): void {
    this.#db.close();
  }
}

/** For tests and for clients that live once: forgets all at the end. */
export class MemoryStorage implements Storage {
  readonly wrappingKey: CryptoKey;
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

  async put(name: string, value: unknown): Promise<void> {
    this.#values.set(checked(name), await sealedValue(this.#key, name, value));
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
