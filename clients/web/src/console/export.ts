/** The audit log as files: for who checks the proofs elsewhere, and for who reads it in a table. Pure. */

import type { TrailEntry, TrailShown } from "../core/office.ts";

const columns = [
  "position",
  "time",
  "kind",
  "actor",
  "second",
  "case",
  "about",
  "detail",
  "hash",
  "leaf",
  "path",
] as const;

type Row = Readonly<Record<(typeof columns)[number], string | number>>;

/** One JSON object a line: a checkpoint, then the entries that are proven under it. */
export function jsonLines(pages: readonly TrailShown[]): string {
  return pages
    .flatMap(({ checkpoint, entries }) => [{ checkpoint }, ...entries.map(rowOf)])
    .map((each) => `${JSON.stringify(each)}\n`)
    .join("");
}

/** The same as a table (RFC 4180); each line names the size of the checkpoint that proves it. No field begins a formula. */
export function csv(pages: readonly TrailShown[]): string {
  const lines = pages.flatMap(({ checkpoint, entries }) => {
    const size = checkpoint.split("\n")[1] ?? "";
    return entries.map((entry) => {
      const row = rowOf(entry);
      return [...columns.map((column) => row[column]), size].join(",");
    });
  });
  return [[...columns, "size"].join(","), ...lines, ""].join("\r\n");
}

/** Hex, numbers, times and words of the protocol alone: nothing needs quotes. */
function rowOf({ position, hash, leaf, path, shown }: TrailEntry): Row {
  const proof = { hash, leaf: leaf ?? "", path };
  if (shown === null) {
    return { position, time: "", ...withheld, ...proof };
  }
  const { at, kind, actor, second, case: of, about, detail } = shown;
  return { position, time: new Date(at).toISOString(), kind, actor, second, case: of, about, detail, ...proof };
}

const withheld = { kind: "", actor: "", second: "", case: "", about: "", detail: "" };

/** Hands a file to the person. */
export function saveFile(name: string, kind: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type: kind }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
