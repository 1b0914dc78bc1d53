/** What a search finds inside of conversations. */

import { useEffect, useState } from "preact/hooks";
import { type Found, foundIn, type ThreadLine } from "../core/office.ts";
import { useSurroundings } from "./context.ts";

/** After the last key that was pressed. */
const restMs = 200;
/** Fewer letters are in nearly every message. */
const lettersMin = 2;

/** What was found in the messages of these conversations; null while nothing is sought. */
export function useSearch(lines: readonly ThreadLine[], searched: string): Found | null {
  const { office } = useSurroundings();
  const [found, show] = useState<Found | null>(null);
  const isSought = searched.trim().length >= lettersMin;
  const threads = lines.map((line) => line.id);
  useEffect(() => {
    let isLast = true;
    const search = async (): Promise<void> => {
      const outcome = isSought ? await office.act({ type: "search", threads, searched }) : null;
      if (isLast) {
        show(foundIn(outcome));
      }
    };
    const timer = setTimeout(() => {
      search().catch(() => undefined);
    }, restMs);
    return () => {
      isLast = false;
      clearTimeout(timer);
    };
  }, [searched, threads.join(" ")]);
  return isSought ? found : null;
}

/** A link that is followed within the page, unless the reader wants another tab. */
export function followedHere(follow: () => void): (event: MouseEvent) => void {
  return (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      follow();
    }
  };
}
