import { describe, expect, it } from "vitest";
import { isBase64, toBase64 } from "./base64.ts";
import { Malformed } from "./checks.ts";
import { decodeAnswer, decodeDowns } from "./decoding.ts";

const id = toBase64(new Uint8Array(16));
const event = { t: "event", thread: id, seq: 1, at: 2, kind: "message", party: 0, payload: "AA==", proof: "" };

describe("what comes down", () => {
  it("is one struct or several, and leaves out what it does not know", () => {
    expect(decodeDowns(JSON.stringify(event))).toEqual([event]);
    expect(
      decodeDowns(
        JSON.stringify([
          { t: "newer", x: 1 },
          { ...event, more: 1 },
        ]),
      ),
    ).toEqual([{ ...event, more: 1 }]);
  });

  it.each([
    ["no JSON", "{"],
    ["no struct", "7"],
    ["null", "null"],
    ["no type", "{}"],
    ["a short id", JSON.stringify({ ...event, thread: "AAAA" })],
    ["bytes that are none", JSON.stringify({ ...event, payload: "%" })],
    ["two names for the same bytes", JSON.stringify({ ...event, payload: "AB==" })],
    ["a negative number", JSON.stringify({ ...event, seq: -1 })],
    ["a fraction", JSON.stringify({ ...event, seq: 1.5 })],
    ["a missing field", JSON.stringify({ ...event, party: undefined })],
    ["a wrong list", JSON.stringify({ t: "events", ref: 1, thread: id, events: [{}], head_seq: 1 })],
  ])("refuses %s", (_, frame) => {
    expect(() => decodeDowns(frame)).toThrow(Malformed);
  });

  it("leaves out a type that every object has", () => {
    expect(decodeDowns(JSON.stringify({ t: "constructor" }))).toEqual([]);
  });

  it("holds bodies to their form", () => {
    expect(decodeAnswer("TicketIssued", '{"ticket": "x", "expires_in_s": 60}').ticket).toBe("x");
    expect(() => decodeAnswer("TicketIssued", '{"ticket": 1, "expires_in_s": 60}')).toThrow(Malformed);
  });
});

describe("base64", () => {
  it.each([
    ["", true],
    ["AA==", true],
    ["AAA=", true],
    ["AAAA", true],
    ["AAB=", false],
    ["A", false],
    ["AA=A", false],
    ["AA-_", false],
  ])("%j is canonical: %s", (text, canonical) => {
    expect(isBase64(text)).toBe(canonical);
  });
});
