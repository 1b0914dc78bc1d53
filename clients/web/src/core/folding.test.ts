import { describe, expect, it } from "vitest";
import { folded, holds, placeOf, wordsOf } from "./folding.ts";

describe("folding", () => {
  it.each([
    ["L’Œuvre de Saint-Étienne", "l'oeuvre de saint-etienne"],
    ["  ÇA\u00a0 va\n?", "ca va ?"],
    ["ﬁn n°½", "fin n°1⁄2"],
    ["ΟΔΟΣ", "οδοσ"],
    ["ſtraße", "strasse"],
  ])("%j is %j", (text, expected) => {
    expect(folded(text)).toBe(expected);
  });

  it("takes a search apart into words", () => {
    expect(wordsOf(" Été  été l‘hiver ")).toEqual(["ete", "l'hiver"]);
    expect(wordsOf("  ")).toEqual([]);
    expect(holds("L’hiver, puis l’été", ["ete", "hiver"])).toBe(true);
    expect(holds("L’hiver", ["ete"])).toBe(false);
  });

  it.each([
    ["Un cœur d’Été", "coeur", "cœur"],
    ["Un cœur d’Été", "d'ete", "d’Été"],
    ["a\u0301\u0301bc", "bc", "bc"],
    ["👋🏽 Bonjour", "bonjour", "Bonjour"],
    ["deux   espaces", "x e", "x   e"],
  ])("in %j, %j is found at %j", (text, word, expected) => {
    const place = placeOf(text, word);
    expect(text.slice(place?.start, place?.end)).toBe(expected);
  });

  it("finds nothing where nothing is", () => {
    expect(placeOf("Bonjour", "soir")).toBeNull();
  });
});
