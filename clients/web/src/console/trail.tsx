/** The audit log: every entry proven, a colleague's case by its hash alone; exported as a file once the log says so. */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { hexOfId } from "../core/base64.ts";
import type { ActionFailed, LeafShown, TrailEntry, TrailShown } from "../core/office.ts";
import { useSurroundings, useTextOf } from "../ui/context.ts";
import { moderationTexts } from "../ui/moderation-words.ts";
import { PageBar } from "../ui/page-bar.tsx";
import { breaksProof, useAsking, useBench } from "./bench.ts";
import { csv, jsonLines, saveFile } from "./export.ts";

/** Pages of one export: each is an entry of the log itself. */
const pagesMax = 50;
export function Trail({ onBack }: { onBack: () => void }): VNode {
  const { words, say } = useBench();
  const { dates, now } = useSurroundings();
  const { trail } = words;
  const { busy, ask } = useAsking();
  const [entries, setEntries] = useState<readonly TrailEntry[]>([]);
  const [isRefused, setRefused] = useState(false);
  const takes = (failure: ActionFailed): boolean => {
    setRefused(breaksProof(failure));
    return breaksProof(failure);
  };
  const read = async (before: number | null, isExport: boolean): Promise<TrailShown | null> =>
    (await ask({ do: "trail", before, export: isExport }, takes))?.trail ?? null;
  const more = async (before: number | null): Promise<void> => {
    const found = await read(before, false);
    if (found !== null) {
      setEntries((shown) => [...shown, ...found.entries]);
    }
  };
  useEffect(() => {
    void more(null);
  }, []);
  const save = async (form: "jsonl" | "csv"): Promise<void> => {
    say(trail.exporting);
    const pages: TrailShown[] = [];
    let before: number | null = null;
    do {
      const page: TrailShown | null = await read(before, true);
      if (page === null) {
        return;
      }
      pages.push(page);
      before = page.entries.at(-1)?.position ?? 0;
    } while (before > 0 && pages.length < pagesMax);
    const name = `journal-${new Date(now()).toISOString().slice(0, 10)}.${form}`;
    const kinds = { jsonl: "application/jsonl", csv: "text/csv" } as const;
    saveFile(name, kinds[form], form === "csv" ? csv(pages) : jsonLines(pages));
    say(trail.exported(pages.reduce((count, page) => count + page.entries.length, 0)));
  };
  const oldest = entries.at(-1)?.position ?? 0;
  return (
    <article class="case">
      <PageBar title={trail.heading} onBack={onBack} />
      <div class="sheet">
        <p>{trail.hint}</p>
        {isRefused ? (
          <p class="alarm" role="alert">
            {trail.refused}
          </p>
        ) : (
          <>
            <p class="actions">
              <button type="button" disabled={busy} onClick={() => void save("jsonl")}>
                {trail.json}
              </button>
              <button type="button" disabled={busy} onClick={() => void save("csv")}>
                {trail.csv}
              </button>
            </p>
            <ol class="trail">
              {entries.map((entry) => (
                <li key={entry.position}>
                  <span class="n">{entry.position}</span>
                  {entry.shown === null ? (
                    <span class="quiet">{trail.withheld(entry.hash.slice(0, 16))}</span>
                  ) : (
                    <Leaf leaf={entry.shown} when={`${dates.date(entry.shown.at)}, ${dates.clock(entry.shown.at)}`} />
                  )}
                </li>
              ))}
            </ol>
            {oldest > 0 ? (
              <p class="actions">
                <button type="button" disabled={busy} onClick={() => void more(oldest)}>
                  {trail.older}
                </button>
              </p>
            ) : null}
          </>
        )}
      </div>
    </article>
  );
}

function Leaf({ leaf, when }: { leaf: LeafShown; when: string }): VNode {
  const { words, mailbox } = useBench();
  const moderation = useTextOf(moderationTexts);
  const { trail } = words;
  const own = hexOfId(mailbox.seat);
  const who = (seat: string): string => (seat === own ? trail.you : trail.seat(seat.slice(0, 8)));
  const measures: Readonly<Record<string, string>> = moderation.measures;
  const facts = [
    when,
    leaf.actor === "" ? trail.service : who(leaf.actor),
    ...(leaf.second === "" ? [] : [trail.with(who(leaf.second))]),
    ...(leaf.case === "" ? [] : [trail.case(leaf.case.slice(0, 8))]),
    ...(measures[leaf.detail] === undefined ? [] : [measures[leaf.detail] ?? ""]),
  ];
  return (
    <span>
      <strong>{trail.kinds[leaf.kind] ?? leaf.kind}</strong> <span class="meta">{facts.join(" · ")}</span>
    </span>
  );
}
