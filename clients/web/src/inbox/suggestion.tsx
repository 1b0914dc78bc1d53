/** Above the list: what keeps alerts from coming, calmly, and never twice to whom said « later ». */

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { AlertsPicture, Picture } from "../core/office.ts";
import { useSurroundings, useTextOf } from "../ui/context.ts";
import type { Place } from "./address.ts";
import { PlaceLink } from "./link.tsx";
import { alertTexts } from "./alert-texts.ts";

const name = "pli-alerts-later";

interface Props {
  readonly picture: Picture;
  readonly go: (place: Place) => void;
}

export function AlertSuggestion({ picture, go }: Props): VNode | null {
  const text = useTextOf(alertTexts);
  const { dates } = useSurroundings();
  const [later, setLater] = useState(() => localStorage.getItem(name) !== null);
  const failing = failingIn(picture.alerts);
  const isFailing = failing !== null;
  if (!isFailing && (later || !isNew(picture))) {
    return null;
  }
  return (
    <section class="task">
      <h2>{isFailing ? text.title : text.suggestion.title}</h2>
      <p>{isFailing ? text.mail.failing(failing.address, dates.date(failing.since)) : text.suggestion.text}</p>
      <p class="actions">
        <PlaceLink class="button" to={{ name: "alerts" }} go={go}>
          {text.suggestion.go}
        </PlaceLink>
        {isFailing ? null : (
          <button
            type="button"
            onClick={() => {
              localStorage.setItem(name, "yes");
              setLater(true);
            }}
          >
            {text.suggestion.later}
          </button>
        )}
      </p>
    </section>
  );
}

/** An address that mails do not reach any more. */
function failingIn(alerts: AlertsPicture | null): { readonly address: string; readonly since: number } | null {
  if (alerts === null || alerts.pending !== null) {
    return null;
  }
  const { address } = alerts.settings;
  return address === null || alerts.failingSince === null ? null : { address, since: alerts.failingSince };
}

/** Somebody whom no alert can reach. */
function isNew({ alerts, mailboxes }: Picture): boolean {
  if (alerts === null || mailboxes.length === 0 || !alerts.mails) {
    return false;
  }
  return alerts.settings.address === null && alerts.pending === null && alerts.here === null;
}
