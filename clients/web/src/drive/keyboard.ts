/** A page in the hands of somebody who has a keyboard alone: Tab until it is there, and every stop on the way can be seen. */

import type { Locator, Page } from "playwright-core";

const stopsMax = 80;

/** Moves the focus to it. @throws Error, where Tab does not lead there, or over something that does not show its focus */
export async function reach(page: Page, target: Locator): Promise<void> {
  await target.waitFor({ state: "visible" });
  for (let stops = 0; stops < stopsMax; stops += 1) {
    if (await target.evaluate(hasFocus)) {
      return;
    }
    await page.keyboard.press("Tab");
    const unseen = await Promise.all(page.frames().map(async (frame) => frame.evaluate(unseenFocus)));
    const first = unseen.find((each) => each !== null);
    if (first !== undefined) {
      throw new Error(`the focus cannot be seen on ${first}`);
    }
  }
  throw new Error(`Tab does not lead to ${target.toString()}`);
}

function hasFocus(element: Element): boolean {
  const root = element.getRootNode();
  return element.ownerDocument.hasFocus() && (root instanceof ShadowRoot || root instanceof Document)
    ? root.activeElement === element
    : false;
}

/** What has the focus without showing it, or null. Runs in the page. */
function unseenFocus(): string | null {
  const inside = (element: Element | null): Element | null =>
    element?.shadowRoot?.activeElement ? inside(element.shadowRoot.activeElement) : element;
  const focused = inside(document.activeElement);
  if (focused === null || focused.matches("body, iframe") || !document.hasFocus()) {
    return null;
  }
  const { outlineStyle, outlineWidth } = getComputedStyle(focused);
  const isSeen = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2 && focused.checkVisibility();
  return isSeen ? null : focused.outerHTML.slice(0, 200);
}
