/**
 * How a conversation scrolls: it stays at its end while one reads there, loads what is older before one comes to it, and
 * what one reads stays in its place when there is more above.
 */

import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Id, Stretch, ThreadView } from "../core/office.ts";
import { stretchIn } from "../core/office.ts";
import { useSurroundings } from "./context.ts";
import { around, followed, isAtEnd, newest, shortened, type Window, withNewer, withOlder } from "./window.ts";

/** More is loaded when one comes this near to what is there, px. */
const nearPx = 800;
/** This near to the end, one reads there, px. */
const endPx = 80;

export interface Scrolling {
  readonly log: RefObject<HTMLDivElement | null>;
  readonly window: Window;
  /** Whether there is something newer than what is seen. */
  readonly isBehind: boolean;
  readonly isLoading: boolean;
  readonly older: () => void;
  readonly toEnd: () => void;
  readonly onScroll: () => void;
}

/** `sought`: the event to show first; null: the newest. */
export function useScrolling(view: ThreadView, sought: number | null): Scrolling {
  const log = useRef<HTMLDivElement>(null);
  const [kept, show] = useState<Window>(() => newest(view));
  const [isLoading, setLoading] = useState(false);
  const [isAway, setAway] = useState(false);
  const load = useLoading(view.id);
  const place = useRef<Place>({ name: "end" });
  const window = followed(kept, view);
  const count = view.onItsWay.length;
  useLayoutEffect(() => put(log.current, place.current), [window.from, window.to, count, view.refused.length]);
  useEffect(() => {
    // What was read at the end stays part of it, though the view begins later now.
    show((before) => followed(before, view));
  }, [view.seq, view.from]);
  useEffect(() => show(newest(view)), [view.begun]);
  useEffect(() => {
    if (count > 0) {
      place.current = { name: "end" };
      show(newest(view));
    }
  }, [count]);
  const grow = async (ask: () => Promise<Stretch | null>, grown: (before: Window, more: Stretch) => Window) => {
    if (isLoading) {
      return;
    }
    setLoading(true);
    try {
      const more = await ask();
      if (more !== null) {
        place.current = placeIn(log.current);
        show((before) => grown(followed(before, view), more));
      }
    } finally {
      setLoading(false);
    }
  };
  const older = (): void => void grow(() => load({ before: window.from }), withOlder);
  useEffect(() => {
    if (sought !== null) {
      void grow(
        async () => {
          const [ending, following] = await Promise.all([load({ before: sought + 1 }), load({ after: sought })]);
          return ending === null || following === null ? null : around(ending, following);
        },
        (_, found) => {
          place.current = { name: "sought", seq: sought };
          return found;
        },
      );
    }
  }, [sought]);
  const onScroll = (): void => {
    const box = log.current;
    if (box === null) {
      return;
    }
    const below = box.scrollHeight - box.scrollTop - box.clientHeight;
    const atEnd = below < endPx && isAtEnd(window, view);
    setAway(!atEnd);
    if (atEnd) {
      place.current = { name: "end" };
      show(shortened(window));
    } else {
      place.current = placeIn(box);
    }
    if (box.scrollTop < nearPx && window.from > view.first) {
      older();
    } else if (below < nearPx && !isAtEnd(window, view)) {
      void grow(() => load({ after: window.to }), withNewer);
    }
  };
  const toEnd = (): void => {
    place.current = { name: "end" };
    setAway(false);
    show(newest(view));
    put(log.current, place.current);
    log.current?.focus();
  };
  return { log, window, isBehind: isAway || !isAtEnd(window, view), isLoading, older, toEnd, onScroll };
}

type Place =
  | { readonly name: "end" }
  /** The first item that is seen, and how far it is from the top, px. */
  | { readonly name: "at"; readonly seq: string; readonly top: number }
  | { readonly name: "sought"; readonly seq: number };

/** Which item is at the top. */
function placeIn(box: HTMLElement | null): Place {
  const top = box?.getBoundingClientRect().top ?? 0;
  for (const item of box?.querySelectorAll<HTMLElement>("[data-seq]") ?? []) {
    const { top: itsTop, bottom } = item.getBoundingClientRect();
    if (bottom > top) {
      return { name: "at", seq: item.dataset["seq"] ?? "", top: itsTop - top };
    }
  }
  return { name: "end" };
}

/** Scrolls so that what was at a place is there again. */
function put(box: HTMLElement | null, place: Place): void {
  if (box === null) {
    return;
  }
  if (place.name === "end") {
    box.scrollTop = box.scrollHeight;
    return;
  }
  const item = box.querySelector<HTMLElement>(`[data-seq="${place.seq}"]`);
  if (item === null) {
    return;
  }
  if (place.name === "sought") {
    item.scrollIntoView({ block: "center" });
    item.classList.add("sought");
    item.tabIndex = -1;
    item.focus({ preventScroll: true });
  } else {
    box.scrollTop += item.getBoundingClientRect().top - box.getBoundingClientRect().top - place.top;
  }
}

/** Asks for more of a conversation; null where it is not to be had. */
function useLoading(thread: Id): (where: { before: number } | { after: number }) => Promise<Stretch | null> {
  const { office } = useSurroundings();
  return async (where) => {
    try {
      return stretchIn(await office.act({ type: "items", thread, ...where }));
    } catch {
      return null;
    }
  };
}
