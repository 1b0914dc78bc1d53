/** What waits, the most urgent first, with the reasons for its place; nothing of what was said. And the workload. */

import type { VNode } from "preact";
import type { Id, QueuedCase } from "../core/office.ts";
import { useSurroundings, useTextOf } from "../ui/context.ts";
import { moderationTexts } from "../ui/moderation-words.ts";
import { pathOf } from "./address.ts";
import { useBench } from "./bench.ts";
import type { Dates } from "../ui/dates.ts";
import type { Words } from "./words.fr.ts";

export function QueueList({ chosen }: { chosen: Id | null }): VNode {
  const { words, queue } = useBench();
  if (queue === null) {
    return <p class="empty">{words.queue.loading}</p>;
  }
  return (
    <>
      <h2 class="unseen">{words.queue.title}</h2>
      {queue.cases.length === 0 ? <p class="empty">{words.queue.empty}</p> : null}
      <ol class="cases">
        {queue.cases.map((each) => (
          <li key={each.case}>
            <Row row={each} isChosen={each.case === chosen} />
          </li>
        ))}
      </ol>
    </>
  );
}

function Row({ row, isChosen }: { row: QueuedCase; isChosen: boolean }): VNode {
  const { words, go } = useBench();
  const { dates, now } = useSurroundings();
  const moderation = useTextOf(moderationTexts);
  const place = { name: "case", case: row.case } as const;
  return (
    <a
      href={pathOf(place)}
      aria-current={isChosen ? "page" : undefined}
      onClick={(event) => {
        if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
          event.preventDefault();
          go(place);
        }
      }}
    >
      <span class="head">
        <strong>{moderation.categories[row.category] ?? row.category}</strong>
        <span class="points">{words.queue.priority(row.points)}</span>
      </span>
      <span class="marks">
        <span class={`chip ${row.mine === true ? "mine" : "free"}`}>{holderOf(row, words, dates.brief, now())}</span>
        <span class="chip">{words.states[row.state] ?? row.state}</span>
        {row.abusive_reporter === true ? <span class="chip warn">{words.queue.abusive}</span> : null}
      </span>
      <span class="meta">{factsOf(row, words, dates, now()).join(" · ")}</span>
      {row.flag === undefined ? null : <span class="meta">{flagOf(row.flag, row.measured ?? 0, words)}</span>}
      <span class="meta">
        {words.queue.why} : {reasonsOf(row, words).join(", ")}
      </span>
    </a>
  );
}

function factsOf(row: QueuedCase, words: Words, dates: Dates, now: number): readonly string[] {
  return [
    words.queue.opened(dates.since(row.opened_at, now)),
    row.reports > 0 ? words.queue.reports(row.reports) : (words.origins[row.origin] ?? row.origin),
    ...(row.related > 0 ? [words.queue.related(row.related)] : []),
    ...(row.due_at === undefined ? [] : [words.queue.due(dates.date(row.due_at))]),
  ];
}

function holderOf(row: QueuedCase, words: Words, brief: (at: number, now: number) => string, now: number): string {
  if (row.mine === true) {
    return row.held_until === undefined ? words.queue.mine : words.queue.mineUntil(brief(row.held_until, now));
  }
  return row.wants_second === true ? words.queue.second : words.queue.free;
}

export function flagOf(flag: string, measured: number, words: Words): string {
  return words.flags[flag]?.(String(measured)) ?? flag;
}

/** A reason is a word, or a word with what it is about. */
function reasonsOf({ reasons }: QueuedCase, words: Words): readonly string[] {
  return reasons.map((each) => words.reasons[each] ?? words.reasons[each.split(":")[0] ?? ""] ?? each);
}

export function Load(): VNode | null {
  const { words, queue } = useBench();
  if (queue === null) {
    return null;
  }
  const { load } = words;
  const { waiting, decided, median_minutes_to_decision: median, appealed, overturned } = queue.workload;
  const figures = [
    [load.waiting, String(waiting)],
    [load.decided, String(decided)],
    [load.median, median === null ? load.none : load.minutes(median)],
    [load.appealed, String(appealed)],
    [load.overturned, String(overturned)],
  ] as const;
  return (
    <details class="load">
      <summary>{load.title}</summary>
      <p class="quiet">{load.hint}</p>
      <dl>
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
