import { describe, expect, it } from "vitest";
import { met, nothingUnsent, type Unsent } from "./unsent.ts";

const typed: Unsent = { text: "Bonj", state: "typed" };
const kept: Unsent = { text: "Bonj", state: "kept" };
const shared: Unsent = { text: "Bonj", state: "shared" };

describe("a composer", () => {
  it("takes a draft in that comes after it was drawn", () => {
    expect(met(nothingUnsent, "Bonjour", false)).toEqual({ text: "Bonjour", state: "shared" });
    expect(met(nothingUnsent, "Bonjour", true)).toEqual({ text: "Bonjour", state: "shared" });
  });

  it("goes on with what others make of it, also where somebody stands in it", () => {
    expect(met(shared, "Bonjour", true)).toEqual({ text: "Bonjour", state: "shared" });
    expect(met(shared, "", true)).toEqual({ text: "", state: "shared" });
  });

  it("leaves what is being typed alone, and what was kept to whoever writes", () => {
    expect(met(typed, "Bonjour", false)).toBe(typed);
    const keeping: Unsent = { text: "Bonj", state: "keeping" };
    expect(met(keeping, "Bon", false)).toBe(keeping);
    expect(met(kept, "Bonjour", true)).toBe(kept);
    expect(met(kept, "Bonjour", false)).toEqual({ text: "Bonjour", state: "shared" });
  });

  it("stays as it is while no draft is known, and when its own comes back", () => {
    expect(met(kept, null, false)).toBe(kept);
    expect(met(shared, null, false)).toBe(shared);
    expect(met(kept, "Bonj", false)).toBe(kept);
  });
});
