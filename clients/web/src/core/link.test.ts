import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AnyDown, Base64, Id } from "../wire/types.ts";
import { Api, type Fetch, type TokenProvider } from "./api.ts";
import { abnormal, type Carrier, type CarrierEvents } from "./carrier.ts";
import { Ended, ProblemError, SignInNeeded, TimedOut } from "./errors.ts";
import { Link } from "./link.ts";
import { newSession } from "./session.ts";

const id = "AAAAAAAAAAAAAAAAAAAAAA==" as Id;
const welcome = {
  t: "welcome",
  ref: 0,
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

  /** `now`: by the service's clock. */
  greet(now = Date.now()): void {
    this.last.events.onOpen();
    this.say({ ...welcome, now });
  }
}

const answers = new Map<string, () => Response>();
const fetcher: Fetch = async (input) => {
  const answer =
    answers.get(new URL(input).pathname)?.() ?? Response.json({ ticket: "t", expires_in_s: 60 }, { status: 201 });
  return Promise.resolve(answer);
};

async function linked(token: TokenProvider = () => "none"): Promise<{ link: Link; far: Far }> {
  const far = new Far();
  const api = new Api("http://service.example", token, fetcher, () => Date.now());
  const events = { onOutput: () => undefined, onState: () => undefined };
  const link = new Link(api, far, newSession(id, { since: null, streamEpoch: null }), events, {
    fraction: () => 0.5,
    clock: () => Date.now(),
  });
  link.start();
  await vi.advanceTimersByTimeAsync(0);
  return { link, far };
}

function tokenOf(iat: number, exp: number): string {
  return `x.${btoa(JSON.stringify({ iat, exp }))}.y`;
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

  it("refuses what is longer than a frame, which would cut the connection each time that it is sent", async () => {
    const { link, far } = await linked();
    far.greet();
    const put = { t: "desk.put", mailbox: id, entry: id, blob: "x".repeat(65_536) as Base64 } as const;
    const refused = link.request(put, { timeoutMs: null });
    await expect(refused).rejects.toMatchObject({ code: "too_large", final: true });
    expect(far.last.frames).toHaveLength(1);
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

  it("renews the token before it ends, whatever this device's clock says", async () => {
    for (const aheadS of [0, 7_200, -7_200]) {
      const issued = Math.floor(Date.now() / 1_000) - aheadS;
      let given = 0;
      const provider = (): string => {
        given += 1;
        return tokenOf(issued + 300 * (given - 1), issued + 300 * given);
      };
      const { link, far } = await linked(provider);
      far.lively = true;
      far.greet(Date.now() - aheadS * 1_000);
      await vi.advanceTimersByTimeAsync(230_000);
      expect(given).toBe(1);
      await vi.advanceTimersByTimeAsync(11_000);
      expect(far.last.frames.map((frame) => (JSON.parse(frame) as { t: string }).t)).toContain("refresh");
      expect(given).toBe(2);
      link.fail(new Ended("over"));
    }
  });

  it("keeps what waits while nobody is signed in, and sends it in order once somebody is", async () => {
    let isSignedIn = true;
    const provider = (): string => {
      if (!isSignedIn) {
        throw new SignInNeeded("nobody");
      }
      return tokenOf(Date.now() / 1_000, Date.now() / 1_000 + 900);
    };
    const { link, far } = await linked(provider);
    far.lively = true;
    far.greet();
    isSignedIn = false;
    await vi.advanceTimersByTimeAsync(901_000);
    far.last.events.onClose(4005);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(link.signInNeeded).toBe(true);
    expect(far.connections).toHaveLength(1);
    const asked = [
      link.request(command, { timeoutMs: null }),
      link.request({ ...command, since: 1 }, { timeoutMs: null }),
    ];
    isSignedIn = true;
    link.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(link.signInNeeded).toBe(false);
    far.greet();
    const sent = JSON.parse(far.last.frames[1] ?? "") as { ref: number; since?: number }[];
    expect(sent.map(({ since }) => since)).toEqual([undefined, 1]);
    far.say(...sent.map(({ ref }) => ({ ...page, ref })));
    await Promise.all(asked);
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

  it("asks for a new token where the service does not take one, then for a sign-in, and ends with an account", async () => {
    answers.set("/v1/tickets", () => Response.error());
    const { link, far } = await linked();
    expect(far.connections).toHaveLength(0);
    expect(link.signInNeeded).toBe(false);
    const problem = { type: "", title: "", status: 401, code: "unauthenticated" };
    answers.set("/v1/tickets", () => Response.json(problem, { status: 401 }));
    link.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(link.signInNeeded).toBe(true);
    const gone = { ...problem, status: 404, code: "not_found" };
    answers.set("/v1/tickets", () => Response.json(gone, { status: 404 }));
    link.wake();
    await expect(link.ended).rejects.toBeInstanceOf(ProblemError);
  });
});
