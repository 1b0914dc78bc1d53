// oxlint-disable-next-line import/no-unassigned-import -- it gives Node.js an IndexedDB
import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";
import type { Id } from "../wire/types.ts";
import { toBase64 } from "./base64.ts";
import { StorageDamaged } from "./errors.ts";
import { shelves } from "./local.ts";
import { MemoryStorage, openStorage, type Storage } from "./storage.ts";

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
    expect([...(await storage.all("a."))]).toEqual([
      ["a.1", { name: "a.1" }],
      ["a.2", { name: "a.2" }],
    ]);
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

  it("writes several at once, or none", async () => {
    const storage = await make();
    await storage.put("gone", 1);
    await storage.write(new Map(Object.entries({ "a.1": 1, "a.2": 2 })), ["gone"]);
    expect(await storage.names("")).toEqual(["a.1", "a.2"]);
    const refused = storage.write(new Map(Object.entries({ "a.3": 3, "Not a name": 4 })), ["a.1"]);
    await expect(refused).rejects.toBeInstanceOf(RangeError);
    expect(await storage.names("")).toEqual(["a.1", "a.2"]);
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
    await after.erase();
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
