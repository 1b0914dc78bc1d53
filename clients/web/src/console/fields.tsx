/** Fields of a decision: a text in both languages, with a way from blank to blank; and one of several. */

import type { VNode } from "preact";
import { useId } from "preact/hooks";
import { useBench } from "./bench.ts";
import { type Both, nextBlank } from "./draft.ts";

interface TextProps {
  readonly label: string;
  readonly value: Both;
  readonly onChange: (value: Both) => void;
}

export function InBothLanguages({ label, value, onChange }: TextProps): VNode {
  const { words } = useBench();
  const id = useId();
  const languages = [
    ["fr", words.decide.french],
    ["en", words.decide.english],
  ] as const;
  return (
    <div class="both">
      {languages.map(([lang, name]) => (
        <div key={lang}>
          <label for={`${id}-${lang}`}>
            {label} <span class="quiet">{name}</span>
          </label>
          <textarea
            id={`${id}-${lang}`}
            lang={lang}
            rows={3}
            maxLength={4_000}
            value={value[lang]}
            onInput={(event) => onChange({ ...value, [lang]: event.currentTarget.value })}
          />
        </div>
      ))}
    </div>
  );
}

interface OneOfProps<T extends string> {
  readonly legend: string;
  readonly value: T | null;
  readonly options: readonly (readonly [value: T, text: string])[];
  readonly onChange: (value: T) => void;
}

export function OneOf<T extends string>({ legend, value, options, onChange }: OneOfProps<T>): VNode {
  const id = useId();
  return (
    <fieldset class="one-of">
      <legend>{legend}</legend>
      {options.map(([each, text]) => (
        <p key={each} class="check">
          <input id={`${id}-${each}`} type="radio" name={id} checked={value === each} onChange={() => onChange(each)} />
          <label for={`${id}-${each}`}>{text}</label>
        </p>
      ))}
    </fieldset>
  );
}

/** Selects the next blank, in this field or the ones after it, and from the last one on again. */
export function toNextBlank(form: HTMLFormElement | null): void {
  const fields = [...(form?.querySelectorAll("textarea") ?? [])];
  const last = fields.find((each) => each === lastSelected) ?? fields[0];
  const at = last === undefined ? 0 : fields.indexOf(last);
  const turns = [...fields.slice(at), ...fields.slice(0, at + 1)];
  for (const [turn, field] of turns.entries()) {
    const from = turn === 0 ? (field === lastSelected ? field.selectionEnd : 0) : 0;
    const found = nextBlank(field.value, from);
    if (found !== null) {
      lastSelected = field;
      field.focus();
      field.setSelectionRange(...found);
      return;
    }
  }
}

let lastSelected: HTMLTextAreaElement | null = null;
