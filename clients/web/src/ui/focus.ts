/**
 * Where the focus goes when what had it is gone: a button whose task is done, a screen that gave way to the next one. It
 * would go to nobody; whoever does not see the page would hear nothing, and begin again at its top.
 */

import { useEffect } from "preact/hooks";

/** For a whole page. */
export function useKeptFocus(): void {
  useEffect(() => {
    /** What has the focus and all that it stands in, the nearest first. */
    let around: readonly HTMLElement[] = [];
    /** Whether that gave the focus away because it cannot be used for a while: a button whose task goes on. */
    let isWaiting = false;
    const remember = ({ target }: Event): void => {
      around = target instanceof HTMLElement ? withAncestors(target) : [];
      isWaiting = false;
    };
    // Whoever presses beside everything wants the focus nowhere; what takes it says so right after.
    const forget = (): void => {
      around = [];
    };
    const keep = (): void => {
      const [was] = around;
      if (was === undefined || document.activeElement !== document.body || !document.hasFocus()) {
        return;
      }
      if (!isShown(was)) {
        heirOf(was, around)?.focus();
      } else if (was.matches(":disabled")) {
        isWaiting = true;
      } else if (isWaiting) {
        was.focus();
      }
    };
    // Only after it was drawn has what cannot be used given the focus away.
    const observer = new MutationObserver(() => requestAnimationFrame(() => setTimeout(keep)));
    document.addEventListener("focusin", remember);
    document.addEventListener("pointerdown", forget);
    observer.observe(document.body, { childList: true, subtree: true, attributeFilter: ["class", "disabled"] });
    return () => {
      document.removeEventListener("focusin", remember);
      document.removeEventListener("pointerdown", forget);
      observer.disconnect();
    };
  }, []);
}

/** Puts the focus on the first such element that is shown, also on one that does not take it by itself. */
export function focusOn(selector: string): void {
  const found = firstShown(document, selector);
  if (found !== null) {
    made(found).focus();
  }
}

/** Where a person was writing they go on writing; else they are at the heading of the part that is left. */
function heirOf(was: HTMLElement, around: readonly HTMLElement[]): HTMLElement | null {
  const selector = was instanceof HTMLTextAreaElement ? "textarea" : "h1, h2, h3";
  for (const element of around) {
    const heir = isShown(element) ? firstShown(element, selector) : null;
    if (heir !== null) {
      return made(heir);
    }
  }
  return null;
}

function made(element: HTMLElement): HTMLElement {
  if (element.tabIndex < 0) {
    element.tabIndex = -1;
  }
  return element;
}

function firstShown(within: ParentNode, selector: string): HTMLElement | null {
  return [...within.querySelectorAll<HTMLElement>(selector)].find(isShown) ?? null;
}

function isShown(element: Element): boolean {
  return element.isConnected && element.checkVisibility();
}

function withAncestors(element: HTMLElement): readonly HTMLElement[] {
  const found: HTMLElement[] = [];
  for (let each: HTMLElement | null = element; each !== null; each = each.parentElement) {
    found.push(each);
  }
  return found;
}
