/** What every page does first: takes its tab's place among the others, and wakes with its page. */

import type { TokenProvider } from "../core/api.ts";
import { here, WorkerHeavy } from "../core/heavy.ts";
import { LeaderOffice } from "../core/leader.ts";
import { isId } from "../core/pinning.ts";
import { TabOffice } from "../core/tabs.ts";
import type { Attest } from "../core/runtime.ts";
import type { Trust } from "../core/trust.ts";
import { startHeavy } from "./trusted.ts";

/** This tab's place. `subject` tells accounts apart, for those who share a browser. */
export function officeFor(subject: string, trust: Trust, token: TokenProvider, attest?: Attest): TabOffice {
  const accountName = `pli-account ${subject}`;
  const remembered = sessionStorage.getItem(accountName);
  const office = new TabOffice(
    `pli ${subject}`,
    () =>
      new LeaderOffice({
        url: location.origin,
        token,
        trust,
        ...(attest === undefined ? {} : { attest }),
        lastAccount: remembered !== null && isId(remembered) ? remembered : null,
        deviceName: deviceName(navigator.userAgent),
        // Older browsers have no workers of modules, or no workers in frames.
        heavy: "Worker" in globalThis ? new WorkerHeavy(startHeavy) : here,
        onAccount: (account) => sessionStorage.setItem(accountName, account),
      }),
  );
  const wake = (): void => {
    if (document.visibilityState === "visible") {
      office.act({ type: "wake" }).catch(() => undefined);
    }
  };
  document.addEventListener("visibilitychange", wake);
  // The browser may keep a page that is left, to be there at once on return. A page that stands still must not lead.
  addEventListener("pagehide", ({ persisted }) => {
    if (persisted) {
      office.leave();
    }
  });
  addEventListener("pageshow", () => {
    office.join();
    wake();
  });
  addEventListener("online", wake);
  addEventListener("offline", () => {
    office.act({ type: "sleep" }).catch(() => undefined);
  });
  return office;
}

/** What a person may recognise this browser by in the list of their devices; at most 24 bytes. */
export function deviceName(agent: string): string {
  const system = [/Android/u, /iPhone/u, /iPad/u, /Windows/u, /Mac OS/u, /Linux/u].map((each) => each.exec(agent)?.[0]);
  const browser = [/Firefox/u, /Edg/u, /Chrom/u, /Safari/u].map((each) => each.exec(agent)?.[0]);
  const names: Readonly<Record<string, string>> = { Edg: "Edge", Chrom: "Chrome", "Mac OS": "Mac" };
  const found = [browser.find(Boolean), system.find(Boolean)].flatMap((each) =>
    each === undefined ? [] : [names[each] ?? each],
  );
  return found.join(" ").slice(0, 24);
}
