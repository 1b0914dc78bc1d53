import { describe, expect, it } from "vitest";
import type { PublishedCell } from "../core/figures.ts";
import { textsOf, wrongInEnglish, wrongInFrench } from "../ui/testing/typography.ts";
import { figuresEn } from "./catalogue.en.ts";
import { figuresFr } from "./catalogue.fr.ts";
import { csvOf } from "./csv.ts";
import { labelsFor } from "./labels.ts";
import { Published } from "./published.ts";
import { searchOf, selectionAt } from "./selection.ts";
import { figuresOf, sheetsOf } from "./sheets.ts";
import { stepOf, stepsOf } from "./steps.ts";

function cell(
  kind: PublishedCell["kind"],
  period: string,
  table: string,
  row: string,
  measure: string,
  value: number | null,
): PublishedCell {
  return { kind, period, table, row, column: "*", measure, value };
}

const words = { fr: "Contacts", en: "Contacts" };
const cells = [
  cell("month", "2025-03", "total", "*", "contacts", 1_234),
  cell("month", "2025-03", "total", "*", "reciprocal", null),
  cell("month", "2025-03", "total", "*", "answer_days_p90", null),
  cell("month", "2025-03", "tier", "<500", "contacts", 12),
  cell("month", "2025-03", "tier", "…", "contacts", 8),
  cell("year", "2024", "total", "*", "contacts", 9_876),
  cell("year", "2024", "departement", "84/01", "contacts", 5),
  cell("year", "2024", "departement", "84/…", "contacts", 40),
  cell("year", "2024", "departement", "53/22", "contacts", 30),
  cell("year", "2024", "profession", 'Santé, "soins"', "contacts", 30),
  cell("waiting", "2025-06", "waiting", "*", "over_7", 9),
];
const published = new Published({
  years: [],
  cells,
  definitions: [{ measure: "contacts", number: 1, name: words, says: words, of: null }],
  regions: [{ code: "84", name: "Auvergne-Rhône-Alpes" }],
  departements: [{ code: "01", name: "Ain" }],
});
const labels = labelsFor(figuresFr, published);
const sheet = (search: string, name: string) =>
  sheetsOf(published, selectionAt(search, published) ?? { period: "", table: "total", row: "*" }).find(
    (each) => each.name === name,
  );

describe("what the address chooses", () => {
  it.each([
    ["", "?period=2024"],
    ["?period=2025-03", "?period=2025-03"],
    ["?period=2025-03&by=tier&is=%3C500", "?period=2025-03&by=tier&is=%3C500"],
    ["?period=2025-03&by=tier&is=none", "?period=2025-03&by=tier&is=%3C500"],
    ["?period=2025-03&by=region&is=84", "?period=2025-03"],
    ["?period=2024&by=tier&is=%3C500", "?period=2024"],
    ["?period=2025-06", "?period=2025-06"],
    ["?period=1999&by=__proto__&is=constructor", "?period=2024"],
  ])("%s is %s", (search, shown) => {
    const selection = selectionAt(search, published);
    expect(selection === null ? null : searchOf(selection)).toBe(shown);
  });

  it("is nothing where nothing is published", () => {
    const nothing = new Published({ years: [], cells: [], definitions: [], regions: [], departements: [] });
    expect(selectionAt("?period=2024", nothing)).toBeNull();
  });
});

describe("a figure", () => {
  it("that is withheld is said to be, and one of more than 90 days is that", () => {
    const shown = [sheet("?period=2025-03", "key"), sheet("?period=2025-03", "answers")].flatMap((each) =>
      each === undefined ? [] : figuresOf(each).map((figure) => [figure.measure, labels.value(figure)]),
    );
    expect(shown).toContainEqual(["contacts", "1\u202f234"]);
    expect(shown).toContainEqual(["reciprocal", "n.\u00a0p."]);
    expect(shown).toContainEqual(["answer_days_p90", "plus de 90 jours"]);
    expect(shown).toContainEqual(["identified", "n.\u00a0p."]);
  });
});

describe("départements", () => {
  it("are ranked, what is told only together last", () => {
    const lines = sheet("?period=2024", "departement")?.lines.map(({ head }) => labels.head(head));
    expect(lines).toEqual(["22 (22)", "Ain (01)", "Auvergne-Rhône-Alpes, les autres ensemble"]);
  });
});

describe("the file", () => {
  it("holds each figure of the screen once, quoted where it must be", () => {
    const selection = { period: "2024", table: "total", row: "*" };
    const lines = csvOf(sheetsOf(published, selection)).split("\r\n");
    expect(lines[0]).toBe("kind,period,table,row,column,measure,value");
    expect(lines.filter((line) => line.startsWith("year,2024,total,*,*,contacts"))).toEqual([
      "year,2024,total,*,*,contacts,9876",
    ]);
    expect(lines).toContain('year,2024,profession,"Santé, ""soins""",*,contacts,30');
    expect(lines.filter((line) => line.startsWith("month,2025"))).toEqual([]);
  });
});

describe("the steps of a map", () => {
  it("hold about as many départements each, and equal figures together", () => {
    expect(stepsOf([])).toEqual([]);
    expect(stepsOf([7])).toEqual([{ from: 7, to: 7 }]);
    expect(stepsOf([40, 5, 6, 20, 7, 8, 9, 30])).toEqual([
      { from: 5, to: 6 },
      { from: 7, to: 8 },
      { from: 9, to: 20 },
      { from: 30, to: 40 },
    ]);
    const steps = stepsOf([5, 5, 5, 5, 5, 9]);
    expect(steps).toEqual([
      { from: 5, to: 5 },
      { from: 9, to: 9 },
    ]);
    expect([4, 5, 6, 9, 10].map((value) => stepOf(steps, value))).toEqual([0, 0, 1, 1, -1]);
  });
});

describe("a publication of which something was corrected since", () => {
  const since = { ...cell("year", "2024", "corrected", "*", "corrected", 1) };
  const told = new Published({ years: [], cells: [...cells, since], definitions: [], regions: [], departements: [] });
  it.each([
    ["?period=2024", true],
    ["?period=2025-03", false],
  ])("is said to be, on the screen and in the file: %s", (search, isSaid) => {
    const selection = selectionAt(search, told);
    const sheets = selection === null ? [] : sheetsOf(told, selection);
    expect(sheets.some(({ corrected }) => corrected.length > 0)).toBe(isSaid);
    expect(csvOf(sheets).includes("year,2024,corrected,*,*,corrected,1")).toBe(isSaid);
  });
});

describe("French", () => {
  it.each(textsOf(figuresFr))("%s", (text) => {
    for (const wrong of wrongInFrench) {
      expect(text).not.toMatch(wrong);
    }
  });
});

describe("English", () => {
  it.each(textsOf(figuresEn))("%s", (text) => {
    expect(text).not.toMatch(wrongInEnglish);
  });
});
