import { describe, expect, it } from "vitest";
import type { Id } from "../core/office.ts";
import { decisionOf, type Draft, faultsOf, faultsOfReview, namedIn, nextBlank } from "./draft.ts";

const id = "" as Id;
const both = { fr: "Oui.", en: "Yes." };
const whole: Draft = { measure: "freeze", ground: "terms", rule: both, facts: both, days: "", abusive: false };

describe("a decision that is written", () => {
  it("is sent once nothing is missing", () => {
    expect(faultsOf(whole, [3], true)).toEqual([]);
    expect(decisionOf({ ...whole, days: "30" }, id, [5, 3])).toMatchObject({
      measure: "freeze",
      seqs: [3, 5],
      days: 30,
    });
    expect(decisionOf(whole, id, [3])).not.toHaveProperty("days");
  });

  it.each([
    [{ measure: null }, ["measure"]],
    [{ facts: { fr: "Dans {{messages}}, il ment.", en: "He lies." } }, ["placeholder"]],
    [{ rule: { fr: "[à compléter]", en: "x" } }, ["placeholder"]],
    [{ rule: { fr: "x", en: "[ ...]" } }, ["placeholder"]],
    [{ facts: { fr: "x", en: " " } }, ["empty"]],
    [{ measure: "suspension" }, ["days"]],
    [{ days: "731" }, ["days"]],
    [{ days: "1,5" }, ["days"]],
  ] as const)("refuses %j", (change, faults) => {
    expect(faultsOf({ ...whole, ...change }, [3], true)).toEqual(faults);
  });

  it("rests on messages that a report proves", () => {
    expect(faultsOf(whole, [], true)).toEqual(["seqs"]);
    expect(faultsOf(whole, [], false)).toEqual(["unproven"]);
    expect(faultsOf({ ...whole, measure: "none" }, [], false)).toEqual([]);
  });

  it("calls an abuse what founds nothing, and gives a duration to what lasts", () => {
    expect(decisionOf({ ...whole, measure: "warning", days: "9", abusive: true }, id, [3])).toMatchObject({
      abusive: false,
    });
    expect(decisionOf({ ...whole, measure: "warning", days: "9" }, id, [3])).not.toHaveProperty("days");
    expect(decisionOf({ ...whole, measure: "none", abusive: true }, id, [])).toMatchObject({ abusive: true });
  });

  it("names the chosen messages, and finds the blanks that are left", () => {
    const draft = { ...whole, facts: { fr: "Dans {{messages}}, {{x}}.", en: "In {{messages}}, {{x}}." } };
    expect(namedIn(draft, [3, 4, 5]).facts.fr).toBe("Dans les messages 3, 4 et 5, {{x}}.");
    expect(namedIn(draft, [3, 5]).facts.en).toBe("In messages 3 and 5, {{x}}.");
    expect(namedIn(draft, [3]).facts).toEqual({ fr: "Dans le message 3, {{x}}.", en: "In message 3, {{x}}." });
    expect(namedIn(draft, [])).toEqual(draft);
    expect(nextBlank("a {{b}} c {{d}}", 0)).toEqual([2, 7]);
    expect(nextBlank("a {{b}} c {{d}}", 7)).toEqual([10, 15]);
    expect(nextBlank("a", 0)).toBeNull();
  });
});

describe("the outcome of an appeal", () => {
  it("takes an outcome and reasons, and what is decided instead is held to the same", () => {
    expect(faultsOfReview({ overturn: null, reasons: { fr: "", en: "" }, instead: null }, [], true)).toEqual([
      "outcome",
      "reasons",
    ]);
    const instead = { ...whole, measure: null };
    expect(faultsOfReview({ overturn: true, reasons: both, instead }, [3], true)).toEqual(["measure"]);
    expect(faultsOfReview({ overturn: false, reasons: both, instead }, [3], true)).toEqual([]);
  });
});
