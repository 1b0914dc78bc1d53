/** What the reader chooses among what is published; and the screen as a file, and on paper. */

import type { VNode } from "preact";
import { useId } from "preact/hooks";
import type { Labels } from "./labels.ts";
import { type Published, whole } from "./published.ts";
import { grouped, groupsOf, periodsOf, type Selection, tablesOf } from "./selection.ts";

interface Props {
  readonly published: Published;
  readonly selection: Selection;
  readonly labels: Labels;
  readonly onSelect: (selection: Selection) => void;
  readonly onDownload: () => void;
}

export function Filters({ published, selection, labels, onSelect, onDownload }: Props): VNode {
  const { text } = labels;
  const { years, months } = periodsOf(published);
  const { period, table, row } = selection;
  const select = (of: Partial<Selection>): void => {
    const wanted = { ...selection, ...of };
    onSelect(grouped(published, wanted.period, wanted.table, wanted.row));
  };
  const named = (value: string): string => labels.head({ table, value });
  const groups = table === "total" ? [] : groupsOf(published, period, table);
  return (
    <form class="choices" aria-label={text.filters} onSubmit={(event) => event.preventDefault()}>
      <Choice label={text.period} value={period} onChoose={(value) => select({ period: value })}>
        <optgroup label={text.years}>{years.map((each) => option(each, labels.period(each)))}</optgroup>
        <optgroup label={text.months}>{months.map((each) => option(each, labels.period(each)))}</optgroup>
      </Choice>
      <Choice label={text.by} value={table} onChoose={(value) => select({ table: value, row: whole })}>
        {["total", ...tablesOf(published, period)].map((each) => option(each, text.tables[each]?.name ?? each))}
      </Choice>
      {table === "total" ? null : (
        <Choice label={text.is} value={row} onChoose={(value) => select({ row: value })}>
          {groups
            .map((value) => ({ value, name: named(value) }))
            .sort((a, b) => (table === "tier" ? 0 : a.name.localeCompare(b.name, text.lang)))
            .map(({ value, name }) => option(value, name))}
        </Choice>
      )}
      <p class="actions">
        <button type="button" onClick={onDownload}>
          {text.csv}
        </button>
        <button type="button" onClick={() => print()}>
          {text.print}
        </button>
      </p>
    </form>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly onChoose: (value: string) => void;
  readonly children: VNode | VNode[];
}

function Choice({ label, value, onChoose, children }: ChoiceProps): VNode {
  const id = useId();
  return (
    <p>
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {children}
      </select>
    </p>
  );
}

function option(value: string, name: string): VNode {
  return (
    <option key={value} value={value}>
      {name}
    </option>
  );
}
