/** One change of how one is alerted, and what became of it: a refusal is said beside what was set, calmly. */

import { useState } from "preact/hooks";
import { type Action, ActionFailed, type AlertSettings, type AlertsPicture } from "../core/office.ts";
import { useSurroundings } from "../ui/context.ts";

export interface Setting {
  readonly busy: boolean;
  /** null when it was done; else the code of a refusal, or the name of an error. */
  readonly change: (action: Action) => Promise<string | null>;
}

export function useSetting(): Setting {
  const { office } = useSurroundings();
  const [busy, setBusy] = useState(false);
  const change = async (action: Action): Promise<string | null> => {
    setBusy(true);
    try {
      await office.act(action);
      return null;
    } catch (error) {
      return error instanceof ActionFailed ? (error.code ?? error.reason) : "Error";
    } finally {
      setBusy(false);
    }
  };
  return { busy, change };
}

/** All of the settings with these changed: an address that waits to be confirmed goes on waiting. */
export function changed(alerts: AlertsPicture, changes: Partial<AlertSettings>): Action {
  const address = alerts.pending ?? alerts.settings.address;
  return { type: "writeAlerts", settings: { ...alerts.settings, address, ...changes } };
}
