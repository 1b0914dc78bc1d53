import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Id } from "../wire/types.ts";
import { encodeText } from "../e2ee/content.ts";
import { toBase64 } from "./base64.ts";
import { ProblemError } from "./errors.ts";
import { type Outgoing, shelves } from "./local.ts";
import { Follower } from "./follower.ts";
import { Outbox } from "./outbox.ts";
import { MemoryStorage } from "./storage.ts";
import type { Notice } from "./views.ts";

const id = (of: number): Id => Buffer.alloc(16, of).toString("base64") as Id;
const [thread, msgId] = [id(1), id(2)];
const refusal = (code: string, status: number): ProblemError =>
  new ProblemError({ type: "", title: code, status, code, retryable: false });
const message: Outgoing = {
  order: 0,
  thread,
  msgId,
  kind: "text",
  content: toBase64(encodeText("Bonjour")),
  payload: "" as Outgoing["payload"],
  record: "" as Outgoing["record"],
  told: true,
  streamEpoch: 1,
  at: 5,
};

interface Service {
  readonly acked: () => Promise<unknown>;
  readonly confirmed?: () => Promise<void>;
  readonly streamEpoch?: number;
}

/** An outbox that sends what an earlier run left to a service that answers so. */
async function sending(
  service: Service,
  left: Outgoing = message,
): Promise<{ outbox: Outbox; notices: Notice[]; storage: MemoryStorage }> {
  const storage = await MemoryStorage.create();
  await shelves.outgoing.save(storage, left, thread, msgId);
  const notices: Notice[] = [];
  const runtime = {
    storage,
    link: { insist: service.acked, checkRoom: (): void => undefined },
    service: { streamEpoch: service.streamEpoch ?? 1 },
    clock: () => 7,
    changed: (): void => undefined,
    notice: (notice: Notice): void => void notices.push(notice),
  };
  const log = { side: { thread, party: 0 }, evidence: null, epochs: { length: 1 }, shows: () => false };
  const follower = new Follower(runtime as never, log as never, 1, {} as never);
  Object.assign(follower, { open: async () => Promise.resolve(), confirm: service.confirmed });
  const outbox = new Outbox(runtime as never, follower, {} as never);
  outbox.resume(left);
  return { outbox, notices, storage };
}

const refused = async (): Promise<never> => Promise.reject(refusal("frozen", 403));
const acked = async (): Promise<unknown> => Promise.resolve({ thread, seq: 1, at: 6, proof: "" });

describe("a message that the service took", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("arrives once it can be read back, after refusals for the moment too", async () => {
    const refusals = [refusal("internal", 500), refusal("internal", 500)];
    const { outbox, notices, storage } = await sending({
      acked,
      confirmed: async () => {
        const next = refusals.pop();
        return next === undefined ? Promise.resolve() : Promise.reject(next);
      },
    });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(outbox.waiting).toEqual([]);
    expect(notices).toEqual([]);
    expect(await storage.names("outbox.")).toEqual([]);
  });

  it("is not called refused where it may not be read back, and stays for the next run", async () => {
    const { outbox, notices, storage } = await sending({
      acked,
      confirmed: () => Promise.reject(refusal("not_found", 404)),
    });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(notices).toEqual([]);
    expect(outbox.waiting).toEqual([message]);
    expect(await storage.names("outbox.")).toHaveLength(1);
  });
});

describe("a message that the service refuses for good", () => {
  it("stays with its author, with the reason, and in the next run too", async () => {
    const { outbox, notices, storage } = await sending({ acked: refused });
    const other = { ...message, msgId: id(3), order: 1, at: 6, content: toBase64(encodeText("Encore")) };
    outbox.resume(other);
    await vi.waitFor(() => expect(outbox.refusals.all).toHaveLength(2));
    expect(outbox.waiting).toEqual([]);
    expect(notices.map(({ type }) => type)).toEqual(["sendRefused", "sendRefused"]);
    expect(await storage.names("outbox.")).toEqual([]);
    expect((await shelves.refused.all(storage, thread)).map(({ text, code }) => [text, code])).toEqual([
      ["Bonjour", "frozen"],
      ["Encore", "frozen"],
    ]);
    await outbox.refusals.forget(thread, msgId);
    expect(outbox.refusals.all.map(({ text }) => text)).toEqual(["Encore"]);
    expect(await storage.names("refused.")).toHaveLength(1);
  });

  it("is not sent by who asks for the same once more", async () => {
    let asked = 0;
    const { outbox } = await sending({
      acked: () => {
        asked += 1;
        return refused();
      },
    });
    await vi.waitFor(() => expect(outbox.refusals.all).toHaveLength(1));
    await outbox.post({ kind: "text", content: message.content, msgId });
    expect([asked, outbox.waiting]).toEqual([1, []]);
  });

  it("is kept once where the conversation ended while the refusal was written down", async () => {
    const { outbox, notices, storage } = await sending({ acked: refused });
    const write = storage.write.bind(storage);
    let written: readonly Outgoing[] = [];
    storage.write = async (...args) => {
      const ended = outbox.end();
      await write(...args);
      written = ended;
    };
    await vi.waitFor(() => expect(written).toEqual([message]));
    await vi.waitFor(async () => expect(await storage.names("refused.")).toEqual([]));
    expect([outbox.refusals.all, notices]).toEqual([[], []]);
  });

  it("leaves nothing of a notice, which has no text", async () => {
    const { outbox, notices, storage } = await sending({ acked: refused }, { ...message, kind: "asked" });
    await vi.waitFor(() => expect(notices).toHaveLength(1));
    expect(outbox.refusals.all).toEqual([]);
    expect(await storage.names("")).toEqual([]);
  });
});

describe("of a conversation that a restored service has no more", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("nothing waits any more, and nothing is sent or told", async () => {
    const told: unknown[] = [];
    const { outbox, notices } = await sending({
      acked: async () => Promise.resolve(told.push("sent")),
      streamEpoch: 2,
    });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(outbox.end()).toEqual([message]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([outbox.waiting, told, notices, vi.getTimerCount()]).toEqual([[], [], [], 0]);
  });

  it("is not called a refusal where the service answers after its end", async () => {
    const answers: (() => void)[] = [];
    const { outbox, notices } = await sending({
      acked: async () =>
        new Promise((_, reject) => {
          answers.push(() => reject(refusal("not_found", 404)));
        }),
    });
    await vi.advanceTimersByTimeAsync(1);
    outbox.end();
    expect(answers.map((answer) => answer())).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect([notices, outbox.refusals.all]).toEqual([[], []]);
  });
});
