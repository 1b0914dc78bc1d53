import { expect, test } from "vitest";
import { frame, u16, u8 } from "./encoding.ts";
import { BadEncoding, WrongHeader } from "./errors.ts";
import { openFrozen } from "./freeze.ts";

const said = (value: number) => frame("pli1/frozen", u8(value));

test("the service says that a thread is frozen, and that it is no more", () => {
  expect([openFrozen(said(1), 255), openFrozen(said(0), 255)]).toEqual([true, false]);
});

test("nobody else does, and nothing else is said", () => {
  expect(() => openFrozen(said(1), 0)).toThrow(WrongHeader);
  expect(() => openFrozen(said(2), 255)).toThrow(BadEncoding);
  expect(() => openFrozen(frame("pli1/frozen", u16(1)), 255)).toThrow(BadEncoding);
  expect(() => openFrozen(frame("pli1/closed", u8(1)), 255)).toThrow(BadEncoding);
});
