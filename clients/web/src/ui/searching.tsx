/** What a search finds inside of conversations. */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Found, foundIn, type Hit, type Id, type ThreadLine } from "../core/office.ts";
import { useSurroundings, useText } from "./context.ts";

/** After the last key that was pressed. */
const restMs = 200;
/** Fewer letters are in nearly every message. */
const lettersMin = 2;

/** What was found in the messages of these conversations; null while nothing is sought. */
export function useSearch(lines: readonly ThreadLine[], searched: string): Found | null {
  const { office } = useSurroundings();
  const [found, show] = useState<Found | null>(null);
  const isSought = searched.trim().length >= lettersMin;
  const threads = lines.map((line) => line.id);
  useEffect(() => {
    let isLast = true;
    const search = async (): Promise<void> => {
      const outcome = isSought ? await office.act({ type: "search", threads, searched }) : null;
      if (isLast) {
        show(foundIn(outcome));
      }
    };
    const timer = setTimeout(() => {
      search().catch(() => undefined);
    }, restMs);
    return () => {
      isLast = false;
      clearTimeout(timer);
    };
  }, [searched, threads.join(" ")]);
  return isSought ? found : null;
}

interface Props {
  readonly found: Found;
  readonly lines: readonly ThreadLine[];
  readonly hrefOf: (thread: Id, seq: number) => string;
  readonly onChoose: (thread: Id, seq: number) => void;
}

export function Hits({ found, lines, hrefOf, onChoose }: Props): VNode {
  const { inbox } = useText();
  return (
    <section class="hits" aria-label={inbox.inMessages}>
      <p role="status" class="unseen">
        {inbox.found(found.hits.length)}
      </p>
      {found.hits.length === 0 ? null : <h2>{inbox.inMessages}</h2>}
      <ul class="threads">
        {found.hits.map((hit) => {
          const line = lines.find((each) => each.id === hit.thread);
          return line === undefined ? null : (
            <li key={`${hit.thread} ${hit.seq}`}>
              <a href={hrefOf(hit.thread, hit.seq)} onClick={followedHere(() => onChoose(hit.thread, hit.seq))}>
                <HitLine hit={hit} line={line} />
              </a>
            </li>
          );
        })}
      </ul>
      {found.more ? <p class="quiet">{inbox.moreFound}</p> : null}
    </section>
  );
}

function HitLine({ hit, line }: { hit: Hit; line: ThreadLine }): VNode {
  const { inbox } = useText();
  const { dates, now } = useSurroundings();
  return (
    <>
      <span class="top">
        <strong dir="auto">{line.name ?? line.peer.group}</strong>
        <time dateTime={new Date(hit.at).toISOString()}>{dates.brief(hit.at, now())}</time>
      </span>
      <span class="snippet" dir="auto">
        {hit.own ? <em>{inbox.youWrote} </em> : null}
        {hit.before}
        <mark>{hit.match}</mark>
        {hit.after}
      </span>
    </>
  );
}

/** A link that is followed within the page, unless the reader wants another tab. */
export function followedHere(follow: () => void): (event: MouseEvent) => void {
  return (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      follow();
    }
  };
}
