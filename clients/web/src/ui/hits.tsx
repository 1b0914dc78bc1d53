/** What was found inside of conversations, each with the words around it. */

import type { VNode } from "preact";
import type { Found, Hit, Id, ThreadLine } from "../core/office.ts";
import { useSurroundings, useText } from "./context.ts";
import { followedHere } from "./searching.ts";

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
