/** What the inbox does by itself while it is open: it leads to what was wanted, and keeps this browser's pushes coming. */

import { useEffect, useState } from "preact/hooks";
import { type Picture, textsIn, toCases } from "../core/office.ts";
import { isId } from "../core/pinning.ts";
import { useSurroundings } from "../ui/context.ts";
import { type Place, pathOf } from "./address.ts";
import { clearNotifications, inTurn, renewal } from "./push.ts";
import { forgetWanted, keptWanted, onWanted, type Wanted, waitsLongest } from "./wanted.ts";

/** What a link leads to may still be on its way when everything else was read; after that its reader stays where they are. */
const patienceMs = 5_000;

/** Goes where a mail's link or a notification leads, once everything is read. Whether that is still to come. */
export function useWanted(picture: Picture, go: (place: Place) => void): boolean {
  const { now } = useSurroundings();
  const [wanted, want] = useState<Wanted | null>(() => keptWanted(now()));
  useEffect(() => onWanted(() => want(keptWanted(now()))), []);
  const linked = useLinked(wanted, picture);
  const isKnown = wanted !== null && picture.caughtUp && (wanted.token === null || linked !== undefined);
  const target = isKnown ? targetIn(picture, wanted, linked ?? null) : null;
  const forget = (): void => {
    forgetWanted();
    want(null);
  };
  useEffect(() => {
    if (target !== null) {
      forget();
      go(target);
    }
  }, [target === null ? null : pathOf(target)]);
  useEffect(() => {
    if (!isKnown) {
      return undefined;
    }
    const timer = setTimeout(forget, linked === null ? 0 : patienceMs);
    return () => clearTimeout(timer);
  }, [isKnown, linked]);
  return wanted !== null;
}

function targetIn({ threads }: Picture, { token }: Wanted, linked: Place | null): Place | null {
  if (token === null) {
    const thread = waitsLongest(threads);
    return thread === null ? null : { name: "thread", thread };
  }
  const isHere = linked?.name !== "thread" || threads.some((line) => line.id === linked.thread);
  return isHere ? linked : null;
}

/** Where the service says that a mail's link leads this person: null, nowhere; undefined, not known yet. */
function useLinked(wanted: Wanted | null, { caughtUp, connected }: Picture): Place | null | undefined {
  const { office } = useSurroundings();
  const [linked, setLinked] = useState<{ readonly token: string; readonly place: Place | null } | null>(null);
  const token = wanted?.token ?? null;
  useEffect(() => {
    if (token !== null && caughtUp && connected) {
      // Without the network it stays wanted, and is asked for when there is one.
      office.act({ type: "openAlert", token }).then(
        (given) => setLinked({ token, place: placeIn(textsIn(given) ?? []) }),
        () => undefined,
      );
    }
  }, [token, caughtUp, connected]);
  return token !== null && linked?.token === token ? linked.place : undefined;
}

function placeIn(given: readonly string[]): Place | null {
  const thread = given.find(isId);
  if (thread !== undefined) {
    return { name: "thread", thread };
  }
  return given.includes(toCases) ? { name: "cases" } : null;
}

/** Reads how this person is alerted, and has this browser's subscription follow what the browser made of it. */
export function useAlerts({ caughtUp, alerts }: Picture): void {
  const { office } = useSurroundings();
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    if (caughtUp) {
      office.act({ type: "readAlerts" }).catch(() => undefined);
    }
  }, [caughtUp]);
  useEffect(() => {
    const hear = ({ data }: MessageEvent<unknown>): void => {
      if (typeof data === "object" && data !== null && "type" in data && data.type === "pli:subscription-changed") {
        setChanges((before) => before + 1);
      }
    };
    navigator.serviceWorker?.addEventListener("message", hear);
    return () => navigator.serviceWorker?.removeEventListener("message", hear);
  }, []);
  const isRead = alerts !== null;
  useEffect(() => {
    const renew = async (): Promise<void> => {
      // As it is when this has its turn.
      const { alerts: now } = office.picture;
      const action = now === null ? null : await renewal(now);
      if (action !== null) {
        await office.act(action);
      }
    };
    if (isRead) {
      inTurn(renew).catch(() => undefined);
    }
  }, [isRead, changes]);
}

/** Notifications go when their reader comes. */
export function useClearing(): void {
  useEffect(() => {
    const clear = (): void => {
      if (document.visibilityState === "visible") {
        clearNotifications().catch(() => undefined);
      }
    };
    clear();
    document.addEventListener("visibilitychange", clear);
    return () => document.removeEventListener("visibilitychange", clear);
  }, []);
}
