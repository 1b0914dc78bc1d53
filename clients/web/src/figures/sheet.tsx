/** One sheet: what it is of, its figures, a chart, and the same as a table. */

import type { VNode } from "preact";
import { useId } from "preact/hooks";
import { Bars } from "./bars.tsx";
import { Defined } from "./definitions.tsx";
import { isAbsent, type Labels } from "./labels.ts";
import { Months } from "./months.tsx";
import { type Figure, keyOf } from "./published.ts";
import type { Head, Line, Sheet } from "./sheets.ts";
import { later } from "../ui/later.tsx";

const DepartementMap = later(async () => (await import("./map.tsx")).DepartementMap);

interface Props {
  readonly sheet: Sheet;
  readonly labels: Labels;
}

export function SheetView({ sheet, labels }: Props): VNode {
  const id = useId();
  const { title, about, absent } = labels.text.sheets[sheet.name];
  return (
    <section class={`sheet sheet-${sheet.name}`} aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <p class="quiet">
        {labels.selection(sheet.of)}. {about}
      </p>
      {sheet.corrected.map(({ cell }) =>
        cell === undefined ? null : (
          <p key={cell.period} class="absent" data-cell={keyOf(cell)}>
            {labels.text.corrected(labels.period(cell.period))}
          </p>
        ),
      )}
      {isAbsent(sheet) ? <p class="absent">{absent}</p> : <Shown sheet={sheet} labels={labels} />}
    </section>
  );
}

function Shown({ sheet, labels }: Props): VNode {
  const { text } = labels;
  return (
    <>
      {sheet.facts.length === 0 ? null : (
        <dl class="facts">
          {sheet.facts.map((figure) => (
            <div key={figure.measure}>
              <dt>
                <Defined measure={figure.measure} labels={labels} />
              </dt>
              <dd>
                <Value figure={figure} labels={labels} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {sheet.name === "departement" && sheet.lines.length > 0 ? <DepartementMap sheet={sheet} labels={labels} /> : null}
      {sheet.lines.length === 0 ? null : (
        <div class="both">
          {sheet.chart === null ? null : (
            <div class="chart" role="img" aria-label={text.chart(text.sheets[sheet.name].title)}>
              {sheet.chart === "bars" || sheet.chart === "nested" ? (
                <Bars sheet={sheet} labels={labels} />
              ) : (
                <Months sheet={sheet} labels={labels} />
              )}
            </div>
          )}
          <Table sheet={sheet} labels={labels} />
        </div>
      )}
    </>
  );
}

/** Wide ones are moved sideways by themselves, also by keyboard. */
function Table({ sheet, labels }: Props): VNode {
  const { text } = labels;
  const isRanked = sheet.name === "departement";
  const title = text.table(text.sheets[sheet.name].title);
  return (
    <div class="table" role="group" aria-label={title} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {isRanked ? <th scope="col">{text.rank}</th> : null}
            <th scope="col">{text.tables[sheet.lines[0]?.head.table ?? ""]?.name}</th>
            {sheet.columns.map((column) => (
              <th key={column.value} scope="col">
                <HeadView head={column} labels={labels} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {sheet.lines.map((line, index) => (
            <tr key={line.head.value}>
              {isRanked ? <td>{labels.number(index + 1)}</td> : null}
              <th scope="row">
                <HeadView head={line.head} labels={labels} />
              </th>
              {cells(line, labels)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function cells({ figures }: Line, labels: Labels): VNode[] {
  return figures.map((figure, index) => (
    <td key={index}>{figure === null ? null : <Value figure={figure} labels={labels} />}</td>
  ));
}

function HeadView({ head, labels }: { readonly head: Head; readonly labels: Labels }): VNode {
  return head.table === "measure" && labels.definition(head.value) !== undefined ? (
    <Defined measure={head.value} labels={labels} />
  ) : (
    <>{labels.head(head)}</>
  );
}

/** `data-cell` is what it is of, as in GET /v1/figures. */
function Value({ figure, labels }: { readonly figure: Figure; readonly labels: Labels }): VNode {
  const shown = labels.value(figure);
  const { cell } = figure;
  return shown === labels.text.unpublished ? (
    <abbr title={labels.text.unpublishedWhole} {...(cell === undefined ? {} : { "data-cell": keyOf(cell) })}>
      {shown}
    </abbr>
  ) : (
    <span {...(cell === undefined ? {} : { "data-cell": keyOf(cell) })}>{shown}</span>
  );
}
