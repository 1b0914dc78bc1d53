import { expect, test } from "vitest";

import { type Bytes, byteAt, fromHex, ID, U64 } from "./bytes.ts";
import {
  frame,
  labelOf,
  pad,
  padValue,
  readBound,
  readU64,
  readUtf8,
  u32,
  u64,
  unframe,
  unframePrefix,
  utf8,
} from "./encoding.ts";
import { BadEncoding, BadPadding } from "./errors.ts";

test("a frame is the length and the bytes of its label, then of each field", () => {
  expect(frame("pli1/x", fromHex("0aff"), new Uint8Array())).toEqual(
    fromHex("00000006706c69312f78000000020aff00000000"),
  );
});

test("a frame decodes to its fields and to nothing else", () => {
  const id: Bytes = new Uint8Array(16).fill(7);
  const data = frame("pli1/x", id, u64(5));
  const [found, number] = unframe(data, "pli1/x", [ID, U64]);
  expect(found).toEqual(id);
  expect(readU64(number)).toBe(5);
  expect(labelOf(data)).toBe("pli1/x");
  for (let cut = 0; cut < data.length; cut++) {
    expect(() => unframe(data.slice(0, cut), "pli1/x", [ID, U64])).toThrow(BadEncoding);
  }
  for (let at = 0; at < 10; at++) {
    const changed = data.slice();
    changed[at] = byteAt(changed, at) ^ 1;
    expect(() => unframe(changed, "pli1/x", [ID, U64])).toThrow(BadEncoding);
  }
});

test("a prefix says where its padding begins", () => {
  const framed = frame("pli1/x", u32(1));
  const [, used] = unframePrefix(pad(framed, 64), "pli1/x", [null]);
  expect(used).toBe(framed.length);
});

test("what does not fit is refused, not cut nor rounded", () => {
  expect(() => u32(2 ** 32)).toThrow(BadEncoding);
  expect(() => u32(-1)).toThrow(BadEncoding);
  expect(() => u32(0.5)).toThrow(BadEncoding);
  expect(() => u64(2 ** 53)).toThrow(BadEncoding);
  expect(u64(2 ** 53 - 1)).toEqual(fromHex("001fffffffffffff"));
  expect(() => padValue(new Uint8Array(255), 256)).toThrow(BadPadding);
});

test("a number beyond what JavaScript holds is refused, or more than any other, and never rounded", () => {
  const most = fromHex("001fffffffffffff");
  for (const beyond of ["0020000000000000", "0020000000000001", "ffffffffffffffff"].map((hex) => fromHex(hex))) {
    expect(() => readU64(beyond)).toThrow(BadEncoding);
    expect(readBound(beyond)).toBeGreaterThan(readBound(most));
    expect(() => u64(readBound(beyond))).toThrow(BadEncoding);
  }
  expect(readU64(most)).toBe(2 ** 53 - 1);
  expect(readBound(most)).toBe(2 ** 53 - 1);
});

test("text stays as it was typed, a byte order mark too", () => {
  for (const text of ["\ufeffa", "e\u0301", "« Été »", ""]) expect(readUtf8(utf8(text))).toBe(text);
  expect(() => utf8("\ud800")).toThrow(BadEncoding);
});
