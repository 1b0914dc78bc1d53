/** A sheet whose lines are months, drawn over time: as lines, or as bars of parts that make a whole. */

import type { VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { scaleBand, scaleLinear, scalePoint } from "d3-scale";
import { line, stack } from "d3-shape";
import type { Labels } from "./labels.ts";
import { dashOf, fillOf, Legend, markOf } from "./patterns.tsx";
import { type Figure, valueOf } from "./published.ts";
import type { Sheet } from "./sheets.ts";

const height = 260;
const edge = { top: 12, right: 12, bottom: 28, left: 52 };
const ticks = 4;
const labelWidth = 44;
const widthAtFirst = 320;

interface Props {
  readonly sheet: Sheet;
  readonly labels: Labels;
}

export function Months({ sheet, labels }: Props): VNode {
  const { place, width } = useWidth();
  const names = sheet.columns.slice(0, sheet.drawn).map(labels.head);
  const rows = sheet.lines.map(({ figures }) => figures.slice(0, sheet.drawn));
  const isStacked = sheet.chart === "stacked";
  const sizes = rows.map((figures) => figures.map(sizeOf));
  const tops = sizes.map((row) => (isStacked ? row.reduce((sum, size) => sum + size, 0) : Math.max(0, ...row)));
  const y = scaleLinear([0, Math.max(1, ...tops)], [height - edge.bottom, edge.top]).nice(ticks);
  const months = sheet.lines.map(({ head }) => head.value);
  return (
    <>
      <Legend names={names} drawn={isStacked ? "bars" : "lines"} />
      <div ref={place}>
        <svg
          class="months"
          viewBox={`0 0 ${width} ${height}`}
          width={width}
          height={height}
          aria-hidden="true"
          focusable="false"
        >
          {y.ticks(ticks).map((tick) => (
            <g key={tick} transform={`translate(0,${y(tick)})`}>
              <path class="grid" d={`M${edge.left},0 H${width - edge.right}`} />
              <text x={edge.left - 8} y="4" text-anchor="end">
                {labels.number(tick)}
              </text>
            </g>
          ))}
          {isStacked ? stacked(sizes, months, width, y) : lines(rows, months, width, y)}
          {axis(months, width, labels)}
        </svg>
      </div>
    </>
  );
}

/** A month of which nothing is published leaves a gap. */
function lines(
  rows: readonly (Figure | null)[][],
  months: string[],
  width: number,
  y: (value: number) => number,
): VNode[] {
  const x = scalePoint(months, [edge.left + labelWidth / 2, width - edge.right - labelWidth / 2]);
  const at = (index: number): number => x(months[index] ?? "") ?? 0;
  return (rows[0] ?? []).map((_, series) => {
    const figures = rows.map((row) => row[series] ?? null);
    const drawn = line<Figure | null>()
      .defined(isTold)
      .x((_figure, index) => at(index))
      .y((figure) => y(sizeOf(figure)));
    return (
      <g key={figures[0]?.measure} class={`series-${series}`}>
        <path class="drawn-line" d={drawn(figures) ?? ""} stroke-dasharray={dashOf(series)} />
        {figures.map((figure, index) =>
          isTold(figure) ? (
            <path
              key={months[index]}
              class="drawn-mark"
              d={markOf(series)}
              transform={`translate(${at(index)},${y(sizeOf(figure))})`}
            />
          ) : null,
        )}
      </g>
    );
  });
}

function stacked(sizes: readonly number[][], months: string[], width: number, y: (value: number) => number): VNode[] {
  const x = scaleBand(months, [edge.left, width - edge.right]).padding(0.2);
  const keys = (sizes[0] ?? []).map((_, series) => series);
  const layers = stack<readonly number[], number>()
    .keys(keys)
    .value((row, series) => row[series] ?? 0)(sizes);
  return layers.flatMap((layer, series) =>
    layer.map(([from, to], index) => (
      <rect
        key={`${months[index]} ${series}`}
        class="drawn-bar"
        x={x(months[index] ?? "") ?? 0}
        y={y(to)}
        width={x.bandwidth()}
        height={Math.max(0, y(from) - y(to))}
        fill={fillOf(series)}
      />
    )),
  );
}

/** As many names as there is room for. */
function axis(months: string[], width: number, labels: Labels): VNode[] {
  const x = scalePoint(months, [edge.left + labelWidth / 2, width - edge.right - labelWidth / 2]);
  const every = Math.ceil((months.length * labelWidth) / (width - edge.left - edge.right));
  return months
    .filter((_, index) => index % every === 0)
    .map((month) => (
      <text key={month} x={x(month) ?? 0} y={height - 8} text-anchor="middle">
        {labels.brief(month)}
      </text>
    ));
}

const isTold = (figure: Figure | null): boolean => figure?.cell !== undefined && figure.cell.value !== null;
const sizeOf = (figure: Figure | null): number => (figure === null ? 0 : valueOf(figure));

/** How wide the place of a chart is, in px; a print scales it. */
function useWidth(): { readonly place: { current: HTMLDivElement | null }; readonly width: number } {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(widthAtFirst);
  useLayoutEffect(() => {
    const element = place.current;
    if (element === null) {
      return undefined;
    }
    const measure = (): void => setWidth(Math.max(200, Math.floor(element.clientWidth)));
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  return { place, width };
}
