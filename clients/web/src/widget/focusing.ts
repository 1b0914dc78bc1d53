/**
 * Where the focus goes when the frame is shown. The page that holds it shows it in another process: its word that it did
 * may come before this document is drawn again, which takes no focus until then, or between a hiding and a showing, which
 * takes the focus away once more. So it is given until it has held for some frames.
 */

/** A conversation may still be read meanwhile, and has then nothing to write in. */
const settlingMs = 15_000;
/** It has held when it did in so many frames, one after the other. */
const heldFrames = 3;

/**
 * Puts the focus on what `wanted` gives, also on another thing that it gives a moment later, until it holds, time is up,
 * or the person does something themselves. Returns what ends that.
 */
export function focusedOn(wanted: () => HTMLElement | null): () => void {
  const person = new AbortController();
  const begun = performance.now();
  let held = 0;
  let frame = 0;
  let last: HTMLElement | null = null;
  const end = (): void => {
    cancelAnimationFrame(frame);
    person.abort();
  };
  const look = (): void => {
    const target = wanted();
    held = target !== null && has(target) ? held + 1 : 0;
    if (held === 0 && isFree(last)) {
      target?.focus();
    }
    last = target;
    if ((held >= heldFrames && target instanceof HTMLTextAreaElement) || performance.now() - begun > settlingMs) {
      end();
    } else {
      frame = requestAnimationFrame(look);
    }
  };
  for (const type of ["keydown", "pointerdown"]) {
    document.addEventListener(type, end, { signal: person.signal });
  }
  frame = requestAnimationFrame(look);
  return end;
}

const has = (element: HTMLElement): boolean => document.activeElement === element && document.hasFocus();

/** What took the focus by itself meanwhile keeps it: a dialog, say. */
function isFree(last: HTMLElement | null): boolean {
  const { activeElement } = document;
  return activeElement === null || activeElement === document.body || activeElement === last;
}
