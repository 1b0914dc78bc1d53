/** Devices, a lost device, a new recovery code, and the people of one's mailboxes. */

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Id, MailboxView, Picture } from "../core/office.ts";
import { boxNames } from "./boxes.ts";
import { alertsEn } from "./catalogue-alerts.en.ts";
import { alertsFr } from "./catalogue-alerts.fr.ts";
import { settingsEn } from "./catalogue-settings.en.ts";
import { settingsFr } from "./catalogue-settings.fr.ts";
import { useActing, useSurroundings, useText, useTextOf } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { KitMaking } from "./kit.tsx";
import { PageBar } from "./page-bar.tsx";
import { TargetCodes } from "./target-codes.tsx";

const texts = { fr: settingsFr, en: settingsEn };

interface Props {
  readonly picture: Picture;
  readonly onBack: () => void;
  /** What the page around it adds: alerts, signing out. */
  readonly first?: ComponentChildren;
  readonly last?: ComponentChildren;
}

export function Settings({ picture, onBack, first, last }: Props): VNode {
  const { seats } = useText();
  const settings = useTextOf(texts);
  const names = boxNames(picture.mailboxes, seats.kinds);
  const { office } = useSurroundings();
  const { busy, act } = useActing();
  useEffect(() => {
    office.act({ type: "readDevices" }).catch(() => undefined);
  }, []);
  return (
    <section class="page settings">
      <PageBar title={settings.title} onBack={onBack} />
      {first}
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
        <People
          key={mailbox.id}
          mailbox={mailbox}
          name={picture.mailboxes.length > 1 ? (names.get(mailbox.id) ?? null) : null}
          unreached={picture.alerts?.unreached[mailbox.id] ?? []}
        />
      ))}
      {last}
    </section>
  );
}

function Devices({ picture }: { picture: Picture }): VNode {
  const settings = useTextOf(texts);
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

interface PeopleProps {
  readonly mailbox: MailboxView;
  /** Where there is another one. */
  readonly name: string | null;
  readonly unreached: readonly Id[];
}

function People({ mailbox, name, unreached }: PeopleProps): VNode {
  const { colleagues } = useText();
  const settings = useTextOf(texts);
  const alerts = useTextOf({ fr: alertsFr, en: alertsEn });
  const [leaving, setLeaving] = useState<Id | null>(null);
  return (
    <>
      <h2>
        {settings.people}
        {name === null ? null : <small class="quiet"> {name}</small>}
      </h2>
      <ul class="people">
        {mailbox.colleagues.map(({ seat, role, admin }) => (
          <li key={seat}>
            <span>
              {colleagues.roles[role] ?? role}
              {seat === mailbox.seat ? ` (${colleagues.you})` : ""}
              {admin ? <span class="quiet"> {settings.admin}</span> : null}
              {unreached.includes(seat) ? <small class="unreached">{alerts.colleagues.mark}</small> : null}
            </span>
            {mailbox.admin && seat !== mailbox.seat ? (
              <button type="button" onClick={() => setLeaving(seat)}>
                {settings.remove}
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      {mailbox.kind === "partner" ? <TargetCodes mailbox={mailbox.id} /> : null}
      {mailbox.admin ? <KitMaking mailbox={mailbox} /> : null}
      {leaving === null ? null : <Removing mailbox={mailbox.id} seat={leaving} onClose={() => setLeaving(null)} />}
    </>
  );
}

function Removing({ mailbox, seat, onClose }: { mailbox: Id; seat: Id; onClose: () => void }): VNode {
  const { consent } = useText();
  const settings = useTextOf(texts);
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
