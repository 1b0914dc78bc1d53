import { describe, expect, it } from "vitest";
import { en } from "./catalogue.en.ts";
import { fr } from "./catalogue.fr.ts";
import { catalogueFor } from "./language.ts";

/** Every text, those that are made called with a sample. */
function texts(value: unknown): string[] {
  if (typeof value === "string") {
    return [value];
  }
  if (typeof value === "function") {
    return [true, false].map((flag) =>
      String((value as (argument: unknown) => unknown)(value.name === "fieldsShown" ? ["x"] : flag)),
    );
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

describe("French", () => {
  it.each(texts(fr))("%s", (text) => {
    expect(text).not.toMatch(/[ \u00a0][;!?]| :|« | »|[a-zà-ü]'[a-zà-ü]|\.\.\./iu);
    expect(text).not.toMatch(/\b(?:tu|ton|ta|tes|toi)\b/iu);
  });
});

describe("English", () => {
  it.each(texts(en))("%s", (text) => {
    expect(text).not.toMatch(/\s[;:!?]|[a-z]'[a-z]|\.\.\./iu);
  });
});

describe("the language of a page", () => {
  it.each([
    [["fr-FR", "en"], "fr"],
    [["en-GB", "fr"], "en"],
    [["de", "en"], "en"],
    [["de"], "fr"],
    [[], "fr"],
  ])("for %j is %s", (wanted, lang) => {
    expect(catalogueFor(wanted).lang).toBe(lang);
  });
});
