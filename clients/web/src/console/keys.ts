/** Shortcuts of one key, for who works here all day; they do nothing while somebody writes, and can be turned off. */

import { useEffect } from "preact/hooks";

export type Shortcut =
  | "help"
  | "next"
  | "previous"
  | "claim"
  | "release"
  | "reveal"
  | "hear"
  | "decide"
  | "queue"
  | "trail";

/** In the order in which the help has them. */
export const shortcuts: readonly (readonly [key: string, does: Shortcut])[] = [
  ["?", "help"],
  ["j", "next"],
  ["k", "previous"],
  ["c", "claim"],
  ["r", "release"],
  ["m", "reveal"],
  ["e", "hear"],
  ["d", "decide"],
  ["f", "queue"],
  ["l", "trail"],
];

export interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  /** Whether what has the focus takes what is typed, or a dialog stands before the page. */
  readonly isTaken: boolean;
}

/** null: the key is somebody else's. */
export function shortcutFor({ key, ctrlKey, altKey, metaKey, isTaken }: Pressed): Shortcut | null {
  if (isTaken || ctrlKey || altKey || metaKey) {
    return null;
  }
  return shortcuts.find(([each]) => each === key)?.[1] ?? null;
}

const name = "pli-console-keys";

/** A person who dictates, or rests a hand on the keys, turns them off (WCAG 2.1.4); then `?` alone is left to turn them on. */
export function areOn(): boolean {
  return localStorage.getItem(name) !== "off";
}

export function turn(on: boolean): void {
  localStorage.setItem(name, on ? "on" : "off");
}

const typed = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

/** Does what a key stands for, in all of the page. */
export function useShortcuts(act: (shortcut: Shortcut) => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      const focused = document.activeElement;
      const isTaken = focused?.matches(typed) === true || document.querySelector("dialog[open]") !== null;
      const { key, ctrlKey, altKey, metaKey } = event;
      const shortcut = shortcutFor({ key, ctrlKey, altKey, metaKey, isTaken });
      if (shortcut !== null && (areOn() || shortcut === "help")) {
        event.preventDefault();
        act(shortcut);
      }
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
}
