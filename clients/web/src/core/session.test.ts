import { describe, expect, it } from "vitest";
import type { AnyDown, Id, Welcome } from "../wire/types.ts";
import { toBase64 } from "./base64.ts";
import { inFlightBytesMax, inFlightMax } from "./frames.ts";
import { type Effect, type Input, newSession, type Session, step, waitingMax } from "./session.ts";

const device = "AAAAAAAAAAAAAAAAAAAAAA==" as Id;
const never = { since: null, streamEpoch: null };

function welcome(fields: Partial<Welcome> = {}): Welcome {
  return {
    t: "welcome",
    ref: 0,
    now: 1_000,
    service: device,
    stream_epoch: 7,
    account: device,
    seats: [],
    threads: [],
    more: false,
    ...fields,
  };
}

function submit(thread: string | null = null, sealed = false): Input {
  return { type: "submit", command: { t: "threads" }, thread, sealed };
}

function received(...structs: AnyDown[]): Input {
  return { type: "received", structs };
}

/** The session after these inputs, and what the last one brought about. */
function after(start: Session, inputs: readonly Input[], fraction = 0.5): readonly [Session, readonly Effect[]] {
  let session = start;
  let effects: readonly Effect[] = [];
  for (const input of inputs) {
    [session, effects] = step(session, input, () => fraction);
  }
  return [session, effects];
}

const opened: Input = { type: "opened", ticket: "t" };
const ready: readonly Input[] = [opened, received(welcome())];
const lost: Input = { type: "closed", code: 1006, advisedMs: 0 };

function sent(effects: readonly Effect[]): unknown[] {
  return effects.flatMap((effect) => (effect.type === "send" ? [JSON.parse(effect.frame) as unknown] : []));
}

describe("greeting", () => {
  it("says hello, and nothing else before the welcome", () => {
    const [session, effects] = after(newSession(device, never), [submit(), opened]);
    expect(sent(effects)).toEqual([{ t: "hello", ref: 0, ticket: "t", device }]);
    const [, next] = after(session, [submit()]);
    expect(next).toEqual([]);
    const [, welcomed] = after(session, [received(welcome())]);
    expect(sent(welcomed)).toEqual([{ t: "threads", ref: 1 }]);
  });

  it("says what it had processed", () => {
    const [, effects] = after(newSession(device, { since: 5, streamEpoch: 7 }), [opened]);
    expect(sent(effects)[0]).toMatchObject({ since: 5, stream_epoch: 7 });
  });

  it("takes a refusal as one", () => {
    const problem = { type: "", title: "", status: 401, code: "unauthenticated" };
    const [, effects] = after(newSession(device, never), [opened, received({ t: "err", ref: 0, problem })]);
    expect(effects).toEqual([{ type: "refused", problem }]);
  });
});

describe("commands", () => {
  it("gives each its one answer, and passes over what it did not ask", () => {
    const [session] = after(newSession(device, never), [...ready, submit()]);
    const [, effects] = after(session, [received({ t: "ok", ref: 1 }, { t: "ok", ref: 1 }, { t: "ok", ref: 9 })]);
    expect(effects).toEqual([{ type: "answered", ref: 1, answer: { t: "ok", ref: 1 } }]);
  });

  it("lets so many wait for their answer, and sends the next with the first answer", () => {
    const many = Array.from({ length: inFlightMax + 2 }, () => submit());
    const [session] = after(newSession(device, never), [...ready, ...many]);
    expect(session.inFlight).toHaveLength(inFlightMax);
    const [next, effects] = after(session, [received({ t: "ok", ref: 1 })]);
    expect(sent(effects)).toEqual([{ t: "threads", ref: inFlightMax + 1 }]);
    expect(next.waiting).toHaveLength(1);
  });

  it("lets so many bytes wait for their answer", () => {
    const payload = toBase64(new Uint8Array(inFlightBytesMax / 2));
    const message: Input = { type: "submit", command: { t: "send", payload }, thread: null, sealed: true };
    const [session] = after(newSession(device, never), [...ready, message, message, message]);
    expect(session.inFlight).toHaveLength(2);
    const [next] = after(session, [received({ t: "ok", ref: 1 })]);
    expect(next.inFlight.map(({ ref }) => ref)).toEqual([2, 3]);
  });

  it("sends again, in their first order, what had no answer", () => {
    const [session] = after(newSession(device, never), [
      ...ready,
      submit(),
      submit(),
      received({ t: "ok", ref: 1 }),
      lost,
      submit(),
    ]);
    const [, effects] = after(session, ready);
    expect(sent(effects)).toEqual([
      [
        { t: "threads", ref: 2 },
        { t: "threads", ref: 3 },
      ],
    ]);
  });

  it("tells the service of which messages it may have already", () => {
    const message: Input = {
      type: "submit",
      command: { t: "send", payload: toBase64(new Uint8Array([1])) },
      thread: null,
      sealed: true,
    };
    const [session] = after(newSession(device, never), [...ready, message, submit(), lost, message]);
    const [, effects] = after(session, ready);
    expect(sent(effects)).toEqual([
      [
        { t: "send", ref: 1, payload: "AQ==", again: true },
        { t: "threads", ref: 2 },
        { t: "send", ref: 3, payload: "AQ==" },
      ],
    ]);
  });

  it("forgets what nobody waits for", () => {
    const [session] = after(newSession(device, never), [submit(), { type: "forget", ref: 1 }]);
    const [, effects] = after(session, ready);
    expect(sent(effects)).toEqual([]);
  });

  it("refuses to hold more than it may", () => {
    const session = {
      ...newSession(device, never),
      waiting: Array.from({ length: waitingMax }, (_, ref) => ({ ref, encoded: "", thread: null, sealed: false })),
    };
    expect(() => step(session, submit(), () => 0)).toThrow("room");
  });
});

