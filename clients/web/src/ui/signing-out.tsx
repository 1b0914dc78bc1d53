/** Leaving: on a shared device nothing is kept either. */

import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";
import { pause } from "../core/tasks.ts";
import { settingsEn } from "./catalogue-settings.en.ts";
import { settingsFr } from "./catalogue-settings.fr.ts";
import { useActing, useTextOf } from "./context.ts";
import { signOut } from "./platform.ts";

/** Nobody who leaves waits longer for a service that does not answer. */
const patienceMs = 5_000;

/** `before`: what the page ends first, such as the alerts on this device. */
export function SigningOut({ before }: { before: () => Promise<unknown> }): VNode {
  const settings = useTextOf({ fr: settingsFr, en: settingsEn });
  const { busy, act } = useActing();
  const [isForgetting, setForgetting] = useState(false);
  const id = useId();
  const leave = async (): Promise<void> => {
    await Promise.race([before().catch(() => undefined), pause(patienceMs)]);
    if (isForgetting && !(await act({ type: "forget" }))) {
      return;
    }
    signOut(isForgetting);
  };
  return (
    <>
      <h2>{settings.signOut}</h2>
      <p class="quiet">{settings.signOutHint}</p>
      <p class="check">
        <input
          id={id}
          type="checkbox"
          checked={isForgetting}
          aria-describedby={`${id}-hint`}
          onChange={(event) => setForgetting(event.currentTarget.checked)}
        />
        <label for={id}>{settings.signOutForget}</label>
      </p>
      <p class="quiet" id={`${id}-hint`}>
        {settings.signOutForgetHint}
      </p>
      <p class="actions">
        <button type="button" disabled={busy} onClick={() => void leave()}>
          {settings.signOut}
        </button>
      </p>
    </>
  );
}
