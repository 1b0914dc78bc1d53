import { beforeEach, describe, expect, it, vi } from "vitest";
import { decodeDesk, encodeDraft, encodeNote } from "../e2ee/desk.ts";
import { type Bytes, type Id as IdBytes, ID } from "../e2ee/bytes.ts";
import { systemEntropy } from "../e2ee/entropy.ts";
import { newSeed, sealEntry } from "../e2ee/mailbox.ts";
import { LIMITS } from "../wire/constants.ts";
import type { DeskEntry, DeskPull, DeskPut, Id } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { Desk } from "./desk.ts";
import { ProblemError, Unreachable } from "./errors.ts";
import { shelves } from "./local.ts";
import { fitsEntry } from "./room.ts";
import { MemoryStorage } from "./storage.ts";

const ids = (byte: number): Id => toBase64<16>(new Uint8Array(ID).fill(byte));
const mailbox = ids(9);
const [one, other] = [ids(1), ids(2)];
const refusal = new ProblemError({ type: "", title: "", status: 422, code: "malformed" });

/** Nothing is sealed here: it reads what it is told. While it is said so it refuses all of one thread. */
class Service {
  refuses: { readonly thread: Id; readonly why: Error } | null = null;
  readonly told: (readonly [Id, string])[] = [];
  asked = 0;
  pageMax = 500;
  readonly #entries: DeskEntry[] = [];

  /** As it was when nothing had been told yet. */
  readonly restore = (): void => {
    this.#entries.length = 0;
  };

  readonly request = async (command: DeskPut | DeskPull): Promise<object> => {
    if (command.t === "desk.pull") {
      const entries = this.#entries.slice(command.after, command.after + this.pageMax);
      return Promise.resolve({ entries, head_seq: this.#entries.length });
    }
    this.asked += 1;
    const { entry, blob } = command;
    const content = decodeDesk(fromBase64(blob));
    if (content.kind !== "Draft") {
      throw new Error("only drafts are told here");
    }
    const thread = toBase64<16>(content.thread);
    if (this.refuses?.thread === thread) {
      throw this.refuses.why;
    }
    this.told.push([thread, content.text]);
    const ack = { seq: this.#entries.length + 1, at: 0 };
    this.#entries.push({ ...ack, entry, blob });
    return ack;
  };
}

describe("a desk", () => {
  let storage: MemoryStorage;
  let service: Service;
  let changed: () => void;

  async function desk(): Promise<Desk> {
    const keys = {
      mailbox,
      sealEntry: async (_: IdBytes, content: Bytes) => Promise.resolve(content),
      openEntry: async (_: IdBytes, blob: Bytes) => Promise.resolve(blob),
    };
    const runtime = {
      storage,
      link: service,
      entropy: systemEntropy,
      changed: () => changed(),
      service: { skewMs: 0 },
    };
    const made = new Desk(runtime as never, keys as never);
    await made.restore();
    return made;
  }

  const keptHere = async (): Promise<string[]> => (await shelves.draft.all(storage)).map(({ text }) => text);

  beforeEach(async () => {
    storage = await MemoryStorage.create();
    service = new Service();
    changed = () => undefined;
  });

  it("keeps on the device what no entry has room for, shows it, and hands the others over", async () => {
    const long = "é".repeat(LIMITS.desk_entry_bytes_max / 2);
    const first = await desk();
    await first.draft(one, long);
    await first.draft(other, "court");
    await vi.waitUntil(() => service.told.length === 1);
    expect(service).toMatchObject({ told: [[other, "court"]], asked: 1 });
    expect(first.drafts.get(one)).toBe(long);
    const next = await desk();
    expect(next.drafts.get(one)).toBe(long);
    await next.draft(one, "plus court");
    await vi.waitUntil(async () => (await keptHere()).length === 0);
    expect(service.told).toEqual([
      [other, "court"],
      [one, "plus court"],
    ]);
  });

  it("goes on past a draft that the service refuses, asks once, and keeps it", async () => {
    service.refuses = { thread: one, why: refusal };
    const refused = await desk();
    await refused.draft(one, "refusé");
    await refused.draft(other, "pris");
    await vi.waitUntil(() => service.told.length === 1);
    await vi.waitUntil(async () => (await keptHere()).length === 1);
    await refused.reach(1);
    expect(service).toMatchObject({ told: [[other, "pris"]], asked: 2 });
    expect(await keptHere()).toEqual(["refusé"]);
    expect(refused.drafts.get(one)).toBe("refusé");
  });

  it("waits with the others where there is no answer", async () => {
    service.refuses = { thread: one, why: new Unreachable("") };
    const waiting = await desk();
    await waiting.draft(one, "sans réponse");
    await waiting.draft(other, "après");
    await vi.waitUntil(() => service.asked > 0);
    expect(service.told).toEqual([]);
    service.refuses = null;
    await waiting.reach(0);
    await vi.waitUntil(() => service.told.length === 2);
  });

  it("shows nothing of what drafts were before the whole log was read, and first what it did not tell", async () => {
    const writing = await desk();
    for (const text of ["B", "Bon", "Bonjour"]) {
      await writing.draft(one, text);
      await writing.draft(other, text);
      await vi.waitUntil(async () => (await keptHere()).length === 0);
    }
    service.refuses = { thread: other, why: refusal };
    await writing.draft(other, "d’ici");
    service.pageMax = 2;
    const reading = await desk();
    const shown = new Set<string>();
    changed = () => shown.add(`${reading.drafts.get(one) ?? ""}, ${reading.drafts.get(other) ?? ""}`);
    await reading.reach(6);
    expect([...shown]).toEqual([", d’ici", "Bonjour, d’ici"]);
  });

  it("shows the beginning of a first message, and that it is no more", async () => {
    const first = await desk();
    const shown: (string | undefined)[] = [];
    changed = () => shown.push(first.firstDrafts.get(one));
    await first.draftFirst(one, "Bonjour");
    await first.draftFirst(one, "");
    expect(shown).toEqual(["Bonjour", undefined]);
  });

  it("tells again what a restored service lost of its drafts, and wipes none away meanwhile", async () => {
    const restored = await desk();
    await restored.draft(other, "Avant");
    await vi.waitUntil(() => service.told.length === 1);
    await restored.draft(one, "Bonjour");
    await vi.waitUntil(async () => service.told.length === 2 && (await keptHere()).length === 0);
    service.restore();
    const shown = new Set<string | undefined>();
    changed = () => shown.add(restored.drafts.get(one));
    restored.restart();
    await restored.reach(0);
    await vi.waitUntil(() => service.told.length === 4);
    await vi.waitUntil(async () => (await keptHere()).length === 0);
    expect(service.told.slice(2)).toEqual(service.told.slice(0, 2));
    expect([...shown]).toEqual(["Bonjour"]);
  });

  it.each([encodeDraft, encodeNote])("seals what fits into an entry that the service takes", async (encode) => {
    const longest = "x".repeat(LIMITS.desk_entry_bytes_max - 128);
    expect([fitsEntry(longest), fitsEntry(`${longest}x`)]).toEqual([true, false]);
    const [box, entry] = [fromBase64<IdBytes>(mailbox), fromBase64<IdBytes>(ids(3))];
    const sealed = await sealEntry(newSeed(systemEntropy), box, 1, entry, encode(entry, longest), systemEntropy);
    expect(sealed.length).toBeLessThanOrEqual(LIMITS.desk_entry_bytes_max);
  });
});
