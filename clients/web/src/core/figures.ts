/** The published figures, as a page reads them: once, year by year, with the one token that it was opened with. */

import type { FiguresView } from "../wire/types.ts";
import { Api, systemFetch } from "./api.ts";
import { type Check, list, Malformed, orNull, parse, struct, text, whole } from "./checks.ts";

export type { Definition, FiguresView, PeriodKind, PublishedCell } from "../wire/types.ts";

const value: Check = (given) => typeof given === "number" && Number.isFinite(given) && given >= 0;
const words = struct({ fr: text, en: text });
const named = struct({ code: text, name: text });
const view = struct({
  years: list(text),
  cells: list(
    struct({ kind: text, period: text, table: text, row: text, column: text, measure: text, value: orNull(value) }),
  ),
  definitions: list(struct({ measure: text, number: whole, name: words, says: words, of: orNull(words) })),
  regions: list(named),
  departements: list(named),
});

/** @throws SignInNeeded, ProblemError (`not_found`: not for whom the token names), Unreachable */
export async function readFigures(url: string, token: string): Promise<FiguresView> {
  const api = new Api(
    url,
    () => token,
    systemFetch,
    () => Date.now(),
  );
  const newest = await read(api, "");
  const cells = [...newest.cells];
  // One year at a time, the one after the other: many years are not asked for all at once.
  for (const year of newest.years.slice(0, -1)) {
    cells.push(...(await read(api, `?year=${encodeURIComponent(year)}`)).cells);
  }
  return { ...newest, cells };
}

async function read(api: Api, query: string): Promise<FiguresView> {
  const answer = parse(await api.text("GET", `/v1/figures${query}`));
  if (!isView(answer)) {
    throw new Malformed("not the figures of this protocol");
  }
  return answer;
}

function isView(answer: unknown): answer is FiguresView {
  return view(answer);
}
