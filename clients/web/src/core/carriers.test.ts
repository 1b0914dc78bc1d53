import { describe, expect, it } from "vitest";
import { abnormal, type Carrier, type CarrierEvents } from "./carrier.ts";
import { EitherCarrier } from "./either.ts";
import { framesOf } from "./frames.ts";
import { EventParser } from "./sse.ts";
import { expiry } from "./token.ts";

const quiet: CarrierEvents = { onOpen: () => undefined, onFrame: () => undefined, onClose: () => undefined };

class ScriptedCarrier implements Carrier {
  events: CarrierEvents[] = [];

  connect(events: CarrierEvents): ReturnType<Carrier["connect"]> {
    this.events.push(events);
    return { send: () => undefined, drop: () => undefined };
  }
}

describe("either carrier", () => {
  it("takes the second where nothing came over the first, and tries the first again after ten minutes", () => {
    const [first, second] = [new ScriptedCarrier(), new ScriptedCarrier()];
    let now = 0;
    const either = new EitherCarrier(first, second, () => now);
    either.connect(quiet);
    first.events[0]?.onClose(abnormal);
    either.connect(quiet);
    now = 600_001;
    either.connect(quiet);
    expect([first.events.length, second.events.length]).toEqual([2, 1]);
  });

  it.each([
    ["a welcome", "frame", abnormal],
    ["a close code", "", 4001],
  ])("stays with the first after %s", (_, frame, code) => {
    const [first, second] = [new ScriptedCarrier(), new ScriptedCarrier()];
    const either = new EitherCarrier(first, second, () => 0);
    either.connect(quiet);
    if (frame !== "") {
      first.events[0]?.onFrame(frame);
    }
    first.events[0]?.onClose(code);
    either.connect(quiet);
    expect([first.events.length, second.events.length]).toEqual([2, 0]);
  });
});

describe("server-sent events", () => {
  const stream = ": hello\r\ndata: [1,\r\ndata: 2]\r\n\r\n:\n\nevent: close\ndata: 4001\n\nid: 3\n\n";
  it.each([1, 2, 3, 7, 1_000])("are read in pieces of %i", (size) => {
    const parser = new EventParser();
    const pieces = stream.match(new RegExp(`[^]{1,${size}}`, "gu")) ?? [];
    expect(pieces.flatMap((piece) => parser.feed(piece))).toEqual([
      { name: "", data: "[1,\n2]" },
      { name: "close", data: "4001" },
    ]);
  });

  it("do not fill the memory", () => {
    expect(() => new EventParser().feed("x".repeat(2_097_153))).toThrow(RangeError);
  });
});

describe("frames", () => {
  it("hold the commands of one thread at most, in order, within the bound", () => {
    const long = "x".repeat(40_000);
    const commands = [
      { encoded: "1", thread: "a" },
      { encoded: "2", thread: null },
      { encoded: "3", thread: "b" },
      { encoded: long, thread: "b" },
      { encoded: long, thread: "b" },
    ];
    expect(framesOf(commands)).toEqual(["[1,2]", `[3,${long}]`, long]);
  });
});

describe("the end of a token", () => {
  it.each([
    [`x.${btoa(JSON.stringify({ exp: 5 })).replaceAll("=", "")}.y`, 5_000],
    [`x.${btoa(JSON.stringify({}))}.y`, null],
    ["nonsense", null],
    ["", null],
  ])("of %j is %j", (token, at) => {
    expect(expiry(token)).toBe(at);
  });
});
