import { describe, expect, it } from "vitest";
import { catalogueFor } from "./language.ts";
import { textsOf, wrongInEnglish, wrongInFrench } from "./testing/typography.ts";

/** Those of a language, also those that come with a part of a page. */
const french = textsOf(import.meta.glob(["./catalogue*.fr.ts", "../console/words.fr.ts"], { eager: true }));
const english = textsOf(import.meta.glob(["./catalogue*.en.ts", "../console/words.en.ts"], { eager: true }));

it("each language has as many texts", () => {
  expect(french.length).toBeGreaterThan(300);
  expect(english.length).toBe(french.length);
});

describe("French", () => {
  it.each(french)("%s", (text) => {
    for (const wrong of wrongInFrench) {
      expect(text).not.toMatch(wrong);
    }
  });
});

describe("English", () => {
  it.each(english)("%s", (text) => {
    expect(text).not.toMatch(wrongInEnglish);
  });
});

describe("the language of a page", () => {
  it.each([
    [["fr-FR", "en"], "fr"],
    [["en-GB", "fr"], "en"],
    [["de", "en"], "en"],
    [["de"], "fr"],
    [[], "fr"],
  ])("for %j is %s", async (wanted, lang) => {
    expect((await catalogueFor(wanted)).lang).toBe(lang);
  });
});
