/** Consenting: what will be shown to whom, field by field; that a refusal is not shown; the way back. */

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { CardValues } from "../core/consenting.ts";
import type { CardField, OwnCard, ThreadView } from "../core/office.ts";
import { useActing, useSurroundings, useText } from "./context.ts";
import { Dialog } from "./dialog.tsx";

const fieldNames = ["name", "role", "organisation", "phone", "email"] as const satisfies readonly CardField[];
/** In UTF-8, of one field. */
const fieldBytesMax = 254;

interface Props {
  readonly view: ThreadView;
  /** One's own seat: whose card waits. */
  readonly seat: string;
  readonly card: CardValues;
  readonly onCard: (card: CardValues) => void;
  readonly channel: string;
}

/** Above the composer, until identities are exchanged. */
export function ConsentBanner(props: Props): VNode | null {
  const { view, seat } = props;
  const own = view.cards?.findLast((each) => each.seat === seat) ?? null;
  const bothSpoke = view.items.some(
    (item) => item.type === "asked" || (item.type === "message" && !item.own && item.party < 2),
  );
  if (!bothSpoke || view.items.some((item) => item.type === "released")) {
    return null;
  }
  if (own?.state === "waiting") {
    return <WaitingCard view={view} own={own} />;
  }
  return <Invitation {...props} wasWithdrawn={own?.state === "withdrawn"} />;
}

function Invitation({ view, card, onCard, channel, wasWithdrawn }: Props & { wasWithdrawn: boolean }): VNode {
  const { consent } = useText();
  const { newId } = useSurroundings();
  const { busy, act } = useActing();
  const [choosing, choose] = useState(false);
  const asked = view.items.findLast((item) => item.type === "asked") ?? null;
  return (
    <aside class="banner">
      <p>
        <strong>{asked === null || asked.own ? consent.banner : consent.bannerAsked}</strong> {consent.bannerHint}
      </p>
      {wasWithdrawn ? <p>{consent.withdrawn}</p> : null}
      <p class="actions">
        <button type="button" class="primary" onClick={() => choose(true)}>
          {consent.propose}
        </button>
        {asked === null ? (
          <button
            type="button"
            disabled={busy}
            onClick={() => void act({ type: "ask", thread: view.id, msgId: newId() })}
          >
            {consent.askFirst}
          </button>
        ) : null}
      </p>
      {choosing ? (
        <ConsentDialog view={view} card={card} onCard={onCard} channel={channel} onClose={() => choose(false)} />
      ) : null}
    </aside>
  );
}

function WaitingCard({ view, own }: { view: ThreadView; own: OwnCard }): VNode {
  const { consent } = useText();
  const { busy, act } = useActing();
  return (
    <aside class="banner waiting">
      <p>{consent.waiting}</p>
      <p class="actions">
        <button
          type="button"
          disabled={busy}
          onClick={() => void act({ type: "withdraw", thread: view.id, card: own.card })}
        >
          {consent.withdraw}
        </button>
      </p>
    </aside>
  );
}

interface DialogProps extends Omit<Props, "seat"> {
  readonly onClose: () => void;
}

function ConsentDialog({ view, card, onCard, channel, onClose }: DialogProps): VNode {
  const { consent } = useText();
  const { busy, act } = useActing();
  const [values, setValues] = useState(card);
  const [chosen, setChosen] = useState<ReadonlySet<CardField>>(new Set());
  const shown = fieldNames.filter((name) => chosen.has(name) && (values[name] ?? "").trim() !== "");
  const tooLong = shown.some((name) => new TextEncoder().encode(values[name]).length > fieldBytesMax);
  const give = async (): Promise<void> => {
    onCard(values);
    const fields = Object.fromEntries(shown.map((name) => [name, (values[name] ?? "").trim()]));
    const text = consent.text(consent.fieldsShown(shown.map((name) => consent.fields[name])));
    const given = { fields, text, channel, attestation: null };
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
                <dt>{consent.fields[name]}</dt>
                <dd dir="auto">{values[name]}</dd>
              </div>
            ))}
          </dl>
        </section>
        <p>{consent.silence}</p>
        <p>{consent.final}</p>
        <p class="actions">
          <button type="submit" class="primary" disabled={busy || shown.length === 0 || tooLong}>
            {consent.give}
          </button>
          <button type="button" onClick={onClose}>
            {consent.cancel}
          </button>
        </p>
      </form>
    </Dialog>
  );
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
  const { consent } = useText();
  return (
    <div class="choice">
      <input
        type="checkbox"
        id={`show-${name}`}
        aria-label={consent.show(consent.fields[name])}
        checked={isChosen}
        disabled={value.trim() === ""}
        onChange={(event) => onChosen(event.currentTarget.checked)}
      />
      <label for={`value-${name}`}>{consent.fields[name]}</label>
      <input
        id={`value-${name}`}
        type="text"
        inputMode={inputModes[name] ?? "text"}
        autocomplete={autocompletes[name]}
        dir="auto"
        value={value}
        onInput={(event) => {
          onValue(event.currentTarget.value);
          onChosen(event.currentTarget.value.trim() !== "");
        }}
      />
    </div>
  );
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
