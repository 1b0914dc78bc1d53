/** What is decided, and why: the same fields for a decision and for what stands in place of one that is overturned. */

import type { VNode } from "preact";
import { useId } from "preact/hooks";
import type { Measure } from "../core/office.ts";
import { useTextOf } from "../ui/context.ts";
import { moderationTexts } from "../ui/moderation-words.ts";
import { useBench } from "./bench.ts";
import { type Draft, lasting, measures } from "./draft.ts";
import { InBothLanguages, OneOf } from "./fields.tsx";

interface Props {
  readonly draft: Draft;
  readonly chosen: readonly number[];
  /** Whether one moderator decides alone. */
  readonly isAlone?: boolean;
  readonly onChange: (draft: Draft) => void;
}

export function DecisionFields({ draft, chosen, isAlone = false, onChange }: Props): VNode {
  const { words } = useBench();
  const moderation = useTextOf(moderationTexts);
  const { decide } = words;
  const id = useId();
  const offered = measures.filter((each) => !isAlone || each !== "suspension");
  const named = (each: Measure): string =>
    each === "suspension" ? `${moderation.measures[each]} (${decide.two})` : moderation.measures[each];
  return (
    <>
      <OneOf
        legend={decide.measure}
        value={draft.measure}
        options={offered.map((each) => [each, named(each)])}
        onChange={(measure) => onChange({ ...draft, measure })}
      />
      {draft.measure === "none" ? (
        <p class="check">
          <input
            id={`${id}-abusive`}
            type="checkbox"
            checked={draft.abusive}
            onChange={(event) => onChange({ ...draft, abusive: event.currentTarget.checked })}
          />
          <label for={`${id}-abusive`}>{decide.abusive}</label>
        </p>
      ) : null}
      {draft.measure !== null && lasting.includes(draft.measure) ? (
        <p>
          <label for={`${id}-days`}>{decide.days}</label>
          <input
            id={`${id}-days`}
            type="text"
            inputMode="numeric"
            class="days"
            aria-describedby={`${id}-days-hint`}
            value={draft.days}
            onInput={(event) => onChange({ ...draft, days: event.currentTarget.value })}
          />
          <span id={`${id}-days-hint`} class="quiet">
            {decide.daysHint}
          </span>
        </p>
      ) : null}
      <p class="quiet">{chosen.length === 0 ? decide.noneChosen : decide.chosen(chosen.join(", "))}</p>
      <InBothLanguages label={decide.facts} value={draft.facts} onChange={(facts) => onChange({ ...draft, facts })} />
      <OneOf
        legend={decide.ground}
        value={draft.ground}
        options={[
          ["terms", moderation.grounds.terms],
          ["law", moderation.grounds.law],
        ]}
        onChange={(ground) => onChange({ ...draft, ground })}
      />
      <InBothLanguages label={decide.rule} value={draft.rule} onChange={(rule) => onChange({ ...draft, rule })} />
    </>
  );
}
