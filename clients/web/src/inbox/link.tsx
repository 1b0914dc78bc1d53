/** Leads to another place of the inbox without loading the page again; a link like any other to whoever opens it elsewhere. */

import type { ComponentChildren, VNode } from "preact";
import { pathOf, type Place } from "./address.ts";

interface Props {
  readonly to: Place;
  readonly go: (place: Place) => void;
  readonly class?: string;
  readonly children: ComponentChildren;
}

export function PlaceLink({ to, go, class: looks, children }: Props): VNode {
  return (
    <a
      class={looks}
      href={pathOf(to)}
      onClick={(event) => {
        if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
          event.preventDefault();
          go(to);
        }
      }}
    >
      {children}
    </a>
  );
}
