import { describe, expect, it } from "vitest";
import { reasonsIn } from "./moderation-words.ts";

describe("a statement of reasons", () => {
  it("is taken apart into its fields", () => {
    const text =
      "La modération a décidé.\n\nDécision. Aucune mesure.\nFaits. Il écrit : « Décision. »\nEt encore.\nDurée. Sans objet.";
    expect(reasonsIn(text)).toEqual({
      opening: "La modération a décidé.",
      fields: [
        ["Décision", "Aucune mesure."],
        ["Faits", "Il écrit : « Décision. »\nEt encore."],
        ["Durée", "Sans objet."],
      ],
    });
  });

  it("keeps the outcome of an appeal apart from a decision", () => {
    expect(reasonsIn("Un autre.\n\nDécision sur le recours. Confirmée.\nMotifs. Clair.").fields).toEqual([
      ["Décision sur le recours", "Confirmée."],
      ["Motifs", "Clair."],
    ]);
  });

  it("shows a text of another form whole", () => {
    expect(reasonsIn("Bonjour.\nTout court.")).toEqual({ opening: "Bonjour.\nTout court.", fields: [] });
  });
});
