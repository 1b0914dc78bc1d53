/** The list of conversations: unread, whose turn, since when; filters and search. */

import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";
import type { Id, Picture, ThreadLine } from "../core/office.ts";
import { useActing, useSurroundings, useText } from "./context.ts";
import { folded } from "./folding.ts";

const filters = ["all", "ours", "theirs", "hidden"] as const;
type Filter = (typeof filters)[number];

interface Props {
  readonly picture: Picture;
  readonly chosen: Id | null;
  readonly hrefOf: (thread: Id) => string;
  readonly onChoose: (thread: Id) => void;
}

export function Threads({ picture, chosen, hrefOf, onChoose }: Props): VNode {
  const { inbox } = useText();
  const [filter, setFilter] = useState<Filter>("all");
  const [searched, setSearched] = useState("");
  const id = useId();
  const wanted = folded(searched);
  const lines = picture.threads.filter((line) => isIn(line, filter) && matches(line, wanted));
  const waiting = picture.mailboxes.flatMap((mailbox) => mailbox.waiting.map((each) => ({ ...each, box: mailbox.id })));
  if (picture.threads.length === 0 && waiting.length === 0) {
    return picture.caughtUp && picture.mailboxes.length > 0 ? (
      <div class="empty">
        <p>{inbox.empty}</p>
        <p class="quiet">{inbox.emptyHint}</p>
      </div>
    ) : (
      <div />
    );
  }
  return (
    <>
      {picture.threads.length === 0 ? null : (
        <div class="finding">
          <label class="unseen" for={id}>
            {inbox.search}
          </label>
          <input
            id={id}
            type="search"
            placeholder={inbox.search}
            value={searched}
            onInput={(event) => setSearched(event.currentTarget.value)}
          />
          <div class="filters" role="group">
            {filters.map((each) => (
              <button key={each} type="button" aria-pressed={filter === each} onClick={() => setFilter(each)}>
                {inbox[each]}
              </button>
            ))}
          </div>
        </div>
      )}
      {waiting.map((message) => (
        <WaitingFirst key={message.id} mailbox={message.box} id={message.id} text={message.text} />
      ))}
      {picture.threads.length > 0 && lines.length === 0 ? <p class="empty">{inbox.noneFound}</p> : null}
      <ul class="threads">
        {lines.map((line) => (
          <li key={line.id}>
            <Line line={line} isChosen={line.id === chosen} href={hrefOf(line.id)} onChoose={() => onChoose(line.id)} />
          </li>
        ))}
      </ul>
    </>
  );
}

interface LineProps {
  readonly line: ThreadLine;
  readonly isChosen: boolean;
  readonly href: string;
  readonly onChoose: () => void;
}

function Line({ line, isChosen, href, onChoose }: LineProps): VNode {
  const { inbox } = useText();
  const { dates, now } = useSurroundings();
  return (
    <a
      href={href}
      class={line.unread ? "unread" : ""}
      aria-current={isChosen ? "page" : undefined}
      onClick={(event) => {
        if (!event.ctrlKey && !event.metaKey && !event.shiftKey) {
          event.preventDefault();
          onChoose();
        }
      }}
    >
      <span class="top">
        <strong dir="auto">{line.name ?? line.peer.group}</strong>
        <time dateTime={new Date(line.lastAt).toISOString()}>{dates.brief(line.lastAt, now())}</time>
      </span>
      <span class="area" dir="auto">
        {line.peer.area}
        {line.unread ? <span class="mark">{inbox.unread}</span> : null}
      </span>
      <span class="last" dir="auto">
        <Last line={line} />
      </span>
      <span class="turn">{turnOf(line, inbox, dates.since(line.lastAt, now()))}</span>
    </a>
  );
}

function Last({ line }: { line: ThreadLine }): VNode {
  const { inbox } = useText();
  if (line.draft !== "") {
    return (
      <>
        <em>{inbox.draft}</em> {line.draft}
      </>
    );
  }
  return (
    <>
      {line.own ? <em>{inbox.youWrote}</em> : null} {line.text ?? ""}
    </>
  );
}

function turnOf(line: ThreadLine, inbox: ReturnType<typeof useText>["inbox"], since: string): string | null {
  if (line.text === null || line.closed) {
    return null;
  }
  return line.own ? inbox.theirsSince(since) : inbox.oursSince(since);
}

function WaitingFirst({ mailbox, id, text }: { mailbox: Id; id: Id; text: string }): VNode {
  const { inbox } = useText();
  const { busy, act } = useActing();
  return (
    <section class="task">
      <h2>{inbox.waiting}</h2>
      <p dir="auto">{text}</p>
      <p class="quiet">{inbox.waitingHint}</p>
      <p class="actions">
        <button type="button" disabled={busy} onClick={() => void act({ type: "cancel", mailbox, id })}>
          {inbox.cancel}
        </button>
      </p>
    </section>
  );
}

function isIn(line: ThreadLine, filter: Filter): boolean {
  if (line.hidden || filter === "hidden") {
    return line.hidden && filter === "hidden";
  }
  return filter === "all" || (!line.closed && line.text !== null && (filter === "ours") === !line.own);
}

function matches(line: ThreadLine, wanted: string): boolean {
  const { group, area, words } = line.peer;
  return (
    wanted === "" ||
    [line.name ?? "", group, area, words, line.text ?? ""].some((each) => folded(each).includes(wanted))
  );
}
