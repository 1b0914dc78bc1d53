import { describe, expect, it } from "vitest";
import type { ThreadView } from "../core/office.ts";
import type { Item } from "../core/views.ts";
import { around, followed, isAtEnd, itemsMax, newest, shortened, type Window, withNewer, withOlder } from "./window.ts";

const items = (from: number, to: number): Item[] =>
  Array.from({ length: to - from + 1 }, (_, at) => ({ type: "restored", seq: from + at, at: 0 }));

const part = (from: number, to: number): Window => ({ items: items(from, to), from, to });

const view = (from: number, seq: number): Pick<ThreadView, "items" | "from" | "seq"> => ({
  items: items(from, seq),
  from,
  seq,
});

const seqs = (window: Window): number[] => window.items.map((item) => item.seq);

/** An event that shows two items. */
const pair = (seq: number): Item[] => [
  { type: "restored", seq, at: 0 },
  { type: "refused", seq, rule: "BadCard", stopped: false },
];

describe("a window", () => {
  it("follows the end, and keeps what it had before", () => {
    const window = followed(withOlder(newest(view(50, 60)), part(40, 49)), view(55, 65));
    expect([window.from, window.to, seqs(window)]).toEqual([40, 65, seqs(part(40, 65))]);
    expect(isAtEnd(window, { seq: 65 })).toBe(true);
    expect(followed(window, view(55, 65))).toBe(window);
  });

  it("stays where it is while it is further back", () => {
    const window = part(1, 20);
    expect(followed(window, view(50, 60))).toBe(window);
    expect(isAtEnd(window, { seq: 60 })).toBe(false);
  });

  it("is the newest again where the log was read anew", () => {
    expect(followed(part(1, 20), view(1, 10))).toEqual(part(1, 10));
  });

  it("takes a line that says why nothing follows", () => {
    const stopped: Item = { type: "refused", seq: 21, rule: "Gap", stopped: true };
    const window = followed(part(1, 20), { items: [...items(1, 20), stopped], from: 1, seq: 20 });
    expect(window.items.at(-1)).toBe(stopped);
  });

  it("takes what comes next to it only", () => {
    const window = part(50, 60);
    expect(withOlder(window, part(30, 48))).toBe(window);
    expect(withNewer(window, part(62, 70))).toBe(window);
    expect(around(part(40, 50), part(51, 60))).toEqual(part(40, 60));
  });

  it("lets go at its other end of what is too much", () => {
    const whole = part(1_000, 999 + itemsMax);
    const back = withOlder(whole, part(900, 999));
    expect([back.from, back.to, back.items.length]).toEqual([900, 899 + itemsMax, itemsMax]);
    const forth = withNewer(whole, part(1_000 + itemsMax, 1_099 + itemsMax));
    expect([forth.from, forth.to, forth.items.length]).toEqual([1_100, 1_099 + itemsMax, itemsMax]);
    expect(shortened(whole)).toBe(whole);
  });

  it("cuts between events, not within one", () => {
    const end: Window = { items: [...items(1, itemsMax - 1), ...pair(itemsMax)], from: 1, to: itemsMax };
    expect(withOlder(end, { items: [], from: 0, to: 0 }).to).toBe(itemsMax - 1);
    const begin: Window = { items: [...pair(1), ...items(2, itemsMax)], from: 1, to: itemsMax };
    expect(shortened(begin).from).toBe(2);
  });
});