describe("after an outage", () => {
  it("lets several threads go one by one, never in one frame", () => {
    const [session, effects] = after(newSession(device, never), [submit("a"), submit("b"), ...ready]);
    expect(sent(effects)).toEqual([]);
    expect(effects).toContainEqual({ type: "releaseLater", thread: "a", afterMs: 4_000 });
    const [next, first] = after(session, [{ type: "release", thread: "b" }]);
    expect(sent(first)).toEqual([{ t: "threads", ref: 2 }]);
    const [, second] = after(next, [{ type: "release", thread: "a" }]);
    expect(sent(second)).toEqual([{ t: "threads", ref: 1 }]);
  });

  it("lets one thread alone go at once", () => {
    const [, effects] = after(newSession(device, never), [submit("a"), submit("a"), ...ready]);
    expect(sent(effects)).toEqual([
      [
        { t: "threads", ref: 1 },
        { t: "threads", ref: 2 },
      ],
    ]);
  });

  it("takes out what was sealed on a history that is gone", () => {
    const [session] = after(newSession(device, { since: 5, streamEpoch: 6 }), [submit(null, true), submit(), opened]);
    const [next, effects] = after(session, [received(welcome())]);
    expect(effects[0]).toMatchObject({ type: "welcomed", complete: false, void: [1] });
    expect(sent(effects)).toEqual([{ t: "threads", ref: 2 }]);
    expect(next.since).toBeNull();
  });
});

describe("settling", () => {
  it("moves since with the welcome that was processed, and not with one before", () => {
    const first = welcome();
    const [session] = after(newSession(device, never), [
      opened,
      received(first),
      lost,
      opened,
      received(welcome({ now: 2_000 })),
    ]);
    expect(after(session, [{ type: "settled", welcome: first }])[0].since).toBeNull();
    const announced = session.announced ?? first;
    expect(after(session, [{ type: "settled", welcome: announced }])[0]).toMatchObject({
      since: 2_000,
      streamEpoch: 7,
    });
  });
});

describe("coming back", () => {
  const table: readonly (readonly [number, number, number])[] = [
    // failures before, close code, the ceiling of the wait in ms
    [0, 1006, 500],
    [1, 1006, 1_000],
    [3, 4001, 4_000],
    [9, 1006, 20_000],
    [0, 4013, 20_000],
    [0, 4502, 60_000],
    [0, 4504, 60_000],
  ];
  it.each(table)("after %i failures and code %i waits a part of %i ms", (failures, code, ceiling) => {
    const session = { ...newSession(device, never), failures };
    const [, effects] = after(session, [{ type: "closed", code, advisedMs: 0 }], 0.999_999);
    const [effect] = effects;
    expect(effect?.type === "reconnect" && Math.ceil(effect.afterMs / 10) * 10).toBe(ceiling);
  });

  it("does not come back before the service said", () => {
    const closing: AnyDown = { t: "closing", code: 4001, reconnect_after_ms: 3_000 };
    const [, effects] = after(
      newSession(device, never),
      [...ready, received(closing), { type: "closed", code: 4001, advisedMs: 0 }],
      0,
    );
    expect(effects).toEqual([{ type: "reconnect", afterMs: 3_000 }]);
  });

  it.each([4500, 4501, 4503, 4600])("%i is final, but for one bad ticket", (code) => {
    const closed: Input = { type: "closed", code, advisedMs: 0 };
    const [session, effects] = after(newSession(device, never), code === 4500 ? [closed, closed] : [closed]);
    expect(session.phase).toBe("over");
    expect(effects).toEqual([{ type: "over", code }]);
    expect(after(session, [lost, opened])[1]).toEqual([]);
  });

  it("tries a bad ticket once more, and counts anew after a welcome", () => {
    const bad: Input = { type: "closed", code: 4500, advisedMs: 0 };
    const [session] = after(newSession(device, never), [bad, ...ready, bad]);
    expect(session.phase).toBe("down");
  });
});
