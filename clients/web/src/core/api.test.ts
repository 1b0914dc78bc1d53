import { describe, expect, it, vi } from "vitest";
import { Api } from "./api.ts";
import { TimedOut } from "./errors.ts";

/** Over a connection that is dead, as a browser finds it among its idle ones: it ends when its request does. */
async function overDeadLine(_url: string, { signal }: RequestInit): Promise<Response> {
  signal?.throwIfAborted();
  return Promise.withResolvers<Response>().promise;
}

const token = async (): Promise<string> => Promise.resolve("a.b.c");

describe("requests over a dead connection", () => {
  it("end sooner where a lost connection begins anew", async () => {
    const patience: number[] = [];
    const spy = vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
      patience.push(ms);
      return AbortSignal.abort(new DOMException("", "TimeoutError"));
    });
    const api = new Api("http://service.example", token, overDeadLine, () => 0);
    await expect(api.ticket()).rejects.toThrow(TimedOut);
    await expect(api.vault()).rejects.toThrow(TimedOut);
    spy.mockRestore();
    expect(patience).toEqual([5_000, 15_000]);
  });
});
