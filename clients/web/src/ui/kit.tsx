/** The printed kit of a mailbox: made by an administrator, shown once and printed; and typed to come back in. */

import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";
import { drawnKitCode } from "../core/kits.ts";
import { ActionFailed, type MailboxView, type SeatView } from "../core/office.ts";
import { firstEn } from "./catalogue-first.en.ts";
import { firstFr } from "./catalogue-first.fr.ts";
import { kitEn } from "./catalogue-kit.en.ts";
import { kitFr } from "./catalogue-kit.fr.ts";
import { useActing, useSurroundings, useText, useTextOf } from "./context.ts";

const texts = { fr: kitFr, en: kitEn };

export function KitMaking({ mailbox }: { mailbox: MailboxView }): VNode {
  const kit = useTextOf(texts);
  const { busy, act } = useActing();
  const [code, setCode] = useState<string | null>(null);
  const count = mailbox.colleagues.filter(({ role }) => role === "kit").length;
  const make = async (): Promise<void> => {
    const drawn = drawnKitCode();
    if (await act({ type: "makeKit", mailbox: mailbox.id, code: drawn })) {
      setCode(drawn);
    }
  };
  if (code !== null) {
    return <KitShown kind={mailbox.kind} code={code} onDone={() => setCode(null)} />;
  }
  return (
    <section>
      <h3>{kit.title}</h3>
      <p class="quiet">{kit.hint}</p>
      {count === 0 ? null : <p>{kit.existing(String(count))}</p>}
      <p class="actions">
        <button type="button" disabled={busy} onClick={() => void make()}>
          {kit.make}
        </button>
      </p>
    </section>
  );
}

interface ShownProps {
  readonly kind: string;
  readonly code: string;
  readonly onDone: () => void;
}

function KitShown({ kind, code, onDone }: ShownProps): VNode {
  const { seats, name } = useText();
  const kit = useTextOf(texts);
  const first = useTextOf({ fr: firstFr, en: firstEn });
  const { dates, now } = useSurroundings();
  return (
    <section class="kit">
      <h3>{kit.title}</h3>
      <p role="status">{kit.made}</p>
      <div class="paper">
        <p class="print-only brand">{name}</p>
        <h2 class="print-only">{kit.title}</h2>
        <p class="code" translate={false}>
          {code}
        </p>
        <div class="print-only">
          <p>{kit.about(seats.kinds[kind] ?? kind)}</p>
          <ol>
            {kit.steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
          <p>{first.kitDate(dates.date(now()))}</p>
        </div>
      </div>
      <p class="actions">
        <button type="button" class="primary" onClick={() => print()}>
          {kit.print}
        </button>
        <button type="button" onClick={onDone}>
          {kit.done}
        </button>
      </p>
    </section>
  );
}

/** For somebody whom the platform names for a mailbox that others founded. */
export function KitEntry({ seat }: { seat: SeatView }): VNode {
  const { failed } = useText();
  const kit = useTextOf(texts);
  const { office } = useSurroundings();
  const [code, type] = useState("");
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);
  const id = useId();
  const enter = async (): Promise<void> => {
    setBusy(true);
    try {
      await office.act({ type: "enterWithKit", mailbox: seat.mailbox, code });
    } catch (error) {
      const reason = error instanceof ActionFailed ? error.reason : "";
      const reasons: Readonly<Record<string, string>> = { WrongRecoveryCode: kit.mistyped, BadRoster: kit.unknown };
      setWrong(reasons[reason] ?? failed[reason] ?? failed.other);
    } finally {
      setBusy(false);
    }
  };
  return (
    <details>
      <summary>{kit.have}</summary>
      <p>{kit.enterHint}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void enter();
        }}
      >
        <label for={id}>{kit.code}</label>
        <input
          id={id}
          class="code"
          type="text"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          aria-describedby={`${id}-wrong`}
          aria-invalid={wrong !== null}
          value={code}
          onInput={(event) => type(event.currentTarget.value)}
        />
        <p id={`${id}-wrong`} role="status" class="wrong">
          {wrong ?? ""}
        </p>
        <p class="actions">
          <button type="submit" class="primary" disabled={busy || code.trim() === ""}>
            {kit.enter}
          </button>
        </p>
      </form>
    </details>
  );
}
