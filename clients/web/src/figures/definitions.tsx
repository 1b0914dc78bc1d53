/** What each figure says and of what: opened by its name, and printed at the end. */

import type { VNode } from "preact";
import type { Definition } from "../core/figures.ts";
import type { Labels } from "./labels.ts";

const idOf = (measure: string): string => `definition-${measure}`;

/** The name of a figure. */
export function Defined({ measure, labels }: { readonly measure: string; readonly labels: Labels }): VNode {
  return (
    <button type="button" class="defined" popovertarget={idOf(measure)}>
      {labels.name(measure)}
    </button>
  );
}

export function Definitions({ all, labels }: { readonly all: readonly Definition[]; readonly labels: Labels }): VNode {
  return (
    <div class="definitions">
      <h2 class="print-only">{labels.text.definitions}</h2>
      {all.map((each) => (
        <One key={each.measure} definition={each} labels={labels} />
      ))}
    </div>
  );
}

function One({ definition, labels }: { readonly definition: Definition; readonly labels: Labels }): VNode {
  const { text, words } = labels;
  const id = idOf(definition.measure);
  return (
    <section id={id} popover="auto" aria-labelledby={`${id}-name`}>
      <h3 id={`${id}-name`}>{words(definition.name)}</h3>
      <p class="meta">{text.indicator(definition.number)}</p>
      <p>{words(definition.says)}</p>
      {definition.of === null ? null : <p>{text.of(words(definition.of))}</p>}
      <p class="actions">
        <button type="button" popovertarget={id} popovertargetaction="hide">
          {text.close}
        </button>
      </p>
    </section>
  );
}
