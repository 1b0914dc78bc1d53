// oxlint-disable-next-line import/no-unassigned-import -- it gives Node.js an IndexedDB
import "fake-indexeddb/auto";
import { describe, expect, it } from "vitest";

import { draw, systemEntropy } from "../e2ee/entropy.ts";
import { HASH, type Id as IdBytes, type SignPublic } from "../e2ee/bytes.ts";
import { Fork, BadChain } from "../e2ee/errors.ts";
import { raw } from "../e2ee/testing/conversation.ts";
import { make } from "../e2ee/testing/conversation-make.ts";
import { type LogEvent, ThreadChain } from "../e2ee/thread-log.ts";
import type { Id } from "../wire/types.ts";
import { toBase64 } from "./base64.ts";
import type { Begun } from "./epochs.ts";
import { StorageDamaged } from "./errors.ts";
import { nothingSaid } from "./gist.ts";
import { KeptLog, keptEventsMax, pageEvents, type Verified } from "./kept.ts";
import { MemoryStorage, openStorage, type Storage } from "./storage.ts";
import type { Item } from "./views.ts";

const thread: Id = toBase64<16>(new Uint8Array(16).fill(7));

/** As much of a verified log as its first `count` events come to; the heads are drawn. */
function verified(count: number, heads = drawnHeads(count)): Verified {
  const extent = {
    heads: heads.slice(0, count + 1),
    records: [],
    recordSeqs: [],
    restorations: [],
    time: count,
    reset: null,
    stays: [],
  };
  const ids = Array.from({ length: count }, (_, at) => [`message:0:${at + 1}`, `${at + 1}`] as const);
  return {
    snapshot: { start: 0, extent, ids, sides: [0, 1] },
    begun: [],
    standing: { n: 0, at: 1, seq: 1, g: 0 },
    fullAt: null,
    proof: toBase64(new Uint8Array(3)),
    gist: { ...nothingSaid, lastOwn: count },
    wrapped: { epochs: {}, prekeyIndex: 3 },
    items: Array.from({ length: count }, (_, at): Item => ({ type: "restored", seq: at + 1, at })),
    from: 1,
  };
}

const drawnHeads = (count: number): Verified["snapshot"]["extent"]["heads"] =>
  Array.from({ length: count + 1 }, () => draw(systemEntropy, HASH));

async function keptLog(storage: Storage, count: number): Promise<Verified> {
  const whole = verified(count);
  await new KeptLog(storage, thread).save(whole);
  return whole;
}

describe("a kept log", () => {
  it("comes back as it was, with its newest items", async () => {
    const storage = await MemoryStorage.create();
    const whole = await keptLog(storage, 3 * pageEvents + 5);
    const back = await new KeptLog(storage, thread).load();
    expect(back).toEqual({ ...whole, items: whole.items.slice(2 * pageEvents), from: 2 * pageEvents + 1 });
    const again = new KeptLog(storage, thread);
    expect(await again.pages()).toBe(4);
    expect((await again.items(0)).map((item) => item.seq)).toEqual(
      Array.from({ length: pageEvents }, (_, at) => at + 1),
    );
    expect(await again.pageOf(pageEvents)).toBe(0);
    expect(await again.pageOf(pageEvents + 1)).toBe(1);
    expect(await again.pageOf(4 * pageEvents)).toBe(-1);
  });

  it("writes full pages once, and grows from what is at hand", async () => {
    const storage = await MemoryStorage.create();
    const heads = drawnHeads(pageEvents + 172);
    await new KeptLog(storage, thread).save(verified(pageEvents + 72, heads));
    const first = await storage.get(`heads.${"07".repeat(16)}.0`);
    const after = await new KeptLog(storage, thread).load();
    const whole = verified(pageEvents + 172, heads);
    const grown = new KeptLog(storage, thread);
    await grown.save({ ...whole, items: whole.items.slice((after?.from ?? 0) - 1), from: after?.from ?? 0 });
    expect(await storage.get(`heads.${"07".repeat(16)}.0`)).toEqual(first);
    expect((await new KeptLog(storage, thread).load())?.snapshot).toEqual(whole.snapshot);
    await expect(
      grown.save({ ...verified(pageEvents + 372, drawnHeads(pageEvents + 372)), from: pageEvents + 272 }),
    ).rejects.toBeInstanceOf(RangeError);
  });

  it("ends where it is long enough", async () => {
    const storage = await MemoryStorage.create();
    await keptLog(storage, 10);
    const kept = new KeptLog(storage, thread);
    await kept.save(verified(keptEventsMax + 1));
    expect(await kept.seq()).toBe(10);
  });

  it("is gone once it is forgotten", async () => {
    const storage = await MemoryStorage.create();
    await storage.put("other", 1);
    await keptLog(storage, 300);
    await new KeptLog(storage, thread).forget();
    expect(await storage.names("")).toEqual(["other"]);
    expect(await new KeptLog(storage, thread).load()).toBeNull();
  });

  it("of another format is verified anew", async () => {
    const storage = await MemoryStorage.create();
    await storage.put(`kept.${"07".repeat(16)}`, { format: 1 });
    expect(await new KeptLog(storage, thread).load()).toBeNull();
  });

  const parts = ["heads.*.0", "items.*.1", "wraps.*"].map((name) => name.replace("*", "07".repeat(16)));

  it.each(parts)("is refused where %s is missing", async (name) => {
    const storage = await MemoryStorage.create();
    await keptLog(storage, pageEvents + 72);
    await storage.delete(name);
    await expect(new KeptLog(storage, thread).load()).rejects.toBeInstanceOf(StorageDamaged);
  });

  it.each(parts.slice(0, 2))("is refused where %s is an older one", async (name) => {
    const storage = await MemoryStorage.create();
    const heads = drawnHeads(pageEvents + 82);
    await new KeptLog(storage, thread).save(verified(name.endsWith("0") ? 100 : pageEvents + 72, heads));
    const older = await storage.get(name);
    await new KeptLog(storage, thread).save(verified(pageEvents + 82, heads));
    await storage.put(name, older);
    await expect(new KeptLog(storage, thread).load()).rejects.toBeInstanceOf(StorageDamaged);
  });

  it("is refused where its bytes were altered", async () => {
    const database = `test-${crypto.randomUUID()}`;
    const storage = await openStorage(database);
    await keptLog(storage, 20);
    storage.close();
    await altered(database, `items.${"07".repeat(16)}.0`);
    await expect(new KeptLog(await openStorage(database), thread).load()).rejects.toBeInstanceOf(StorageDamaged);
  });
});

