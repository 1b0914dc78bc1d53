// oxlint-disable-next-line import/no-unassigned-import -- it gives Node.js an IndexedDB
import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import type { Id, LogEntry } from "../wire/types.ts";
import { toBase64 } from "./base64.ts";
import { StorageDamaged } from "./errors.ts";
import { runs, shelves } from "./local.ts";
import { eraseStorage, MemoryStorage, openStorage, type Storage } from "./storage.ts";

const id = (byte: number): Id => toBase64<16>(new Uint8Array(16).fill(byte));

const kinds: readonly (readonly [string, () => Promise<Storage>])[] = [
  ["in memory", async () => MemoryStorage.create()],
  ["in the browser", async () => openStorage(`test-${crypto.randomUUID()}`)],
];

describe.each(kinds)("storage %s", (_, make) => {
  it("keeps values by name, and lists names by their beginning", async () => {
    const storage = await make();
    expect(await storage.get("a.1")).toBeUndefined();
    for (const name of ["a.2", "b.1", "a.1"]) {
      await storage.put(name, { name });
    }
    expect(await storage.get("a.2")).toEqual({ name: "a.2" });
    expect(await storage.names("a.")).toEqual(["a.1", "a.2"]);
    await storage.delete("a.1");
    await storage.delete("a.1");
    expect(await storage.names("a.")).toEqual(["a.2"]);
    await expect(storage.put("Not a name", 1)).rejects.toBeInstanceOf(RangeError);
  });

  it("has shelves", async () => {
    const storage = await make();
    const first = { id: id(1), mailbox: id(9), target: id(2), text: "Bonjour", at: 1, order: 0 };
    await shelves.first.save(storage, first, id(9), id(1));
    await shelves.first.save(storage, { ...first, id: id(3) }, id(9), id(3));
    await shelves.first.save(storage, { ...first, mailbox: id(8) }, id(8), id(1));
    expect(await shelves.first.load(storage, id(9), id(1))).toEqual(first);
    expect((await shelves.first.all(storage, id(9))).map((each) => each.id)).toEqual([id(1), id(3)]);
  });

  it("joins the runs of a log, in the order of their events", async () => {
    const storage = await make();
    const entry = (seq: number): LogEntry => ({ seq, at: 0, kind: "message", party: 0, payload: id(0), proof: id(0) });
    for (let seq = 1; seq <= 60; seq += 2) {
      await runs.save(storage, id(1), [entry(seq), entry(seq + 1)]);
    }
    await runs.save(storage, id(2), [entry(1)]);
    for (let readings = 0; readings < 2; readings += 1) {
      expect((await runs.load(storage, id(1))).map((each) => each.seq)).toEqual(
        Array.from({ length: 60 }, (__, at) => at + 1),
      );
    }
    expect(await storage.names("log.")).toHaveLength(2);
    await runs.forget(storage, id(1));
    expect(await runs.load(storage, id(1))).toEqual([]);
  });
});

describe("a browser's storage", () => {
  it("survives, sealed, and forgets all when it is erased", async () => {
    const name = `test-${crypto.randomUUID()}`;
    const before = await openStorage(name);
    await before.put("secret", "le sel");
    before.close();
    const after = await openStorage(name);
    expect(await after.get("secret")).toBe("le sel");
    await expect(crypto.subtle.exportKey("raw", after.wrappingKey)).rejects.toBeInstanceOf(DOMException);
    after.close();
    await eraseStorage(name);
    expect(await (await openStorage(name)).get("secret")).toBeUndefined();
  });

  it("refuses a value that stood under another name", async () => {
    const name = `test-${crypto.randomUUID()}`;
    const storage = await openStorage(name);
    await storage.put("one", 1);
    storage.close();
    await moved(name, "one", "two");
    await expect((await openStorage(name)).get("two")).rejects.toBeInstanceOf(StorageDamaged);
  });
});

async function moved(database: string, from: string, to: string): Promise<void> {
  const { openDB } = await import("idb");
  const db = await openDB(database);
  await db.put("values", await db.get("values", from), to);
  db.close();
}
