/** What a screen reader says by itself: what comes into live regions that stood in the page before. */

const live = "[aria-live], [role=status], [role=alert], [role=log], dialog";

/** Put into every document before its own scripts, with `live`; keeps what it heard in `heard`. */
export function listen(regions: string): void {
  const heard: string[] = [];
  Object.assign(window, { heard });
  const regionOf = (node: Node): Element | null => {
    const region = (node instanceof Element ? node : node.parentElement)?.closest(regions) ?? null;
    return region?.matches("dialog, [aria-live=off]") === false && region.checkVisibility() ? region : null;
  };
  const observer = new MutationObserver((records) => {
    const fresh = records.flatMap(({ addedNodes }) => [...addedNodes]);
    for (const { target, addedNodes } of records) {
      const region = regionOf(target);
      if (
        region?.matches("[role=alert]") === true ||
        (region !== null && !fresh.some((each) => each.contains(region)))
      ) {
        const said: Node[] = target instanceof Text ? [target] : [...addedNodes];
        heard.push(said.map((each) => each.textContent).join(" "));
      }
    }
  });
  observer.observe(document, { childList: true, characterData: true, subtree: true });
}

export const listening = [listen, live] as const;
