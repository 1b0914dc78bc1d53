/** Devices, a lost device, a new recovery code, and the people of one's mailboxes. */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Id, MailboxView, Picture } from "../core/office.ts";
import { useActing, useSurroundings, useText } from "./context.ts";
import { Dialog } from "./dialog.tsx";

export function Settings({ picture, onBack }: { picture: Picture; onBack: () => void }): VNode {
  const { settings, inbox } = useText();
  const { office } = useSurroundings();
  const { busy, act } = useActing();
  useEffect(() => {
    office.act({ type: "readDevices" }).catch(() => undefined);
  }, []);
  return (
    <section class="page settings">
      <header class="peer">
        <button type="button" class="back" aria-label={inbox.back} onClick={onBack}>
          <span aria-hidden="true">‹</span>
        </button>
        <h1>{settings.title}</h1>
      </header>
      <h2>{settings.devices}</h2>
      <Devices picture={picture} />
      <h3>{settings.lost}</h3>
      <p class="quiet">{settings.lostHint}</p>
      <p class="actions">
        <button type="button" disabled={busy} onClick={() => void act({ type: "forgetOtherDevices", code: null })}>
          {settings.lostGo}
        </button>
      </p>
      <h3>{settings.newCode}</h3>
      <p class="quiet">{settings.newCodeHint}</p>
      <p class="actions">
        <button type="button" disabled={busy} onClick={() => void act({ type: "newCode" })}>
          {settings.newCode}
        </button>
      </p>
      {picture.mailboxes.map((mailbox) => (
        <People key={mailbox.id} mailbox={mailbox} />
      ))}
    </section>
  );
}

function Devices({ picture }: { picture: Picture }): VNode {
  const { settings } = useText();
  const { dates } = useSurroundings();
  return (
    <ul>
      {picture.devices.map((device) => (
        <li key={device.id}>
          <span dir="auto">{device.name === "" ? settings.unnamed : device.name}</span>{" "}
          <span class="quiet">
            {device.addedAt === null ? "" : settings.addedAt(dates.date(device.addedAt))}
            {device.isThis ? ` (${settings.thisDevice})` : ""}
          </span>
        </li>
      ))}
    </ul>
  );
}

function People({ mailbox }: { mailbox: MailboxView }): VNode {
  const { settings, colleagues } = useText();
  const [leaving, setLeaving] = useState<Id | null>(null);
  return (
    <>
      <h2>{settings.people}</h2>
      <ul class="people">
        {mailbox.colleagues.map(({ seat, role, admin }) => (
          <li key={seat}>
            <span>
              {colleagues.roles[role] ?? role}
              {seat === mailbox.seat ? ` (${colleagues.you})` : ""}
              {admin ? <span class="quiet"> {settings.admin}</span> : null}
            </span>
            {mailbox.admin && seat !== mailbox.seat ? (
              <button type="button" onClick={() => setLeaving(seat)}>
                {settings.remove}
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      {leaving === null ? null : <Removing mailbox={mailbox.id} seat={leaving} onClose={() => setLeaving(null)} />}
    </>
  );
}

function Removing({ mailbox, seat, onClose }: { mailbox: Id; seat: Id; onClose: () => void }): VNode {
  const { settings, consent } = useText();
  const { busy, act } = useActing();
  const remove = async (): Promise<void> => {
    if (await act({ type: "remove", mailbox, seat })) {
      onClose();
    }
  };
  return (
    <Dialog title={settings.removeGo} onClose={onClose}>
      <p>{settings.removeHint}</p>
      <p class="actions">
        <button type="button" class="primary" disabled={busy} onClick={() => void remove()}>
          {settings.removeGo}
        </button>
        <button type="button" onClick={onClose}>
          {consent.cancel}
        </button>
      </p>
    </Dialog>
  );
}
