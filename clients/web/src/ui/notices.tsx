/** What the person is told at once, whatever they are doing: in the page, and in the dialog that stands before it. */

import type { VNode } from "preact";
import { useSurroundings } from "./context.ts";

export function Notices(): VNode {
  const { text, said, dismiss } = useSurroundings();
  return (
    <div class="notices" aria-live="assertive">
      {said.map((line) => (
        <p key={line} class="notice">
          <span>{line}</span>
          <button type="button" aria-label={text.failed["dismiss"]} onClick={() => dismiss(line)}>
            <span aria-hidden="true">×</span>
          </button>
        </p>
      ))}
    </div>
  );
}
