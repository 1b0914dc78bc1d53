/** What stands on the screen for a selection: sheets of figures, each a table and what a chart is drawn from. Pure. */

import type { PeriodKind } from "../core/figures.ts";
import { type Figure, type Place, type Published, valueOf, whole } from "./published.ts";
import { kindOf, type Selection } from "./selection.ts";

export type SheetName =
  | "key"
  | "funnel"
  | "answers"
  | "trend"
  | "tiers"
  | "waiting"
  | "departement"
  | "region"
  | "profession"
  | "plan"
  | "tier"
  | "origin"
  | "qualified"
  | "crossed"
  | "contacts"
  | "closing"
  | "moderation";

/** A head of a line or a column: a value of a dimension, or a measure. */
export interface Head {
  readonly table: string;
  readonly value: string;
}

export interface Line {
  readonly head: Head;
  /** One for each column; null: there is no such measure in this line. */
  readonly figures: readonly (Figure | null)[];
}

export interface Sheet {
  readonly name: SheetName;
  /** What it is of: the selection’s period and group, or another one where those do not go with it. */
  readonly of: Selection;
  /** Figures that stand for themselves. */
  readonly facts: readonly Figure[];
  readonly columns: readonly Head[];
  readonly lines: readonly Line[];
  /** `nested`: each column is a part of the one before. */
  readonly chart: "bars" | "nested" | "lines" | "stacked" | null;
  /** How many of the columns the chart is of, the first ones. */
  readonly drawn: number;
  /** One for each publication it is of that counts what was corrected since; it stays as it was. */
  readonly corrected: readonly Figure[];
}

const counts = ["contacts", "reciprocal", "identified"];
const outcomes = [...counts, "answer_rate_15", "reveal_rate"];
const classes = ["1", "2", "3-5", "6+", "never"];
const sides = ["project", "territory", "partner"];

export function sheetsOf(published: Published, selection: Selection): Sheet[] {
  return sheetsFor(published, selection).map((sheet) => ({ ...sheet, corrected: correctedOf(published, sheet) }));
}

function correctedOf(published: Published, sheet: Sheet): Figure[] {
  const cells = figuresOf(sheet).flatMap(({ cell }) => (cell === undefined ? [] : [cell]));
  const places = new Map(cells.map(({ kind, period }) => [`${kind} ${period}`, { kind, period, table: "corrected" }]));
  return [...places.values()]
    .map((place) => published.figure(place, whole, "corrected"))
    .filter(({ cell }) => cell !== undefined);
}

function sheetsFor(published: Published, selection: Selection): Sheet[] {
  const sheets = new Sheets(published, selection);
  const shared = [sheets.key(), sheets.funnel(), sheets.answers(), sheets.trend(), sheets.waiting()];
  if (kindOf(selection.period) === "month") {
    const groups = (["tier", "origin", "qualified"] as const).map((table) => sheets.groups(table));
    return [...shared, ...groups, sheets.crossed("tier", "origin"), sheets.contacts()];
  }
  const groups = (["region", "profession", "plan"] as const).map((table) => sheets.groups(table));
  const crossed = sheets.crossed("region", "profession");
  return [...shared, sheets.departements(), sheets.tiers(), ...groups, crossed, sheets.closing(), sheets.moderation()];
}

class Sheets {
  readonly #published: Published;
  readonly #chosen: Selection;
  readonly #all: Selection;
  readonly #kind: "month" | "year";

  constructor(published: Published, chosen: Selection) {
    this.#published = published;
    this.#chosen = chosen;
    this.#all = { period: chosen.period, table: "total", row: whole };
    this.#kind = kindOf(chosen.period);
  }

