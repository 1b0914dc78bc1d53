/** Parts of a page that its first screen does not need: fetched when they are shown for the first time. */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

type Part<P> = (props: P) => VNode | null;

const againMs = 2_000;

/** A part that shows nothing until it was fetched, and is fetched again while that fails. */
export function later<P extends object>(fetched: () => Promise<Part<P>>): Part<P> {
  let found: Part<P> | null = null;
  return function Later(props: P) {
    const [, draw] = useState(false);
    useEffect(() => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      let isShown = found === null;
      const fetchIt = async (): Promise<void> => {
        try {
          found = await fetched();
          if (isShown) {
            draw(true);
          }
        } catch {
          if (isShown) {
            timer = setTimeout(() => void fetchIt(), againMs);
          }
        }
      };
      if (isShown) {
        void fetchIt();
      }
      return () => {
        isShown = false;
        clearTimeout(timer);
      };
    }, []);
    const Found = found;
    return Found === null ? null : <Found {...props} />;
  };
}
