/** Alerts by mail: an address, which its owner confirms by the link of a mail, and whether mails are wanted at all. */

import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";
import type { AlertsPicture } from "../core/office.ts";
import { useSurroundings, useText, useTextOf } from "../ui/context.ts";
import { changed, useSetting } from "./alert-setting.ts";
import { isMailAddress } from "./mail-address.ts";
import { alertTexts } from "./alert-texts.ts";

/** What was said last of an address that was put here. */
type Said = { readonly isWrong: boolean; readonly text: string };

const nothing: Said = { isWrong: false, text: "" };

export function AlertMail({ alerts }: { alerts: AlertsPicture }): VNode {
  const { mail } = useTextOf(alertTexts);
  return (
    <>
      <h2>{mail.title}</h2>
      {alerts.mails ? <Address alerts={alerts} /> : <p>{mail.none}</p>}
    </>
  );
}

function Address({ alerts }: { alerts: AlertsPicture }): VNode {
  const { mail } = useTextOf(alertTexts);
  const { busy, change } = useSetting();
  const known = alerts.pending ?? alerts.settings.address;
  const id = useId();
  return (
    <>
      <State alerts={alerts} />
      <AddressForm alerts={alerts} known={known} />
      {known === null ? null : (
        <p class="check">
          <input
            id={id}
            type="checkbox"
            checked={alerts.settings.wanted}
            disabled={busy}
            onChange={(event) => void change(changed(alerts, { wanted: event.currentTarget.checked }))}
          />
          <label for={id}>{mail.wanted}</label>
        </p>
      )}
    </>
  );
}

interface FormProps {
  readonly alerts: AlertsPicture;
  readonly known: string | null;
}

function AddressForm({ alerts, known }: FormProps): VNode {
  const { failed } = useText();
  const text = useTextOf(alertTexts);
  const { mail } = text;
  const { busy, change } = useSetting();
  const [typed, type] = useState(known ?? "");
  const [asked, setAsked] = useState<string | null>(null);
  const [said, say] = useState<Said>(nothing);
  const id = useId();
  const shown = lostOf(alerts, asked) ? { isWrong: true, text: mail.refused(asked ?? "") } : said;

  const save = async (): Promise<void> => {
    const address = typed.trim();
    const refusal = isMailAddress(address) ? await change(changed(alerts, { address, wanted: true })) : "malformed";
    setAsked(refusal === null ? address : null);
    say(refusal === null ? nothing : { isWrong: true, text: refusalText(refusal, mail, failed) });
  };
  const forget = async (): Promise<void> => {
    const refusal = await change(changed(alerts, { address: null }));
    setAsked(null);
    if (refusal === null) {
      type("");
      say({ isWrong: false, text: mail.forgotten });
    } else {
      say({ isWrong: true, text: refusalText(refusal, mail, failed) });
    }
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <label for={id}>{mail.address}</label>
      <input
        id={id}
        type="email"
        autocomplete="email"
        maxLength={254}
        value={typed}
        aria-describedby={`${id}-hint`}
        aria-invalid={shown.isWrong}
        onInput={(event) => type(event.currentTarget.value)}
      />
      <p id={`${id}-hint`} class="quiet">
        {mail.addressHint}
      </p>
      <p role="status" class={shown.isWrong ? "wrong" : "quiet"}>
        {shown.text}
      </p>
      <p class="actions">
        <button type="submit" class="primary" disabled={busy || typed.trim() === ""}>
          {mail.save}
        </button>
        {known === null ? null : (
          <button type="button" disabled={busy} onClick={() => void forget()}>
            {mail.forget}
          </button>
        )}
      </p>
    </form>
  );
}

/** Whether an address that was put here neither waits nor holds: the mail server does not know it. */
function lostOf({ pending, settings }: AlertsPicture, asked: string | null): boolean {
  return asked !== null && asked !== pending && asked !== settings.address;
}

/** Where mails go at this moment. */
function State({ alerts }: { alerts: AlertsPicture }): VNode | null {
  const { mail } = useTextOf(alertTexts);
  const { dates } = useSurroundings();
  const { settings, pending, failingSince } = alerts;
  const { address, wanted } = settings;
  if (pending !== null) {
    return (
      <p class="hint">
        {mail.pending(pending)}{" "}
        {address === null || failingSince !== null || address === pending ? null : mail.pendingBefore(address)}
      </p>
    );
  }
  if (address === null) {
    return null;
  }
  if (failingSince !== null) {
    return <p class="hint">{mail.failing(address, dates.date(failingSince))}</p>;
  }
  return <p>{wanted ? mail.confirmed(address) : mail.off(address)}</p>;
}

function refusalText(
  refusal: string,
  mail: (typeof alertTexts)["fr"]["mail"],
  failed: ReturnType<typeof useText>["failed"],
): string {
  if (refusal === "malformed") {
    return mail.malformed;
  }
  return refusal === "too_many" ? mail.tooMany : (failed[refusal] ?? failed.other);
}
