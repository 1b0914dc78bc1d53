/**
 * The part of a conversation that a page shows: a run of its events without a gap, at its end or further back. It grows
 * as a reader scrolls, and lets go at its other end.
 */

import type { Stretch, ThreadView } from "../core/office.ts";

/** So many items are shown at most. */
export const itemsMax = 600;

export type Window = Stretch;

/** The newest events, as a view has them. */
export function newest({ items, from, seq }: Pick<ThreadView, "items" | "from" | "seq">): Window {
  return { items, from, to: seq };
}

/** Whether it reaches the conversation's end. */
export const isAtEnd = (window: Window, view: Pick<ThreadView, "seq">): boolean => window.to >= view.seq;

/** The window once the conversation went on: one that reached its end follows it; one further back stays. */
export function followed(window: Window, view: Pick<ThreadView, "items" | "from" | "seq">): Window {
  if (view.seq < window.to) {
    // The log was read anew.
    return newest(view);
  }
  const isNew = view.seq > window.to || view.items.at(-1)?.seq !== window.items.at(-1)?.seq;
  if (view.from > window.to + 1 || !isNew) {
    return window;
  }
  const before = window.items.filter((item) => item.seq < view.from);
  return { items: [...before, ...view.items], from: Math.min(window.from, view.from), to: view.seq };
}

/** With what comes before it; what is then too much is let go at the end. */
export function withOlder(window: Window, older: Stretch): Window {
  if (older.to !== window.from - 1) {
    return window;
  }
  const items = [...older.items, ...window.items];
  const next = items[itemsMax];
  return next === undefined
    ? { items, from: older.from, to: window.to }
    : { items: items.filter((item) => item.seq < next.seq), from: older.from, to: next.seq - 1 };
}

/** With what follows it; what is then too much is let go at the beginning. */
export function withNewer(window: Window, newer: Stretch): Window {
  return newer.from === window.to + 1
    ? shortened({ items: [...window.items, ...newer.items], from: window.from, to: newer.to })
    : window;
}

/** Lets go of the oldest where there is too much: for who reads at the end. */
export function shortened(window: Window): Window {
  const last = window.items.at(-itemsMax - 1);
  return last === undefined
    ? window
    : { items: window.items.filter((item) => item.seq > last.seq), from: last.seq + 1, to: window.to };
}

/** Around one event: what ends with it, and what follows. */
export function around(ending: Stretch, following: Stretch): Window {
  return withNewer(ending, following);
}
