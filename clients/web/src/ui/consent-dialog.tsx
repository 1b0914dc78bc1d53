/** The dialog in which a person consents: what will be shown to whom, field by field, with a preview. */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Attested } from "../core/attesting.ts";
import type { CardValues } from "../core/consenting.ts";
import { attestedIn, type CardField, type Id, type ThreadView } from "../core/office.ts";
import { consentEn } from "./catalogue-consent.en.ts";
import { consentFr } from "./catalogue-consent.fr.ts";
import { Claims, claimsShown } from "./claims.tsx";
import { useActing, useSurroundings, useText, useTextOf } from "./context.ts";
import { Dialog } from "./dialog.tsx";

const texts = { fr: consentFr, en: consentEn };
const fieldNames = ["name", "role", "organisation", "phone", "email"] as const satisfies readonly CardField[];
/** In UTF-8, of one field. */
const fieldBytesMax = 254;

interface Props {
  readonly view: ThreadView;
  readonly card: CardValues;
  readonly onCard: (card: CardValues) => void;
  readonly channel: string;
  readonly onClose: () => void;
}

export function ConsentDialog({ view, card, onCard, channel, onClose }: Props): VNode {
  const { consent: shared, thread } = useText();
  const consent = useTextOf(texts);
  const { busy, act } = useActing();
  const [values, setValues] = useState(card);
  const [chosen, setChosen] = useState<ReadonlySet<CardField>>(new Set());
  const attested = useAttested(view.id);
  const shown = fieldNames.filter((name) => chosen.has(name) && (values[name] ?? "").trim() !== "");
  const tooLong = shown.some((name) => isTooLong(values[name] ?? ""));
  const give = async (): Promise<void> => {
    onCard(values);
    const fields = Object.fromEntries(shown.map((name) => [name, (values[name] ?? "").trim()]));
    const vouched = claimsShown(attested?.claims ?? {}, thread.claims).map(([name]) => `${name} (${thread.attested})`);
    const text = consent.text(consent.fieldsShown([...shown.map((name) => shared.fields[name]), ...vouched]));
    const given = { fields, text, channel, attestation: attested?.jwt ?? "" };
    if (await act({ type: "consent", thread: view.id, consent: given })) {
      onClose();
    }
  };
  return (
    <Dialog title={consent.title} onClose={onClose}>
      <form
        class="consent"
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          void give();
        }}
      >
        <p>{consent.intro}</p>
        <fieldset>
          {fieldNames.map((name) => (
            <Field
              key={name}
              name={name}
              value={values[name] ?? ""}
              isChosen={chosen.has(name)}
              onValue={(value) => setValues({ ...values, [name]: value })}
              onChosen={(isChosen) => setChosen(withOrWithout(chosen, name, isChosen))}
            />
          ))}
        </fieldset>
        <section class="preview" aria-live="polite">
          <h3>{consent.preview}</h3>
          {shown.length === 0 ? <p>{consent.nothing}</p> : null}
          <dl>
            {shown.map((name) => (
              <div key={name}>
                <dt>
                  {shared.fields[name]} <small class="declared">{thread.declared}</small>
                </dt>
                <dd dir="auto">{values[name]}</dd>
              </div>
            ))}
            {shown.length === 0 ? null : <Claims claims={attested?.claims ?? {}} />}
          </dl>
          {attested === null ? <p class="quiet">{consent.unattested}</p> : null}
        </section>
        <p>{consent.silence}</p>
        <p>{consent.final}</p>
        <p class="actions">
          <button
            type="submit"
            class="primary"
            disabled={busy || attested === undefined || shown.length === 0 || tooLong}
          >
            {consent.give}
          </button>
          <button type="button" onClick={onClose}>
            {shared.cancel}
          </button>
        </p>
      </form>
    </Dialog>
  );
}

/** What the platform vouches for, asked when the dialog opens; null: nothing; undefined: no answer yet. */
function useAttested(thread: Id): Attested | null | undefined {
  const { office } = useSurroundings();
  const [attested, setAttested] = useState<Attested | null | undefined>(undefined);
  useEffect(() => {
    let live = true;
    const show = (given: Attested | null): void => {
      if (live) {
        setAttested(given);
      }
    };
    office.act({ type: "attest", thread }).then(
      (outcome) => show(attestedIn(outcome)),
      () => show(null),
    );
    return () => {
      live = false;
    };
  }, [office, thread]);
  return attested;
}

interface FieldProps {
  readonly name: CardField;
  readonly value: string;
  readonly isChosen: boolean;
  readonly onValue: (value: string) => void;
  readonly onChosen: (chosen: boolean) => void;
}

/** One field: its value, and whether it will be shown. What is typed is chosen by that. */
function Field({ name, value, isChosen, onValue, onChosen }: FieldProps): VNode {
  const { fields } = useText().consent;
  const { show, tooLong } = useTextOf(texts);
  return (
    <div class="choice">
      <input
        type="checkbox"
        id={`show-${name}`}
        aria-label={show(fields[name])}
        checked={isChosen}
        disabled={value.trim() === ""}
        onChange={(event) => onChosen(event.currentTarget.checked)}
      />
      <label for={`value-${name}`}>{fields[name]}</label>
      <input
        id={`value-${name}`}
        type="text"
        inputMode={inputModes[name] ?? "text"}
        autocomplete={autocompletes[name]}
        dir="auto"
        value={value}
        aria-invalid={isTooLong(value)}
        aria-describedby={`hint-${name}`}
        onInput={(event) => {
          onValue(event.currentTarget.value);
          onChosen(event.currentTarget.value.trim() !== "");
        }}
      />
      <div role="status" id={`hint-${name}`}>
        {isTooLong(value) ? <p class="hint">{tooLong}</p> : null}
      </div>
    </div>
  );
}

/** As it is sent. */
function isTooLong(value: string): boolean {
  return new TextEncoder().encode(value.trim()).length > fieldBytesMax;
}

const inputModes: Readonly<Partial<Record<CardField, "tel" | "email">>> = { phone: "tel", email: "email" };
const autocompletes: Readonly<Record<CardField, string>> = {
  name: "name",
  role: "organization-title",
  organisation: "organization",
  phone: "tel",
  email: "email",
};

function withOrWithout<T>(all: ReadonlySet<T>, one: T, isIn: boolean): ReadonlySet<T> {
  const others = [...all].filter((each) => each !== one);
  return new Set(isIn ? [...others, one] : others);
}
