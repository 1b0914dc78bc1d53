/**
 * The published cells, found by what they are of. The page shows these and computes none of its own: whatever stands on
 * the screen stands in `GET /v1/figures`.
 */

import type { Definition, FiguresView, PeriodKind, PublishedCell } from "../core/figures.ts";

/** The whole of a table; and what it tells only together. */
export const whole = "*";
export const rest = "…";

/** One place of the screen; without a cell: not published. */
export interface Figure {
  readonly measure: string;
  readonly cell: PublishedCell | undefined;
}

/** What a cell is of, but for its row, column and measure. */
export interface Place {
  readonly kind: PeriodKind;
  readonly period: string;
  readonly table: string;
}

export class Published {
  readonly #view: FiguresView;
  readonly #cells: ReadonlyMap<string, PublishedCell>;
  readonly #rows = new Map<string, Set<string>>();
  readonly #columns = new Map<string, Set<string>>();
  readonly #periods = new Map<PeriodKind, Set<string>>();
  readonly #names: ReadonlyMap<string, ReadonlyMap<string, string>>;

  constructor(view: FiguresView) {
    this.#view = view;
    this.#cells = new Map(view.cells.map((cell) => [keyOf(cell), cell]));
    this.#names = new Map([
      ["region", new Map(view.regions.map(({ code, name }) => [code, name]))],
      ["departement", new Map(view.departements.map(({ code, name }) => [code, name]))],
    ]);
    for (const cell of view.cells) {
      collect(this.#rows, tableKey(cell), cell.row);
      collect(this.#columns, tableKey(cell), cell.column);
      collect(this.#periods, cell.kind, cell.period);
    }
  }

  get definitions(): readonly Definition[] {
    return this.#view.definitions;
  }

  periods(kind: PeriodKind): string[] {
    return [...(this.#periods.get(kind) ?? [])].sort();
  }

  /** The rows of a table, without its whole. */
  rows(place: Place): string[] {
    return [...(this.#rows.get(tableKey(place)) ?? [])].filter((row) => row !== whole);
  }

  columns(place: Place): string[] {
    return [...(this.#columns.get(tableKey(place)) ?? [])].filter((column) => column !== whole);
  }

  figure(place: Place, row: string, measure: string, column: string = whole): Figure {
    return { measure, cell: this.#cells.get(keyOf({ ...place, row, column, measure })) };
  }

  figures(place: Place, row: string, measures: readonly string[]): Figure[] {
    return measures.map((measure) => this.figure(place, row, measure));
  }

  /** How a territory is called, with the apostrophe of print; what has no name is its code. */
  nameOf(table: string, code: string): string {
    return (this.#names.get(table)?.get(code) ?? code).replaceAll("'", "’");
  }
}

/** What a cell is of, as one text: also in the page, beside what it shows. */
export function keyOf({ kind, period, table, row, column, measure }: Omit<PublishedCell, "value">): string {
  return JSON.stringify([kind, period, table, row, column, measure]);
}

/** How high a bar stands: nothing where nothing is published. */
export function valueOf({ cell }: Figure): number {
  return cell?.value ?? 0;
}

function tableKey({ kind, period, table }: Place): string {
  return JSON.stringify([kind, period, table]);
}

function collect<K>(into: Map<K, Set<string>>, key: K, value: string): void {
  const found = into.get(key) ?? new Set();
  into.set(key, found.add(value));
}
