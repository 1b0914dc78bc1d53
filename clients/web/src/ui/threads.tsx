/** The list of conversations: unread, whose turn, since when; filters and search. */

import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";
import type { Found, Id, Picture, ThreadLine } from "../core/office.ts";
import { boxNames } from "./boxes.ts";
import { useActing, useSurroundings, useText } from "./context.ts";
import { holds, wordsOf } from "../core/folding.ts";
import { later } from "./later.tsx";
import { followedHere, useSearch } from "./searching.ts";
import { titleOf } from "./sides.ts";

const Hits = later(async () => (await import("./hits.tsx")).Hits);
const RefusedFirst = later(async () => (await import("./refused.tsx")).RefusedFirst);

const filters = ["all", "ours", "theirs", "hidden"] as const;
type Filter = (typeof filters)[number];

interface Props {
  readonly picture: Picture;
  readonly chosen: Id | null;
  /** `seq`: of a message in it. */
  readonly hrefOf: (thread: Id, seq?: number) => string;
  readonly onChoose: (thread: Id, seq?: number) => void;
}

export function Threads({ picture, chosen, hrefOf, onChoose }: Props): VNode {
  const { inbox } = useText();
  const [filter, setFilter] = useState<Filter>("all");
  const [searched, setSearched] = useState("");
  const id = useId();
  const wanted = wordsOf(searched);
  const [box, setBox] = useState<Id | null>(null);
  const inFilter = picture.threads.filter((line) => isIn(line, filter) && isOf(line, box));
  const lines = inFilter.filter((line) => matches(line, wanted));
  const found = useSearch(inFilter, searched);
  const waiting = picture.mailboxes.flatMap((mailbox) => mailbox.waiting.map((each) => ({ ...each, box: mailbox.id })));
  const refused = picture.mailboxes.flatMap((mailbox) => mailbox.refused);
  if (picture.threads.length + waiting.length + refused.length === 0) {
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
          <Boxes picture={picture} chosen={box} onChoose={setBox} />
          <div class="filters" role="group">
            {filters.map((each) => (
              <button key={each} type="button" aria-pressed={filter === each} onClick={() => setFilter(each)}>
                {inbox[each]}
              </button>
            ))}
          </div>
        </div>
      )}
      {refused.map((message) => (
        <RefusedFirst key={message.id} mailbox={message.mailbox} message={message} />
      ))}
      {waiting.map((message) => (
        <WaitingFirst key={message.id} mailbox={message.box} id={message.id} text={message.text} />
      ))}
      {picture.threads.length > 0 && isEmpty(lines, found) ? <p class="empty">{inbox.noneFound}</p> : null}
      <Lines lines={lines.filter(isSide)} chosen={chosen} hrefOf={hrefOf} onChoose={onChoose} />
      <AsThird lines={lines.filter((line) => !isSide(line))} chosen={chosen} hrefOf={hrefOf} onChoose={onChoose} />
      {found === null ? null : <Hits found={found} lines={inFilter} hrefOf={hrefOf} onChoose={onChoose} />}
    </>
  );
}

const isEmpty = (lines: readonly ThreadLine[], found: Found | null): boolean =>
  lines.length === 0 && (found === null || found.hits.length === 0);

type LinesProps = Omit<Props, "picture"> & { readonly lines: readonly ThreadLine[] };

function Lines({ lines, chosen, hrefOf, onChoose }: LinesProps): VNode {
  return (
    <ul class="threads">
      {lines.map((line) => (
        <li key={line.id}>
          <Line line={line} isChosen={line.id === chosen} href={hrefOf(line.id)} onChoose={() => onChoose(line.id)} />
        </li>
      ))}
    </ul>
  );
}

/** Conversations of others, to which one's mailbox was invited. */
function AsThird(props: LinesProps): VNode | null {
  const { asThird } = useText();
  const id = useId();
  return props.lines.length === 0 ? null : (
    <section class="as-third" aria-labelledby={id}>
      <h2 id={id}>{asThird.title}</h2>
      <p class="quiet">{asThird.hint}</p>
      <Lines {...props} />
    </section>
  );
}

const isSide = ({ recipient }: ThreadLine): boolean => recipient === null;

interface LineProps {
  readonly line: ThreadLine;
  readonly isChosen: boolean;
  readonly href: string;
  readonly onChoose: () => void;
}

function Line({ line, isChosen, href, onChoose }: LineProps): VNode {
  const text = useText();
  const { inbox } = text;
  const { dates, now } = useSurroundings();
  return (
    <a
      href={href}
      class={line.unread ? "unread" : ""}
      aria-current={isChosen ? "page" : undefined}
      onClick={followedHere(onChoose)}
    >
      <span class="top">
        <strong dir="auto">{line.name ?? titleOf(line, text)}</strong>
        <time dateTime={new Date(line.lastAt).toISOString()}>{dates.brief(line.lastAt, now())}</time>
      </span>
      <span class="area" dir="auto">
        {line.recipient === null ? line.peer.area : ""}
        {line.unread ? <span class="mark">{inbox.unread}</span> : null}
        {line.notSent ? <span class="mark">{inbox.notSent}</span> : null}
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
  if (line.text === null || line.closed || !isSide(line)) {
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

interface BoxesProps {
  readonly picture: Picture;
  readonly chosen: Id | null;
  readonly onChoose: (mailbox: Id | null) => void;
}

/** For who sits in several mailboxes: which of them is shown. */
function Boxes({ picture: { mailboxes }, chosen, onChoose }: BoxesProps): VNode | null {
  const { inbox, seats } = useText();
  if (mailboxes.length < 2) {
    return null;
  }
  const names = boxNames(mailboxes, seats.kinds);
  return (
    <div class="filters" role="group" aria-label={inbox.boxes}>
      <button type="button" aria-pressed={chosen === null} onClick={() => onChoose(null)}>
        {inbox.allBoxes}
      </button>
      {[...names].map(([id, name]) => (
        <button key={id} type="button" aria-pressed={chosen === id} onClick={() => onChoose(id)}>
          {name}
        </button>
      ))}
    </div>
  );
}

function isOf({ mailbox }: ThreadLine, box: Id | null): boolean {
  return box === null || mailbox === box;
}

function isIn(line: ThreadLine, filter: Filter): boolean {
  if (line.hidden || filter === "hidden") {
    return line.hidden && filter === "hidden";
  }
  return filter === "all" || (isSide(line) && !line.closed && line.text !== null && (filter === "ours") === !line.own);
}

function matches(line: ThreadLine, wanted: readonly string[]): boolean {
  const { group, area, words } = line.peer;
  const other = line.recipient?.group ?? "";
  return holds([line.name ?? "", group, other, area, words, line.text ?? ""].join(" "), wanted);
}