  key(): Sheet {
    const measures = [...counts, "answer_rate_15", "answer_days_median", "reveal_rate"];
    return { ...this.#blank("key"), of: this.#chosen, facts: this.#own(measures) };
  }

  /** Visits and installations are told of whole years alone. */
  funnel(): Sheet {
    const own = this.#own(counts);
    const revealed = this.#own(["reveal_rate"]);
    const late = this.#figures("late", "total", ["visited", "declared", "confirmed", "visit_rate"]);
    const isWhole = this.#kind === "year" && this.#chosen.table === "total";
    const [visited, declared, confirmed, visits] = late;
    const steps = isWhole ? [...own, visited, declared, confirmed] : own;
    const rates = new Map([
      ["identified", revealed[0]],
      ["visited", visits],
    ]);
    return {
      ...this.#blank("funnel"),
      of: this.#chosen,
      columns: [measured("number"), measured("share")],
      lines: steps
        .filter((step) => step !== undefined)
        .map((step) => ({ head: measured(step.measure), figures: [step, rates.get(step.measure) ?? null] })),
      chart: "bars",
      drawn: 1,
    };
  }

  answers(): Sheet {
    const [within5, within15, ever] = this.#own(["answered_5", "answered_15", "reciprocal"]);
    const [rate5, rate15] = this.#own(["answer_rate_5", "answer_rate_15"]);
    const lines = [
      { head: measured("answered_5"), figures: [within5 ?? null, rate5 ?? null] },
      { head: measured("answered_15"), figures: [within15 ?? null, rate15 ?? null] },
      { head: { table: "answer", value: "90" }, figures: [ever ?? null, null] },
      { head: measured("contacts"), figures: [...this.#own(["contacts"]), null] },
    ];
    const facts = this.#own(["answer_days_median", "answer_days_p90"]);
    const columns = [measured("number"), measured("share")];
    return { ...this.#blank("answers"), of: this.#chosen, facts, columns, lines, chart: "bars", drawn: 1 };
  }

  /** The months of the period’s year: of the chosen group, where it is told by month. */
  trend(): Sheet {
    const { table, row } = this.#kind === "month" ? this.#chosen : this.#all;
    const months = this.#months();
    return {
      ...this.#blank("trend"),
      of: { period: this.#year, table, row },
      columns: outcomes.map(measured),
      lines: months.map((period) => ({
        head: { table: "month", value: period },
        figures: this.#published.figures({ kind: "month", period, table }, row, outcomes),
      })),
      chart: "lines",
      drawn: counts.length,
    };
  }

  /** No year has tiers; its months have. */
  tiers(): Sheet {
    const months = this.#months();
    const tiers = inOrder(
      "tier",
      months.flatMap((period) => this.#published.rows(tiersOf(period))),
    );
    return {
      ...this.#blank("tiers"),
      columns: tiers.map((value) => ({ table: "tier", value })),
      lines: months.map((period) => ({
        head: { table: "month", value: period },
        figures: tiers.map((tier) => this.#published.figure(tiersOf(period), tier, "contacts")),
      })),
      chart: "stacked",
      drawn: tiers.length,
    };
  }

  /** At the end of the month; of a year, at the end of its last month that is told. */
  waiting(): Sheet {
    const ends = this.#published.periods("waiting").filter((month) => month.startsWith(this.#chosen.period));
    const period = ends.at(-1) ?? this.#chosen.period;
    const place = { kind: "waiting", period, table: "waiting" } as const;
    const told = this.#published.rows(place);
    const measures = ["over_7", "over_15", "over_30"];
    return {
      ...this.#blank("waiting"),
      of: { period, table: "total", row: whole },
      columns: measures.map(measured),
      lines: [
        ...sides.filter((side) => told.includes(side)).map((side) => this.#line(place, side, measures)),
        {
          head: { table: "waiting", value: whole },
          figures: [this.#published.figure(place, whole, "over_7"), null, null],
        },
      ].filter(({ figures }) => figures[0]?.cell !== undefined),
      chart: "nested",
      drawn: measures.length,
    };
  }

  /** Those of the chosen région, or all; the one with the most contacts first, what is told only together last. */
  departements(): Sheet {
    const { table, row } = this.#chosen;
    const place = this.#place("departement");
    const rows = this.#published.rows(place).filter((each) => table !== "region" || each.startsWith(`${row}/`));
    const lines = rows.map((each) => this.#line(place, each, [...counts, "reveal_rate"]));
    return {
      ...this.#blank("departement"),
      of: table === "region" ? this.#chosen : this.#all,
      columns: [...counts, "reveal_rate"].map(measured),
      lines: ranked(lines),
      chart: "nested",
      drawn: counts.length,
    };
  }

  groups(name: "region" | "profession" | "plan" | "tier" | "origin" | "qualified"): Sheet {
    const place = this.#place(name);
    const lines = inOrder(name, this.#published.rows(place)).map((row) => this.#line(place, row, outcomes));
    return {
      ...this.#blank(name),
      columns: outcomes.map(measured),
      lines: name === "tier" ? lines : ranked(lines),
      chart: "nested",
      drawn: counts.length,
    };
  }

  /** Contacts by two dimensions at once. */
  crossed(rows: string, columns: string): Sheet {
    const place = this.#place(`${rows}*${columns}`);
    const values = inOrder(columns, this.#published.columns(place));
    return {
      ...this.#blank("crossed"),
      columns: values.map((value) => ({ table: columns, value })),
      lines: inOrder(rows, this.#published.rows(place)).map((row) => ({
        head: { table: rows, value: row },
        figures: values.map((column) => this.#published.figure(place, row, "contacts", column)),
      })),
    };
  }

  contacts(): Sheet {
    const place = this.#place("contacts");
    const rows = this.#published.rows(place);
    return {
      ...this.#blank("contacts"),
      facts: this.#published.figures(place, whole, ["projects", "contacts_median", "contacts_p90"]),
      columns: [measured("projects")],
      lines: inOrder("contacts", rows).map((row) => this.#line(place, row, ["projects"])),
      chart: "bars",
      drawn: 1,
    };
  }

  closing(): Sheet {
    const place = { kind: "late", period: this.#chosen.period, table: "closing" } as const;
    const lines = this.#published.rows(place).map((row) => this.#line(place, row, ["contacts"]));
    return {
      ...this.#blank("closing"),
      facts: this.#figures("late", "late", ["closed", "closed_unanswered", "closed_unanswered_rate"]),
      columns: [measured("closing")],
      lines: ranked(lines),
      chart: "bars",
      drawn: 1,
    };
  }

  moderation(): Sheet {
    const measures = ["flagged", "upheld", "dismissed", "undecided", "appealed", "decision_days_median", "blocked"];
    return { ...this.#blank("moderation"), facts: this.#figures("year", "moderation", measures) };
  }

  get #year(): string {
    return this.#chosen.period.slice(0, 4);
  }

  #months(): string[] {
    return this.#published.periods("month").filter((month) => month.startsWith(this.#year));
  }

  #place(table: string): Place {
    return { kind: this.#kind, period: this.#chosen.period, table };
  }

  /** Of the chosen group. */
  #own(measures: readonly string[]): Figure[] {
    return this.#published.figures(this.#place(this.#chosen.table), this.#chosen.row, measures);
  }

  #figures(kind: PeriodKind, table: string, measures: readonly string[]): Figure[] {
    return this.#published.figures({ kind, period: this.#chosen.period, table }, whole, measures);
  }

  #line(place: Place, row: string, measures: readonly string[]): Line {
    return { head: { table: place.table, value: row }, figures: this.#published.figures(place, row, measures) };
  }

  #blank(name: SheetName): Sheet {
    return { name, of: this.#all, facts: [], columns: [], lines: [], chart: null, drawn: 0, corrected: [] };
  }
}

/** Every figure of a sheet, as it is read. */
export function figuresOf({ facts, lines, corrected }: Sheet): Figure[] {
  return [...corrected, ...facts, ...lines.flatMap(({ figures }) => figures.filter((figure) => figure !== null))];
}

function tiersOf(period: string): Place {
  return { kind: "month", period, table: "tier" };
}

function measured(value: string): Head {
  return { table: "measure", value };
}

/** Each once; tiers and classes as they grow, the rest as published. */
function inOrder(table: string, values: readonly string[]): string[] {
  const known = table === "tier" ? ["<500", "500-1999", "2000-9999", ">=10000", "EPCI"] : classes;
  const rank = (value: string): number => (known.includes(value) ? known.indexOf(value) : known.length);
  return [...new Set(values)].sort((a, b) => rank(a) - rank(b));
}

/** By the first figure, what is told only together or is nothing in particular last. */
function ranked(lines: readonly Line[]): Line[] {
  const isLast = ({ head }: Line): boolean => /(?:^|\/)[…?]$|^open$/u.test(head.value);
  const size = ({ figures: [first] }: Line): number => (first === undefined || first === null ? 0 : valueOf(first));
  return [...lines].sort((a, b) => Number(isLast(a)) - Number(isLast(b)) || size(b) - size(a));
}
