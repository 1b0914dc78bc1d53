/** A bar for each line of a sheet; where each figure is a part of the one before, they lie in one another. */

import type { VNode } from "preact";
import { scaleLinear } from "d3-scale";
import type { Labels } from "./labels.ts";
import { fillOf, Legend } from "./patterns.tsx";
import { type Figure, valueOf } from "./published.ts";
import type { Sheet } from "./sheets.ts";

const height = 20;
/** Bars that are drawn; a table has all lines. */
const barsMax = 20;

export function Bars({ sheet, labels }: { readonly sheet: Sheet; readonly labels: Labels }): VNode {
  const lines = sheet.lines.slice(0, barsMax);
  const drawn = lines.map(({ figures }) => figures.slice(0, sheet.drawn));
  const most = Math.max(1, ...drawn.flat().map((figure) => (figure === null ? 0 : valueOf(figure))));
  // The longest bar leaves room for its number.
  const width = scaleLinear([0, most], [0, 78]);
  return (
    <>
      {sheet.drawn > 1 ? <Legend names={sheet.columns.slice(0, sheet.drawn).map(labels.head)} drawn="bars" /> : null}
      {lines.length < sheet.lines.length ? <p class="quiet">{labels.text.firstOnes(lines.length)}</p> : null}
      <ol class="bars">
        {lines.map(({ head }, index) => (
          <li key={head.value}>
            <span>{labels.head(head)}</span>
            <svg width="100%" height={height} aria-hidden="true" focusable="false">
              {drawn[index]?.map((figure, series) => bar(figure, series, width))}
              <text x={`${width(first(drawn[index])) + 1}%`} y="15">
                {shown(drawn[index]?.[0], labels)}
              </text>
            </svg>
          </li>
        ))}
      </ol>
    </>
  );
}

function bar(figure: Figure | null, series: number, width: (value: number) => number): VNode | null {
  if (figure === null || valueOf(figure) === 0) {
    return null;
  }
  const inset = series * 2;
  return (
    <rect
      key={figure.measure}
      class="drawn-bar"
      y={1 + inset}
      width={`${width(valueOf(figure))}%`}
      height={height - 2 - 2 * inset}
      fill={fillOf(series)}
    />
  );
}

function first(figures: readonly (Figure | null)[] | undefined): number {
  const figure = figures?.[0];
  return figure === undefined || figure === null ? 0 : valueOf(figure);
}

function shown(figure: Figure | null | undefined, labels: Labels): string {
  return figure === undefined || figure === null ? "" : labels.value(figure);
}
