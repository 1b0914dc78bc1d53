/** How one is alerted: by mail, at what hours, on this device; and whom of the colleagues mails do not reach. */

import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import type { AlertsPicture, Picture } from "../core/office.ts";
import { useSurroundings, useText, useTextOf } from "../ui/context.ts";
import { PageBar } from "../ui/page-bar.tsx";
import { AlertDevice } from "./alert-device.tsx";
import { AlertHours } from "./alert-hours.tsx";
import { AlertMail } from "./alert-mail.tsx";
import { alertTexts } from "./alert-texts.ts";

/** A mail is confirmed elsewhere: whoever waits here for it sees it soon. */
const lookMs = 5_000;
const looksMax = 120;

export function Alerts({ picture, onBack }: { picture: Picture; onBack: () => void }): VNode {
  const { status } = useText();
  const alerts = useTextOf(alertTexts);
  const shown = picture.alerts;
  useLooking(shown);
  return (
    <section class="page settings">
      <PageBar title={alerts.title} onBack={onBack} />
      <p>{alerts.intro}</p>
      <p class="quiet">{alerts.rhythm}</p>
      {shown === null ? (
        <p role="status">{picture.connected ? status.connecting : status.offline}</p>
      ) : (
        <>
          <AlertMail alerts={shown} />
          <AlertDevice alerts={shown} />
          <AlertHours alerts={shown} />
          <Unreached picture={picture} alerts={shown} />
        </>
      )}
    </section>
  );
}

/** Reads them when this page is shown, and again while an address waits to be confirmed. */
function useLooking(alerts: AlertsPicture | null): void {
  const { office } = useSurroundings();
  const pending = alerts?.pending ?? null;
  const look = (): void => {
    if (document.visibilityState === "visible") {
      office.act({ type: "readAlerts" }).catch(() => undefined);
    }
  };
  useEffect(() => {
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  useEffect(() => {
    if (pending === null) {
      return undefined;
    }
    let looks = 0;
    const timer = setInterval(() => {
      looks += 1;
      if (looks > looksMax) {
        clearInterval(timer);
      } else {
        look();
      }
    }, lookMs);
    return () => clearInterval(timer);
  }, [pending]);
}

/** Colleagues whose address bounced, by what they are: only they can mend it. */
export function Unreached({ picture, alerts: shown }: { picture: Picture; alerts: AlertsPicture }): VNode | null {
  const { colleagues } = useText();
  const alerts = useTextOf(alertTexts);
  const roles = unreachedRoles(picture, shown);
  return roles.length === 0 ? null : (
    <>
      <h2>{alerts.colleagues.title}</h2>
      {roles.map(([seat, role]) => (
        <p key={seat} class="hint">
          {alerts.colleagues.unreached(colleagues.roles[role] ?? role)}
        </p>
      ))}
    </>
  );
}

function unreachedRoles(picture: Picture, { unreached }: AlertsPicture): (readonly [string, string])[] {
  return picture.mailboxes.flatMap((mailbox) =>
    mailbox.colleagues
      .filter(({ seat }) => seat !== mailbox.seat && unreached[mailbox.id]?.includes(seat) === true)
      .map(({ seat, role }) => [seat, role] as const),
  );
}
