/** What the reader chose to see, as the address says it: a period, and one group of it where its tables have some. */

import { type Published, rest, whole } from "./published.ts";

export interface Selection {
  /** `2025` or `2025-03` */
  readonly period: string;
  /** Of one dimension, or `total`. */
  readonly table: string;
  readonly row: string;
}

/** No dimension is published by month and by year too (docs/reporting.md). */
const dimensions = {
  month: ["tier", "origin", "qualified"],
  year: ["region", "departement", "profession", "plan"],
} as const;

export const kindOf = (period: string): "month" | "year" => (period.includes("-") ? "month" : "year");

/** Years, then months, the newest first. A month of which only what waits is told yet is one of them. */
export function periodsOf(published: Published): { readonly years: string[]; readonly months: string[] } {
  const months = new Set([...published.periods("month"), ...published.periods("waiting")]);
  return { years: published.periods("year").toReversed(), months: [...months].sort().toReversed() };
}

/** The dimensions of a period that have a group to choose. */
export function tablesOf(published: Published, period: string): string[] {
  return dimensions[kindOf(period)].filter((table) => groupsOf(published, period, table).length > 0);
}

export function groupsOf(published: Published, period: string, table: string): string[] {
  return published.rows({ kind: kindOf(period), period, table }).filter((row) => !row.endsWith(rest));
}

/** What the address asks for, as far as it is published; null where nothing is. */
export function selectionAt(search: string, published: Published): Selection | null {
  const asked = new URLSearchParams(search);
  const { years, months } = periodsOf(published);
  const period = [...years, ...months].find((each) => each === asked.get("period")) ?? years[0] ?? months[0];
  if (period === undefined) {
    return null;
  }
  return grouped(published, period, asked.get("by") ?? "", asked.get("is") ?? "");
}

/** This group of a period, or else another one of its dimension, or else the whole. */
export function grouped(published: Published, period: string, table: string, row: string): Selection {
  if (!tablesOf(published, period).includes(table)) {
    return { period, table: "total", row: whole };
  }
  const groups = groupsOf(published, period, table);
  return { period, table, row: groups.includes(row) ? row : (groups[0] ?? whole) };
}

export function searchOf({ period, table, row }: Selection): string {
  return `?${new URLSearchParams(table === "total" ? { period } : { period, by: table, is: row }).toString()}`;
}
