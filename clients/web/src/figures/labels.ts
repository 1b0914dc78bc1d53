/** How the page says what figures are of, and the figures themselves. */

import type { Definition } from "../core/figures.ts";
import type { FiguresText } from "./catalogue.fr.ts";
import { type Figure, type Published, rest } from "./published.ts";
import type { Selection } from "./selection.ts";
import type { Head, Sheet } from "./sheets.ts";

export interface Labels {
  readonly text: FiguresText;
  readonly head: (head: Head) => string;
  readonly value: (figure: Figure) => string;
  readonly number: (value: number) => string;
  /** `mars 2025`, or the year. */
  readonly period: (period: string) => string;
  /** A month’s short name, for an axis. */
  readonly brief: (month: string) => string;
  readonly selection: (selection: Selection) => string;
  readonly definition: (measure: string) => Definition | undefined;
  readonly name: (measure: string) => string;
  readonly words: (words: Definition["name"]) => string;
}

export function labelsFor(text: FiguresText, published: Published): Labels {
  const locale = text.lang === "en" ? "en-GB" : "fr-FR";
  const number = new Intl.NumberFormat(locale);
  const share = new Intl.NumberFormat(locale, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const days = new Intl.NumberFormat(locale, { style: "unit", unit: "day", unitDisplay: "long" });
  const month = new Intl.DateTimeFormat(locale, { month: "long", year: "numeric", timeZone: "UTC" });
  const brief = new Intl.DateTimeFormat(locale, { month: "short", timeZone: "UTC" });
  const definitions = new Map(published.definitions.map((each) => [each.measure, each]));

  const words = ({ fr, en }: Definition["name"]): string => (text.lang === "en" ? en : fr);
  const name = (measure: string): string => {
    const found = definitions.get(measure);
    return found === undefined ? (text.tables["measure"]?.values[measure] ?? measure) : words(found.name);
  };
  const period = (which: string): string => (which.includes("-") ? month.format(dateOf(which)) : which);
  const territory = (table: string, value: string): string => {
    const [region = "", code = ""] = value.split("/");
    if (table === "region") {
      return published.nameOf("region", region);
    }
    return code === rest
      ? text.restOf(published.nameOf("region", region))
      : `${published.nameOf("departement", code)} (${code})`;
  };
  const special = new Map([
    [rest, text.rest],
    ["?", text.unknown],
  ]);
  const byTable: Readonly<Record<string, (value: string) => string>> = {
    measure: name,
    month: period,
    region: (value) => territory("region", value),
    departement: (value) => territory("departement", value),
  };
  const head = ({ table, value }: Head): string =>
    special.get(value) ?? text.tables[table]?.values[value] ?? byTable[table]?.(value) ?? value;
  return {
    text,
    head,
    number: (value) => number.format(value),
    period,
    brief: (which) => brief.format(dateOf(which)),
    selection: ({ period: which, table, row }) =>
      table === "total"
        ? `${capital(period(which))}, ${text.everything}`
        : `${capital(period(which))}, ${text.pair(text.tables[table]?.name ?? table, head({ table, value: row }))}`,
    value: ({ measure, cell }) => {
      if (cell === undefined || cell.value === null) {
        return cell === undefined ? text.unpublished : (withheld(measure, text) ?? text.unpublished);
      }
      return (isShare(measure) ? share : isDays(measure) ? days : number).format(cell.value);
    },
    definition: (measure) => definitions.get(measure),
    name,
    words,
  };
}

/** Whether nothing of a sheet is published. */
export function isAbsent({ facts, lines }: Sheet): boolean {
  return !facts.some(told) && !lines.some(({ figures }) => figures.some(told));
}

const told = (figure: Figure | null): boolean => figure?.cell !== undefined;
const isShare = (measure: string): boolean => measure.includes("rate");
const isDays = (measure: string): boolean => measure.includes("days");

/** What a published cell without a value says, where it says something: docs/reporting.md, indicators 3 and 6. */
function withheld(measure: string, text: FiguresText): string | undefined {
  if (isDays(measure)) {
    return text.more;
  }
  return measure.startsWith("contacts_") ? text.never : undefined;
}

function capital(text: string): string {
  return text.slice(0, 1).toLocaleUpperCase() + text.slice(1);
}

function dateOf(month: string): Date {
  return new Date(`${month}-01T00:00:00Z`);
}
