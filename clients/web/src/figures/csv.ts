/** The figures on the screen as a file, in the format of `pli report --format csv`: RFC 4180, numbers as in JSON. */

import type { PublishedCell } from "../core/figures.ts";
import { keyOf } from "./published.ts";
import { figuresOf, type Sheet } from "./sheets.ts";

const columns = ["kind", "period", "table", "row", "column", "measure", "value"] as const;

/** Each cell once, in the order of the screen. */
export function csvOf(sheets: readonly Sheet[]): string {
  const cells = new Map<string, PublishedCell>();
  for (const { cell } of sheets.flatMap(figuresOf)) {
    if (cell !== undefined) {
      cells.set(keyOf(cell), cell);
    }
  }
  const lines = [...cells.values()].map((cell) => columns.map((name) => quoted(String(cell[name] ?? ""))));
  return [columns, ...lines].map((line) => `${line.join(",")}\r\n`).join("");
}

/** Has the browser keep it as a file. */
export function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function quoted(value: string): string {
  return /[",\r\n]/u.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
