import { describe, expect, it } from "vitest";
import { toBase64 } from "../core/base64.ts";
import { pathOf, type Place, placeAt } from "./address.ts";

const places: readonly Place[] = [
  { name: "list" },
  { name: "case", case: toBase64<16>(Uint8Array.from({ length: 16 }, (_, at) => at)) },
  { name: "trail" },
  { name: "settings" },
];

describe("the console's addresses", () => {
  it.each(places)("lead back to $name", (place) => {
    expect(placeAt(pathOf(place))).toEqual(place);
  });

  it.each(["/console/d/00", "/console/d/", "/console/x", "/"])("%s is the queue", (path) => {
    expect(placeAt(path)).toEqual({ name: "list" });
  });
});