describe("a chain that goes on from a kept log", () => {
  it("takes the next events as one that read them all", async () => {
    const { events, chain, begun } = await conversation();
    const before = chain();
    await before.verifyRange(events.slice(0, -1));
    const storage = await MemoryStorage.create();
    const { snapshot } = before;
    await new KeptLog(storage, thread).save({ ...verified(0), snapshot, begun: begun(before, events), items: [] });
    const kept = await new KeptLog(storage, thread).load();
    const after = chain();
    after.resume(kept?.snapshot ?? snapshot);
    expect(after.snapshot).toEqual(before.snapshot);
    await after.verifyRange(events.slice(-1));
    expect(after.seq).toBe(events.length);
    const all = chain();
    await all.verifyRange(events);
    expect(after.head).toEqual(all.head);
    expect(() => after.resume(snapshot)).toThrow(BadChain);
  });

  it("refuses one that leads elsewhere than its checkpoint", async () => {
    const { events, chain } = await conversation();
    const before = chain();
    await before.verifyRange(events);
    const there = chain({ position: 2, head: before.headAt(2) });
    there.resume(before.snapshot);
    expect(there.seq).toBe(events.length);
    const elsewhere = chain({ position: 2, head: before.headAt(3) });
    expect(() => elsewhere.resume(before.snapshot)).toThrow(Fork);
    expect(elsewhere.seq).toBe(0);
    const further = chain({ position: events.length + 1, head: before.headAt(3) });
    further.resume(before.snapshot);
    expect(() => further.checkEnd(events.length)).toThrow("already seen");
  });
});

interface Scene {
  readonly events: readonly LogEvent[];
  readonly chain: (checkpoint?: {
    position: number;
    head: Verified["snapshot"]["extent"]["heads"][number];
  }) => ThreadChain;
  readonly begun: (of: ThreadChain, events: readonly LogEvent[]) => Begun[];
}

async function conversation(): Promise<Scene> {
  const { made } = await make();
  const { events, service, thread: id, stamp } = made.thread;
  const known = { service: raw<IdBytes>(service), thread: raw<IdBytes>(id), stampPublic: raw<SignPublic>(stamp) };
  return {
    events: events.map((each): LogEvent => ({ ...each, payload: raw(each.payload), proof: raw(each.proof) })),
    chain: (checkpoint) => new ThreadChain({ ...known, checkpoint: checkpoint ?? null }),
    begun: (of, all) =>
      of.records.flatMap((record, n) =>
        all
          .filter(({ kind }) => kind === "epoch")
          .slice(n, n + 1)
          .map(({ seq, time, party }) => ({ record, seq, time, party })),
      ),
  };
}

async function altered(database: string, name: string): Promise<void> {
  const { openDB } = await import("idb");
  const db = await openDB(database);
  const sealed = (await db.get("values", name)) as Uint8Array;
  sealed[40] = (sealed[40] ?? 0) ^ 1;
  await db.put("values", sealed, name);
  db.close();
}
