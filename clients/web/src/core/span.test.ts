import { describe, expect, test } from "vitest";
import { openedMax, spanEventsMax, spanOf } from "./span.ts";

describe("the span that moderators get", () => {
  test("is a little wider than what is opened", () => {
    expect(spanOf([9, 7], 1, 100)).toEqual({ first: 5, last: 11 });
  });

  test("ends where the log does", () => {
    expect(spanOf([2], 1, 2)).toEqual({ first: 1, last: 2 });
    expect(spanOf([30], 30, 30)).toEqual({ first: 30, last: 30 });
  });

  test("is none for words alone", () => {
    expect(spanOf([], 1, 100)).toEqual({ first: 0, last: 0 });
  });

  test("never has more events, nor more opened ones, than a statement holds", () => {
    const wide = spanOf([10, 10 + spanEventsMax - 2], 1, 1_000);
    expect(wide).toEqual({ first: 9, last: 9 + spanEventsMax - 1 });
    expect(spanOf([10, 10 + spanEventsMax - 1], 1, 1_000)).toEqual({ first: 10, last: 10 + spanEventsMax - 1 });
    expect(spanOf([10, 10 + spanEventsMax], 1, 1_000)).toBeNull();
    expect(
      spanOf(
        Array.from({ length: openedMax + 1 }, (_, at) => at + 1),
        1,
        1_000,
      ),
    ).toBeNull();
  });
});
