/** Clicks that arrive: in a frame of another origin, Chromium may hand one to the page around it. */

import type { Frame, Locator } from "playwright-core";

const triesMax = 5;

/** Put into every document before its own scripts; counts the pointer's presses in `presses`. */
export function countPresses(): void {
  const counting = Object.assign(window, { presses: 0 });
  addEventListener("pointerdown", () => (counting.presses += 1), { capture: true });
}

/**
 * Presses a part of a frame as a person would: once more where nothing happened. A frame with a process of its own is not
 * drawn for a moment after its size changed, longer on a busy machine, and the page around it gets what is clicked then.
 */
export async function press(frame: Frame, part: Locator): Promise<void> {
  for (let tries = 1; tries <= triesMax; tries += 1) {
    const before = await pressesIn(frame);
    await part.click();
    if ((await pressesIn(frame)) !== before) {
      return;
    }
  }
  throw new Error("what was clicked in the frame went to the page around it");
}

/** null: the frame is gone, so it was pressed. */
async function pressesIn(frame: Frame): Promise<number | null> {
  return frame.evaluate<number>("window.presses").catch(() => null);
}
