import { describe, expect, it } from "vitest";
import { clockOf, isTooLong, minuteOf, zonesFor } from "./hours.ts";

describe("a time of day", () => {
  it.each([
    ["00:00", 0],
    ["08:05", 485],
    ["20:00", 1_200],
    ["23:59", 1_439],
  ])("%s is minute %i", (clock, minute) => {
    expect(minuteOf(clock)).toBe(minute);
    expect(clockOf(minute)).toBe(clock);
  });

  it.each(["", "24:00", "8:00", "12:60", "x"])("%s is none", (clock) => {
    expect(minuteOf(clock)).toBeNull();
  });
});

it("leaves two hours of a day, also over midnight", () => {
  expect(isTooLong(0, 22 * 60)).toBe(false);
  expect(isTooLong(0, 22 * 60 + 1)).toBe(true);
  expect(isTooLong(20 * 60, 18 * 60)).toBe(false);
  expect(isTooLong(20 * 60, 18 * 60 + 1)).toBe(true);
  expect(isTooLong(600, 600)).toBe(false);
});

it("offers each zone once, and always the one that is set", () => {
  expect(zonesFor(["Europe/Paris"], "Europe/Paris", "Europe/Paris")).toEqual(["Europe/Paris"]);
  expect(zonesFor(["Europe/Paris"], "Asia/Tokyo", "UTC")).toEqual(["Europe/Paris", "UTC", "Asia/Tokyo"]);
  expect(zonesFor([], "Europe/Paris", "")).toEqual(["Europe/Paris"]);
});
