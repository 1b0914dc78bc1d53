import { describe, expect, it } from "vitest";
import { folded } from "../core/folding.ts";
import { type Hint, hintFor } from "./guard.ts";

const card = ["Dr Camille Le Goff", "Mairie de Plouvorn", "oui"];

describe("the self-reveal guard", () => {
  const table: readonly (readonly [string, Hint | null])[] = [
    ["Bonjour, votre annonce m’intéresse.", null],
    ["Nous avons 1 840 habitants, un cabinet de 110 m² refait en 2024.", null],
    ["Appelez-moi au 06 12 34 56 78", "phone"],
    ["06.12.34.56.78", "phone"],
    ["+33 6 12 34 56 78", "phone"],
    ["(0)2-96-00-00-00", "phone"],
    ["écrivez à camille@exemple.fr", "email"],
    ["camille @ exemple.fr", "email"],
    ["camille arobase exemple.fr", "email"],
    ["voir https://exemple.test/moi", "url"],
    ["mon site : www.exemple", "url"],
    ["docteur-legoff.fr", "url"],
    ["Je suis le dr CAMILLE LE GOFF", "card"],
    ["à la mairie de plouvorn", "card"],
    ["oui", null],
  ];
  it.each(table)("on %j says %j", (text, hint) => {
    expect(hintFor(text, card)).toBe(hint);
  });

  it("takes its time with nothing that a text may hold", () => {
    const before = performance.now();
    for (const text of ["0 ".repeat(20_000), "a@".repeat(20_000), "a.".repeat(20_000), `${"x".repeat(40_000)}@`]) {
      hintFor(text, card);
    }
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});

describe("folding", () => {
  it.each([
    ["Élève à l’Œuvre", "eleve a l'oeuvre"],
    ["  deux\u00a0\u202fmots ", "deux mots"],
    ["ﬁn", "fin"],
  ])("%j is %j", (text, plain) => {
    expect(folded(text)).toBe(plain);
  });
});
