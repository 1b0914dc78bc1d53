/** What a restored backup cost this person, to be sent again, or let go. */

import type { VNode } from "preact";
import type { GoneThread, ThreadView } from "../core/office.ts";
import { lostEn } from "./catalogue-lost.en.ts";
import { lostFr } from "./catalogue-lost.fr.ts";
import { useActing, useTextOf } from "./context.ts";

const texts = { fr: lostFr, en: lostEn };

export function Lost({ view }: { view: ThreadView }): VNode {
  const lost = useTextOf(texts);
  const { busy, act } = useActing();
  return (
    <aside class="banner">
      <p>{lost.title}</p>
      <ul>
        {view.lost.map(({ msgId, text }) => (
          <li key={msgId} dir="auto">
            {text}
          </li>
        ))}
      </ul>
      <p class="actions">
        <button
          type="button"
          class="primary"
          disabled={busy}
          onClick={() => void act({ type: "sendAgain", thread: view.id })}
        >
          {lost.again}
        </button>
        <button type="button" disabled={busy} onClick={() => void act({ type: "letGo", thread: view.id })}>
          {lost.letGo}
        </button>
      </p>
    </aside>
  );
}

/** Whole conversations that are lost, each to be begun again by who opened it. */
export function Gone({ gone }: { gone: readonly GoneThread[] }): VNode {
  return (
    <>
      {gone.map((each) => (
        <GoneOne key={each.thread} gone={each} />
      ))}
    </>
  );
}

function GoneOne({ gone }: { gone: GoneThread }): VNode {
  const lost = useTextOf(texts);
  const { busy, act } = useActing();
  const { thread, peer, opened, own, erased } = gone;
  return (
    <section class="task">
      <h2 dir="auto">{lost.whole(peer.group)}</h2>
      <p>{erased === true ? lost.wholeErased : opened ? lost.wholeOpened : lost.wholeTheirs}</p>
      <ul>
        {own.map(({ msgId, text }) => (
          <li key={msgId} class="words" dir="auto">
            {text}
          </li>
        ))}
      </ul>
      <p class="actions">
        {opened ? (
          <button
            type="button"
            class="primary"
            disabled={busy}
            onClick={() => void act({ type: "beginAgain", thread })}
          >
            {lost.beginAgain}
          </button>
        ) : null}
        <button type="button" disabled={busy} onClick={() => void act({ type: "letGoWhole", thread })}>
          {lost.letGoWhole}
        </button>
      </p>
    </section>
  );
}
