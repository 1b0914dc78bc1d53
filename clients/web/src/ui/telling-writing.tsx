/** Telling moderators something, the first step: what they will read is said, then one chooses and writes. */

import type { VNode } from "preact";
import { useId } from "preact/hooks";
import type { ThreadView } from "../core/office.ts";
import type { Telling } from "../core/telling.ts";
import { spanOf } from "../core/span.ts";
import { moderationEn } from "./catalogue-moderation.en.ts";
import { moderationFr } from "./catalogue-moderation.fr.ts";
import { reportingEn } from "./catalogue-reporting.en.ts";
import { reportingFr } from "./catalogue-reporting.fr.ts";
import { type Choosable, Choosing } from "./choosing.tsx";
import { useTextOf } from "./context.ts";

const texts = { fr: reportingFr, en: reportingEn };
const words = { fr: moderationFr, en: moderationEn };
/** In UTF-8, as SPEC.md section 10.2 has it. */
const textBytesMax = 8_192;

/** The page of the service for who is in no conversation. */
export const outsideForm = "/signaler";

export type Change = (change: Telling | ((now: Telling) => Telling)) => void;

/** What every step works on. */
export interface StepProps {
  readonly view: ThreadView;
  readonly telling: Telling;
  readonly choosable: Choosable;
  readonly onCancel: () => void;
}

interface WritingProps extends StepProps {
  readonly isOffline: boolean;
  readonly onTelling: Change;
  readonly onNext: () => void;
}

export function Writing({ view, telling, choosable, isOffline, onTelling, onNext, onCancel }: WritingProps): VNode {
  const { telling: text } = useTextOf(texts);
  const id = useId();
  const isReport = telling.kind === "report";
  const { isLong, isWide, isEmpty } = faultsOf(telling, view);
  return (
    <form
      class="telling"
      method="dialog"
      onSubmit={(event) => {
        event.preventDefault();
        onNext();
      }}
    >
      <Beforehand view={view} isReport={isReport} />
      <div role="status">{isOffline ? <p class="hint">{text.unknown}</p> : null}</div>
      <Choosing
        choosable={choosable}
        legend={isReport ? text.choose.report : text.choose.answer}
        chosen={telling.seqs}
        onChoose={(seqs) => onTelling((now) => ({ ...now, seqs }))}
      />
      <div role="status">{isWide ? <p class="hint">{text.tooMany}</p> : null}</div>
      {isReport ? <Kind view={view} telling={telling} onTelling={onTelling} /> : null}
      <label for={`${id}-words`}>{text.words[telling.kind]}</label>
      <textarea
        id={`${id}-words`}
        rows={4}
        dir="auto"
        aria-describedby={`${id}-long`}
        value={telling.text}
        onInput={({ currentTarget: { value } }) => onTelling((now) => ({ ...now, text: value }))}
      />
      <div role="status" id={`${id}-long`}>
        {isLong ? <p class="hint">{text.tooLong}</p> : null}
      </div>
      {isReport ? (
        <p class="quiet">
          <a href={outsideForm} target="_blank" rel="noopener noreferrer">
            {text.outside}
          </a>
        </p>
      ) : null}
      <p class="actions">
        <button type="submit" class="primary" disabled={isLong || isWide || isEmpty}>
          {text.next}
        </button>
        <button type="button" onClick={onCancel}>
          {text.cancel}
        </button>
      </p>
    </form>
  );
}

/** What keeps it from being handed over. */
function faultsOf({ kind, text, seqs, category }: Telling, { first, seq }: ThreadView): Record<`is${string}`, boolean> {
  return {
    isLong: new TextEncoder().encode(text).length > textBytesMax,
    isWide: spanOf(seqs, first, seq) === null,
    isEmpty: kind === "report" ? seqs.length === 0 || category === null : text.trim() === "",
  };
}

/** What moderators will and will not read, before anything else. */
function Beforehand({ view, isReport }: { view: ThreadView; isReport: boolean }): VNode {
  const { telling: text } = useTextOf(texts);
  return (
    <section class="preview">
      <h3>{text.sees}</h3>
      <ul>
        <li>{text.seesMessages}</li>
        <li>{isReport ? text.seesWords.report : text.seesWords.answer}</li>
        <li>{text.seesPlaces}</li>
      </ul>
      <h3>{text.seesNot}</h3>
      <ul>
        <li>{text.seesNotRest}</li>
        <li>{text.seesNotCards}</li>
        <li>{text.seesNotNames}</li>
      </ul>
      <p>
        <strong>{isReport ? (view.third === null ? text.guess : text.guessThree) : text.private}</strong>
      </p>
    </section>
  );
}

/** What is reported, and whom where there are two. */
function Kind({ view, telling, onTelling }: Pick<WritingProps, "view" | "telling" | "onTelling">): VNode {
  const { telling: text } = useTextOf(texts);
  const moderation = useTextOf(words);
  const id = useId();
  const others = [0, 1, 2].filter((each) => each !== view.party);
  const name = nameOf(view, text);
  return (
    <>
      <label for={`${id}-category`}>{text.category}</label>
      <select
        id={`${id}-category`}
        value={telling.category ?? ""}
        onChange={({ currentTarget: { value } }) =>
          onTelling((now) => ({ ...now, category: categories.find((each) => each === value) ?? null }))
        }
      >
        {telling.category === null ? <option value="">{text.pick}</option> : null}
        {categories.map((each) => (
          <option key={each} value={each}>
            {moderation.categories[each]}
          </option>
        ))}
      </select>
      {view.third === null ? null : (
        <>
          <label for={`${id}-about`}>{text.about}</label>
          <select
            id={`${id}-about`}
            value={String(telling.about)}
            onChange={({ currentTarget: { value } }) => onTelling((now) => ({ ...now, about: Number(value) }))}
          >
            {others.map((each) => (
              <option key={each} value={String(each)}>
                {name(each)}
              </option>
            ))}
          </select>
        </>
      )}
    </>
  );
}

/** What the others are called: for a third party there are two sides. */
const nameOf =
  ({ party }: ThreadView, text: typeof reportingFr.telling) =>
  (other: number): string =>
    other === 2 ? text.third : party === 2 ? (other === 0 ? text.opener : text.opened) : text.otherSide;

const categories = ["posing", "payment", "harassment", "false_diploma", "contact_pressure", "other"] as const;
