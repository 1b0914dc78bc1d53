/** The head of a page beside the list: its title, and on a phone the way back. */

import type { VNode } from "preact";
import { useText } from "./context.ts";

export function PageBar({ title, onBack }: { title: string; onBack: () => void }): VNode {
  const { inbox } = useText();
  return (
    <header class="peer">
      <button type="button" class="back" aria-label={inbox.back} onClick={onBack}>
        <span aria-hidden="true">‹</span>
      </button>
      <h1>{title}</h1>
    </header>
  );
}
