/** What every part of a page needs: the texts, the dates, the office, and the time. */

import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { Action, Id, Office, Outcome, Picture } from "../core/office.ts";
import { ActionFailed } from "../core/office.ts";
import type { Catalogue } from "./catalogue.fr.ts";
import type { Dates } from "./dates.ts";

export interface Surroundings {
  readonly text: Catalogue;
  readonly dates: Dates;
  readonly office: Office;
  readonly now: () => number;
  /** Draws a new id for what is to be sent once, however often it is asked for. */
  readonly newId: () => Id;
  /** Has the person sign in again at the platform, as the page can. */
  readonly signIn: () => Promise<void>;
  /** Tells the person that something did not work. */
  readonly complain: (failure: ActionFailed) => void;
  /** What the person is told at this moment, and what takes a line of it away. */
  readonly said: readonly string[];
  readonly dismiss: (line: string) => void;
}

const Around = createContext<Surroundings | null>(null);

export const Provider = Around.Provider;

export function useSurroundings(): Surroundings {
  const found = useContext(Around);
  if (found === null) {
    throw new Error("a part of a page stands within its surroundings");
  }
  return found;
}

export function useText(): Catalogue {
  return useSurroundings().text;
}

/** The picture of this moment; the part is drawn again when it changes. */
export function usePicture(office: Office): Picture {
  const [picture, show] = useState(office.picture);
  useEffect(() => {
    show(office.picture);
    return office.onPicture(show);
  }, [office]);
  return picture;
}

/** Whether the part of the page itself says what went wrong. */
type Takes = (failure: ActionFailed) => boolean;

export interface Acting {
  readonly busy: boolean;
  /** Whether it was done. What went wrong is told to the person. */
  readonly act: (action: Action) => Promise<boolean>;
  /** The same, for who wants what it gives; null where it failed. */
  readonly ask: (action: Action, takes?: Takes) => Promise<{ readonly outcome: Outcome } | null>;
}

/** Does one thing after another, and says so while it lasts. */
export function useActing(): Acting {
  const { office, complain } = useSurroundings();
  const [busy, setBusy] = useState(false);
  const ask: Acting["ask"] = async (action, takes = () => false) => {
    setBusy(true);
    try {
      return { outcome: await office.act(action) };
    } catch (error) {
      const failure = error instanceof ActionFailed ? error : new ActionFailed("Error", null);
      if (!takes(failure)) {
        complain(failure);
      }
      return null;
    } finally {
      setBusy(false);
    }
  };
  return { busy, ask, act: async (action) => (await ask(action)) !== null };
}

/** Texts that come with the part of a page that shows them, in the page's language. */
export function useTextOf<T>(texts: { readonly fr: T; readonly en: T }): T {
  return useText().lang === "en" ? texts.en : texts.fr;
}
