/** What tells series apart without a colour: fills for bars, strokes and marks for lines, always in the same order. */

import type { VNode } from "preact";
import { symbol, symbolCircle, symbolDiamond, symbolSquare, symbolTriangle } from "d3-shape";

/** How many series one chart can tell apart. */
export const seriesMax = 7;

const marks = [symbolCircle, symbolSquare, symbolTriangle, symbolDiamond];
const dashes = ["none", "7 4", "2 4", "10 3 2 3"];
const markArea = 64;

export const fillOf = (series: number): string => `url(#fill-${series % seriesMax})`;
export const dashOf = (series: number): string => dashes[series % dashes.length] ?? "none";
export const markOf = (series: number): string => symbol(marks[series % marks.length], markArea)() ?? "";

/** The fills, once in a page. */
export function Fills(): VNode {
  return (
    <svg class="fills" width="0" height="0" aria-hidden="true" focusable="false">
      <defs>
        {fills.map((lines, series) => (
          <pattern
            key={`fill-${series}`}
            id={`fill-${series}`}
            class={`series-${series}`}
            width="8"
            height="8"
            patternUnits="userSpaceOnUse"
          >
            <rect class="ground" width="8" height="8" />
            <path class="lines" d={lines} />
          </pattern>
        ))}
      </defs>
    </svg>
  );
}

/** Light, striped, full, then others. */
const fills = [
  "",
  "M-2,2 l4,-4 M0,8 l8,-8 M6,10 l4,-4",
  "M0,0 h8 v8 h-8 z",
  "M0,4 h8",
  "M4,0 v8",
  "M2,2 h2 v2 h-2 z M6,6 h2 v2 h-2 z",
  "M-2,6 l4,4 M0,0 l8,8 M6,-2 l4,4",
];

/** What each fill or line stands for. */
export function Legend({
  names,
  drawn,
}: {
  readonly names: readonly string[];
  readonly drawn: "bars" | "lines";
}): VNode {
  return (
    <ul class="legend">
      {names.map((name, series) => (
        <li key={name}>
          <svg width="32" height="16" aria-hidden="true" focusable="false">
            {drawn === "bars" ? (
              <rect class="drawn-bar" x="1" y="1" width="30" height="14" fill={fillOf(series)} />
            ) : (
              <>
                <path class="drawn-line" d="M0,8 h32" stroke-dasharray={dashOf(series)} />
                <path class="drawn-mark" d={markOf(series)} transform="translate(16,8)" />
              </>
            )}
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}
