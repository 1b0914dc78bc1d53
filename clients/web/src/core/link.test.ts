import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AnyDown, Id } from "../wire/types.ts";
import { Api, type Fetch } from "./api.ts";
import { abnormal, type Carrier, type CarrierEvents } from "./carrier.ts";
import { Ended, ProblemError, TimedOut } from "./errors.ts";
import { Link } from "./link.ts";
import { newSession } from "./session.ts";

const id = "AAAAAAAAAAAAAAAAAAAAAA==" as Id;
const welcome = {
  t: "welcome",
  ref: 0,
  now: 1,
  service: id,
  stream_epoch: 1,
  account: id,
  seats: [],
  threads: [],
  more: false,
} as const;

/** A service at the other end of the carrier: the test speaks for it. */
class Far implements Carrier {
  /** Whether it answers by itself. */
  lively = false;
  readonly connections: { readonly events: CarrierEvents; readonly frames: string[]; dropped: boolean }[] = [];

  connect(events: CarrierEvents): ReturnType<Carrier["connect"]> {
    const connection = { events, frames: new Array<string>(), dropped: false };
    this.connections.push(connection);
    const drop = (): void => {
      if (!connection.dropped) {
        connection.dropped = true;
        events.onClose(abnormal);
      }
    };
    const send = (frame: string): void => {
      connection.frames.push(frame);
      const { t, ref } = JSON.parse(frame) as { t: string; ref: number };
      if (this.lively && t === "threads") {
        queueMicrotask(() => this.say({ ...page, ref }));
      }
    };
    return { send, drop };
  }

  get last(): Far["connections"][number] {
    const found = this.connections.at(-1);
    if (found === undefined) {
      throw new Error("nobody connected");
    }
    return found;
  }

  say(...structs: AnyDown[]): void {
    this.last.events.onFrame(JSON.stringify(structs));
  }

  greet(): void {
    this.last.events.onOpen();
    this.say(welcome);
  }
}

const answers = new Map<string, () => Response>();
const fetcher: Fetch = async (input) => {
  const answer =
    answers.get(new URL(input).pathname)?.() ?? Response.json({ ticket: "t", expires_in_s: 60 }, { status: 201 });
  return Promise.resolve(answer);
};

async function linked(token = "none"): Promise<{ link: Link; far: Far }> {
  const far = new Far();
  const api = new Api("http://service.example", () => token, fetcher);
  const events = { onOutput: () => undefined, onState: () => undefined };
  const link = new Link(api, far, newSession(id, { since: null, streamEpoch: null }), events, {
    fraction: () => 0.5,
    clock: () => Date.now(),
  });
  link.start();
  await vi.advanceTimersByTimeAsync(0);
  return { link, far };
}

const command = { t: "threads" } as const;
const page = { t: "threads", now: 1, threads: [], more: false } as const;

beforeEach(() => {
  vi.useFakeTimers();
  answers.clear();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a link", () => {
  it("waits for the answer over a lost connection, and sends the same again", async () => {
    const { link, far } = await linked();
    far.greet();
    const asked = link.request(command, { timeoutMs: null });
    await vi.advanceTimersByTimeAsync(0);
    far.last.events.onClose(1006);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(far.connections).toHaveLength(2);
    far.greet();
    expect(far.last.frames[1]).toBe(far.connections[0]?.frames[1]);
    far.say({ ...page, ref: 1 });
    expect((await asked).t).toBe("threads");
    link.fail(new Ended("over"));
  });

  it("gives up a connection that does not open within 8 s, or does not greet within 10", async () => {
    const { link, far } = await linked();
    await vi.advanceTimersByTimeAsync(7_900);
    expect(far.last.dropped).toBe(false);
    await vi.advanceTimersByTimeAsync(200);
    expect(far.connections[0]?.dropped).toBe(true);
    await vi.advanceTimersByTimeAsync(1_000);
    far.last.events.onOpen();
    await vi.advanceTimersByTimeAsync(10_100);
    expect(far.connections[1]?.dropped).toBe(true);
    link.fail(new Ended("over"));
  });

  it("does not trust a socket that says nothing when the page is shown again", async () => {
    const { link, far } = await linked();
    far.greet();
    link.wake();
    await vi.advanceTimersByTimeAsync(3_900);
    expect(far.last.dropped).toBe(false);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(far.connections[0]?.dropped).toBe(true);
    link.fail(new Ended("over"));
  });

  it("asks after a long silence, and keeps a connection that answers", async () => {
    const { link, far } = await linked();
    far.greet();
    await vi.advanceTimersByTimeAsync(26_000);
    expect(far.last.frames).toHaveLength(2);
    far.say({ ...page, ref: 1 });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(far.last.dropped).toBe(false);
    link.fail(new Ended("over"));
  });

  it("comes back at once when woken", async () => {
    const { link, far } = await linked();
    for (let failures = 0; failures < 8; failures += 1) {
      far.last.events.onClose(1006);
      link.wake();
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(far.connections).toHaveLength(9);
    link.fail(new Ended("over"));
  });

  it("waits out busy, raises a refusal, and times out", async () => {
    const { link, far } = await linked();
    far.greet();
    const problem = { type: "", title: "", status: 503, code: "busy", retryable: true, retry_after_ms: 2_000 };
    const asked = link.request(command, { timeoutMs: 20_000 });
    asked.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(0);
    far.say({ t: "err", ref: 1, problem });
    await vi.advanceTimersByTimeAsync(2_100);
    far.say({ t: "err", ref: 2, problem: { ...problem, code: "not_found", status: 404, retryable: false } });
    await expect(asked).rejects.toBeInstanceOf(ProblemError);
    const late = link.request(command, { timeoutMs: 3_000 });
    late.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(3_100);
    await expect(late).rejects.toBeInstanceOf(TimedOut);
    link.fail(new Ended("over"));
  });

  it("renews the token before it ends", async () => {
    const ends = Math.floor(Date.now() / 1_000) + 300;
    const { link, far } = await linked(`x.${btoa(JSON.stringify({ exp: ends }))}.y`);
    far.lively = true;
    far.greet();
    await vi.advanceTimersByTimeAsync(241_000);
    expect(far.last.frames.map((frame) => (JSON.parse(frame) as { t: string }).t)).toContain("refresh");
    link.fail(new Ended("over"));
  });

  it("ends with what cannot get better, and tells who waits", async () => {
    const { link, far } = await linked();
    const asked = link.request(command, { timeoutMs: null });
    asked.catch(() => undefined);
    far.last.events.onClose(4503);
    await expect(asked).rejects.toMatchObject({ name: "Ended", code: 4503 });
    await expect(link.ended).rejects.toMatchObject({ code: 4503 });
    await expect(link.request(command, { timeoutMs: null })).rejects.toBeInstanceOf(Ended);
  });

  it("goes on without a token, and ends where the service refuses it for good", async () => {
    answers.set("/v1/tickets", () => Response.error());
    const { link, far } = await linked();
    expect(far.connections).toHaveLength(0);
    const problem = { type: "", title: "", status: 401, code: "unauthenticated" };
    answers.set("/v1/tickets", () => Response.json(problem, { status: 401 }));
    link.wake();
    await expect(link.ended).rejects.toBeInstanceOf(ProblemError);
  });
});
