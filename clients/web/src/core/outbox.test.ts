import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Id } from "../wire/types.ts";
import { ProblemError } from "./errors.ts";
import { type Outgoing, shelves } from "./local.ts";
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
  content: "" as Outgoing["content"],
  payload: "" as Outgoing["payload"],
  record: "" as Outgoing["record"],
  told: true,
  streamEpoch: 1,
  at: 5,
};

interface Service {
  readonly acked: () => Promise<unknown>;
  readonly confirmed?: () => Promise<void>;
}

/** An outbox that sends what an earlier run left to a service that answers so. */
async function sending(service: Service): Promise<{ outbox: Outbox; notices: Notice[]; storage: MemoryStorage }> {
  const storage = await MemoryStorage.create();
  await shelves.outgoing.save(storage, message, thread, msgId);
  const notices: Notice[] = [];
  const runtime = {
    storage,
    link: { insist: service.acked },
    changed: (): void => undefined,
    notice: (notice: Notice): void => void notices.push(notice),
  };
  const follower = {
    log: { side: { thread, party: 0 } },
    streamEpoch: 1,
    settled: () => Promise.resolve(),
    confirm: service.confirmed,
  };
  const outbox = new Outbox(runtime as never, follower as never, {} as never);
  outbox.resume(message);
  return { outbox, notices, storage };
}

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
