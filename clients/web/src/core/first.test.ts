import { describe, expect, it, vi } from "vitest";
import type { Id } from "../wire/types.ts";
import { ProblemError } from "./errors.ts";
import { FirstMessages, type Surroundings } from "./first.ts";
import { type Opening, shelves } from "./local.ts";
import { MemoryStorage, type Storage } from "./storage.ts";
import type { Notice } from "./views.ts";

const id = (of: number): Id => Buffer.alloc(16, of).toString("base64") as Id;
const [mailbox, target, thread, msgId] = [id(1), id(2), id(3), id(4)];
const opening = { mailbox, target, thread, msgId, text: "Bonjour", at: 5, payload: "", peer: {} } as unknown as Opening;

const refusal = (code: string, status: number): ProblemError =>
  new ProblemError({ type: "", title: code, status, code, retryable: false });

interface Service {
  /** What it answers to an opening. */
  readonly opened: () => Promise<unknown>;
  readonly confirmed?: () => Promise<void>;
}

/** First messages with one whose opening is on its way, of a service that answers so. */
async function underWay(storage: Storage, service: Service): Promise<{ first: FirstMessages; notices: Notice[] }> {
  await shelves.opening.save(storage, opening, mailbox, thread);
  const notices: Notice[] = [];
  const runtime = {
    storage,
    link: { insist: service.opened },
    api: { claim: () => new Promise(() => undefined) },
    clock: () => 9,
    changed: (): void => undefined,
    notice: (notice: Notice): void => void notices.push(notice),
  };
  const follower = { streamEpoch: 1, confirm: service.confirmed };
  const around = { threads: () => [], adopt: () => ({ follower }) } as unknown as Surroundings;
  const first = new FirstMessages(runtime as never, { mailbox } as never, around);
  await first.resume();
  return { first, notices };
}

const ack = { thread, seq: 1, at: 6, proof: "" };

describe("a first message on its way", () => {
  it("is kept at every moment while its claim is void and it waits for another one", async () => {
    const storage = await MemoryStorage.create();
    const seen: string[][] = [];
    for (const method of ["put", "write", "delete"] as const) {
      const real = storage[method].bind(storage) as (...args: unknown[]) => Promise<void>;
      vi.spyOn(storage, method).mockImplementation(async (...args: unknown[]) => {
        await real(...args);
        seen.push(await storage.names(""));
      });
    }
    await underWay(storage, { opened: () => Promise.reject(refusal("conflict", 409)) });
    await vi.waitFor(async () => expect(await storage.names("first.")).toHaveLength(1));
    await vi.waitFor(async () => expect(await storage.names("opening.")).toEqual([]));
    expect(seen.filter((names) => names.length === 0)).toEqual([]);
    expect(await shelves.first.all(storage, mailbox)).toEqual([
      { id: msgId, mailbox, target, text: "Bonjour", at: 5, order: 0 },
    ]);
  });

  it.each([refusal("internal", 500), refusal("forbidden", 403)])(
    "that was taken is not called refused where reading it back meets $code",
    async (problem) => {
      const storage = await MemoryStorage.create();
      let confirmations = 0;
      const { first, notices } = await underWay(storage, {
        opened: () => Promise.resolve(ack),
        confirmed: () => {
          confirmations += 1;
          return Promise.reject(problem);
        },
      });
      await vi.waitFor(() => expect(first.waiting).toEqual([]));
      expect(confirmations).toBe(1);
      expect(notices.map(({ type }) => type)).toEqual(["firstSent"]);
      expect(await storage.names("opening.")).toHaveLength(1);
    },
  );

  it("that is refused for good stays with its author, also in the next run, until it is let go", async () => {
    const storage = await MemoryStorage.create();
    const { first, notices } = await underWay(storage, { opened: () => Promise.reject(refusal("suspended", 403)) });
    await vi.waitFor(() => expect(first.refused).toHaveLength(1));
    const shown = { id: msgId, mailbox, target, text: "Bonjour", at: 5, code: "suspended" };
    expect([first.refused, first.waiting, notices.map(({ type }) => type)]).toEqual([[shown], [], ["firstRefused"]]);
    expect(await storage.names("opening.")).toEqual([]);
    const { first: next } = await underWay(storage, { opened: () => new Promise(() => undefined) });
    expect(next.refused).toEqual([shown]);
    expect(await next.cancel(msgId)).toBe(true);
    expect([next.refused, await storage.names("refused")]).toEqual([[], []]);
  });

  it("is kept where nobody may write at all", async () => {
    const storage = await MemoryStorage.create();
    const runtime = {
      storage,
      api: { claim: () => Promise.reject(refusal("suspended", 403)) },
      clock: () => 9,
      changed: (): void => undefined,
      notice: (): void => undefined,
    };
    const around = { threads: () => [], adopt: () => null };
    const first = new FirstMessages(runtime as never, { mailbox } as never, around);
    await first.write(msgId, target, "Bonjour");
    await vi.waitFor(() =>
      expect(first.refused.map(({ text, code }) => [text, code])).toEqual([["Bonjour", "suspended"]]),
    );
    await first.write(msgId, target, "Bonjour");
    expect([first.waiting, await storage.names("first.")]).toEqual([[], []]);
  });
});
