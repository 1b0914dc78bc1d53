/** What stands of a case in the queue, on its own page. */

import type { ComponentChildren, VNode } from "preact";
import { hexOfId } from "../core/base64.ts";
import type { QueuedCase } from "../core/office.ts";
import { useSurroundings } from "../ui/context.ts";
import { useBench } from "./bench.ts";
import { flagOf } from "./queue.tsx";

export function Facts({ row, children }: { row: QueuedCase; children?: ComponentChildren }): VNode {
  const { words } = useBench();
  const { dates, now } = useSurroundings();
  return (
    <>
      <p class="marks">
        <span class="chip">{words.states[row.state] ?? row.state}</span>
        <span class="chip">{words.origins[row.origin] ?? row.origin}</span>
        {row.abusive_reporter === true ? <span class="chip warn">{words.queue.abusive}</span> : null}
        {children}
      </p>
      <p class="quiet">
        {words.file.reference(hexOfId(row.case).slice(0, 8))} · {words.queue.opened(dates.since(row.opened_at, now()))}{" "}
        · {words.queue.priority(row.points)}
      </p>
      {row.flag === undefined ? null : (
        <p>
          {flagOf(row.flag, row.measured ?? 0, words)} <span class="quiet">{words.flagHint}</span>
        </p>
      )}
    </>
  );
}
