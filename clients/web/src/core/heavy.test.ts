import { expect, it, vi } from "vitest";
import { draw, systemEntropy } from "../e2ee/entropy.ts";
import { HASH } from "../e2ee/bytes.ts";
import { headsAfter } from "../e2ee/log-extent.ts";
import type { LogEvent } from "../e2ee/thread-log.ts";
import { type Asked, here, WorkerHeavy } from "./heavy.ts";
import { tasks } from "./heavy-tasks.ts";

const head = draw(systemEntropy, HASH);
const event = (seq: number, kind = "message"): LogEvent => ({
  seq,
  time: seq,
  kind,
  party: 0,
  payload: new Uint8Array(700),
  proof: new Uint8Array(0),
});
const events = Array.from({ length: 300 }, (_, at) => event(at + 1));

/** A worker's port whose other end a test holds. */
class Port extends EventTarget {
  readonly asked: Asked[] = [];
  ended = false;

  postMessage(asked: Asked): void {
    this.asked.push(asked);
    this.onAsked(asked);
  }

  onAsked: (asked: Asked) => void = () => undefined;

  terminate(): void {
    this.ended = true;
  }

  answer(data: object): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
}

const inPort = (port: Port): WorkerHeavy => new WorkerHeavy(() => port as unknown as Worker);

it("chains here as at once, and ends before an event that does not encode", async () => {
  const whole = await headsAfter(events, head);
  expect(await here.chain(events, head)).toEqual(whole);
  const broken = [...events.slice(0, 200), event(201, "É"), ...events.slice(201)];
  expect(await here.chain(broken, head)).toEqual(whole.slice(0, 200));
});

it("asks the worker, a few tasks at a time, and takes each answer for its own", async () => {
  const port = new Port();
  const heavy = inPort(port);
  const results = events.slice(0, 10).map(async (each) => heavy.chain([each], head));
  await vi.waitFor(() => expect(port.asked).toHaveLength(4));
  port.onAsked = (asked) => void respond(port, asked);
  for (const asked of port.asked.toReversed()) {
    await respond(port, asked);
  }
  const expected = await Promise.all(events.slice(0, 10).map(async (each) => headsAfter([each], head)));
  expect(await Promise.all(results)).toEqual(expected);
  expect(port.asked).toHaveLength(10);
});

async function respond(port: Port, { id, given }: Asked): Promise<void> {
  port.answer({ id, outcome: await tasks.chain(...(given as Parameters<typeof tasks.chain>)) });
}

it("goes on in this thread when a worker fails, with what waited too", async () => {
  const port = new Port();
  const heavy = inPort(port);
  const result = heavy.chain(events, head);
  await vi.waitFor(() => expect(port.asked).toHaveLength(1));
  port.dispatchEvent(new Event("error"));
  expect(await result).toEqual(await headsAfter(events, head));
  expect(port.ended).toBe(true);
  expect(await heavy.open([])).toEqual([]);
  expect(port.asked).toHaveLength(1);
});

it("does here what the worker refuses, and where none starts", async () => {
  const port = new Port();
  port.onAsked = ({ id }) => port.answer({ id, failed: "no" });
  const expected = await headsAfter(events, head);
  expect(await inPort(port).chain(events, head)).toEqual(expected);
  const none = new WorkerHeavy(() => {
    throw new TypeError("not here");
  });
  expect(await none.chain(events, head)).toEqual(expected);
});

it("gives up a worker that does not answer", async () => {
  vi.useFakeTimers();
  try {
    const port = new Port();
    const result = inPort(port).open([]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await result).toEqual([]);
    expect(port.ended).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});
