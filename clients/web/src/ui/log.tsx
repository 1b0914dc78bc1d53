/** A conversation as it stands: the part of it that is read, older ones as one scrolls back, and what is on its way. */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { MailboxView, Picture, ThreadView } from "../core/office.ts";
import type { Item } from "../core/views.ts";
import { useSurroundings, useText } from "./context.ts";
import { later } from "./later.tsx";
import { Row, spoken, Waiting } from "./rows.tsx";
import { useScrolling } from "./scrolling.ts";
import { isAtEnd } from "./window.ts";

const Refused = later(async () => (await import("./refused.tsx")).Refused);

interface Props {
  readonly view: ThreadView;
  readonly mailbox: MailboxView | null;
  readonly picture: Picture;
  /** The event to show first; null: the newest. */
  readonly sought: number | null;
  readonly onReport: (seq: number) => void;
}

export function Log({ view, mailbox, picture, sought, onReport }: Props): VNode {
  const { thread } = useText();
  const { log, window, isBehind, isLoading, older, toEnd, onScroll } = useScrolling(view, sought);
  return (
    <div class="reading">
      <div class="log" role="region" aria-label={thread.said} tabIndex={0} ref={log} onScroll={onScroll}>
        {window.from > view.first ? (
          <button type="button" class="older" aria-disabled={isLoading} onClick={older}>
            {thread.older}
          </button>
        ) : null}
        <ol>
          <Days items={window.items} view={view} mailbox={mailbox} onReport={onReport} />
          {isAtEnd(window, view)
            ? view.refused.map((message) => <Refused key={message.msgId} message={message} />)
            : null}
          {isAtEnd(window, view)
            ? view.onItsWay.map((message) => (
                <Waiting key={message.msgId} message={message} connected={picture.connected} />
              ))
            : null}
        </ol>
      </div>
      {isBehind ? (
        <button type="button" class="latest" onClick={toEnd}>
          {thread.latest}
        </button>
      ) : null}
      <News view={view} />
    </div>
  );
}

/** The items with the days between them. */
function Days({ items, ...around }: { items: readonly Item[] } & Omit<Props, "picture" | "sought">): VNode {
  const { dates, now } = useSurroundings();
  const rows: VNode[] = [];
  let day = "";
  for (const item of items) {
    const itsDay = "at" in item ? dates.day(item.at, now()) : day;
    if (itsDay !== day) {
      day = itsDay;
      rows.push(
        <li key={`day ${day}`} class="day">
          <span>{day}</span>
        </li>,
      );
    }
    rows.push(<Row key={`${item.seq} ${item.type}`} item={item} {...around} />);
  }
  return <>{rows}</>;
}

/** So many are read out together at most: more is not news, but a conversation that was caught up with. */
const newsMax = 5;

/** Reads out what comes while the conversation is shown: a list that grows at both ends cannot do it by itself. */
function News({ view }: { view: ThreadView }): VNode {
  const text = useText();
  const [heard, hear] = useState({ seq: view.seq, said: "" });
  useEffect(() => {
    const fresh = view.items.filter((item) => item.seq > heard.seq).flatMap((item) => spoken(item, view, text) ?? []);
    const isNews = fresh.length > 0 && fresh.length <= newsMax;
    hear({ seq: view.seq, said: isNews ? fresh.join(" ") : heard.said });
  }, [view.seq]);
  return (
    <p class="unseen" aria-live="polite">
      {heard.said}
    </p>
  );
}
