import { expect, it } from "vitest";
import { draw, systemEntropy } from "../e2ee/entropy.ts";
import { HASH } from "../e2ee/bytes.ts";
import type { Id } from "../wire/types.ts";
import { toBase64 } from "./base64.ts";
import { Copy } from "./copy.ts";
import { nothingSaid } from "./gist.ts";
import { pageEvents, type Verified } from "./kept.ts";
import type { ThreadLog } from "./log.ts";
import { MemoryStorage, type Storage } from "./storage.ts";
import type { Item } from "./views.ts";

const thread: Id = toBase64<16>(new Uint8Array(16).fill(7));

/** A log of so many verified events, each of which shows one item; nothing of it is let go of. */
function logOf(seq: number): ThreadLog {
  const items = Array.from({ length: seq }, (_, at): Item => ({ type: "restored", seq: at + 1, at }));
  const heads = Array.from({ length: seq + 1 }, () => draw(systemEntropy, HASH));
  const extent = { heads, records: [], recordSeqs: [], restorations: [], time: 0, reset: null, stays: [] };
  const verified: Verified = {
    snapshot: { start: 0, extent, ids: [], sides: [] },
    begun: [],
    standing: null,
    fullAt: null,
    proof: toBase64(new Uint8Array(1)),
    gist: nothingSaid,
    wrapped: { epochs: {}, prekeyIndex: null },
    items,
    from: 1,
  };
  const log: Partial<ThreadLog> = { evidence: null, verified, seq, first: 1, from: 1, items, trim: () => undefined };
  return log as ThreadLog;
}

const seqs = (items: readonly Item[]): number[] => items.map((item) => item.seq);
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);

it("gives stretches that join, at hand or from where they are kept", async () => {
  const copy = new Copy(await MemoryStorage.create(), thread);
  const whole = logOf(3 * pageEvents + 10);
  await copy.save(whole);
  for (const log of [whole, Object.assign(logOf(whole.seq), { from: 2 * pageEvents + 1 })]) {
    const newest = await copy.before(log, log.seq + 1);
    expect([newest.from, newest.to]).toEqual([2 * pageEvents + 1, log.seq]);
    expect(seqs(newest.items)).toEqual(range(newest.from, newest.to));
    const older = await copy.before(log, newest.from);
    expect([older.from, older.to]).toEqual([pageEvents + 1, 2 * pageEvents]);
    const newer = await copy.after(log, older.to - 1);
    expect(seqs(newer.items)).toEqual([older.to]);
    expect(await copy.before(log, 1)).toEqual({ items: [], from: 1, to: 0 });
    expect((await copy.after(log, log.seq)).items).toEqual([]);
  }
});

it("goes on without keeping where the browser has no room", async () => {
  let writes = 0;
  const copy = new Copy(await refusing("QuotaExceededError", () => (writes += 1)), thread);
  await copy.save(logOf(3));
  await copy.save(logOf(4));
  expect(writes).toBe(1);
  expect(seqs((await copy.before(logOf(4), 5)).items)).toEqual([1, 2, 3, 4]);
  const broken = new Copy(await refusing("UnknownError", () => 0), thread);
  await expect(broken.save(logOf(3))).rejects.toBeInstanceOf(DOMException);
});

/** A storage that writes nothing, for this reason. */
async function refusing(name: string, onWrite: () => number): Promise<Storage> {
  return Object.assign(await MemoryStorage.create(), {
    write: async () => {
      onWrite();
      return Promise.reject(new DOMException("refused", name));
    },
  });
}
