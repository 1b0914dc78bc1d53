/** A conversation as it stands: what both sides said, what is on its way, and what does not verify. */

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { MailboxView, OnItsWay, Picture, ThreadView } from "../core/office.ts";
import type { Item, Message, Presented, RevealedCard } from "../core/views.ts";
import type { Catalogue } from "./catalogue.fr.ts";
import { useSurroundings, useText } from "./context.ts";

interface Props {
  readonly view: ThreadView;
  readonly mailbox: MailboxView | null;
  readonly picture: Picture;
}

export function Log({ view, mailbox, picture }: Props): VNode {
  const { dates, now } = useSurroundings();
  const end = useRef<HTMLDivElement>(null);
  const count = view.items.length + view.onItsWay.length;
  useEffect(() => end.current?.scrollIntoView({ block: "end" }), [count]);
  const rows: VNode[] = [];
  let day = "";
  for (const item of view.items) {
    const itsDay = "at" in item ? dates.day(item.at, now()) : day;
    if (itsDay !== day) {
      day = itsDay;
      rows.push(
        <li key={`day ${item.seq}`} class="day">
          <span>{day}</span>
        </li>,
      );
    }
    rows.push(<Row key={item.seq} item={item} view={view} mailbox={mailbox} />);
  }
  return (
    <div class="log" tabIndex={0}>
      <ol aria-live="polite" aria-relevant="additions">
        {rows}
        {view.onItsWay.map((message) => (
          <Waiting key={message.msgId} message={message} connected={picture.connected} />
        ))}
      </ol>
      <div ref={end} />
    </div>
  );
}

function Row({ item, view, mailbox }: { item: Item; view: ThreadView; mailbox: MailboxView | null }): VNode {
  const text = useText();
  if (item.type === "message") {
    return <Bubble message={item} view={view} mailbox={mailbox} />;
  }
  if (item.type === "released") {
    return <Released cards={item.cards} words={view.words} />;
  }
  return <Line>{lineOf(item, text)}</Line>;
}

/** What is said in a line of its own. */
function lineOf(item: Exclude<Item, { type: "message" | "released" }>, { thread, closing }: Catalogue): string {
  if (item.type === "refused") {
    return item.stopped ? thread.stopped : thread.refused;
  }
  if (item.type === "invited") {
    return thread.invited(item.own, nameOf(item.presented), item.history);
  }
  if (item.type === "joined") {
    return thread.joined(nameOf(item.presented));
  }
  if (item.type === "left") {
    return thread.left;
  }
  if (item.type === "restored") {
    return thread.restored;
  }
  const said = thread[item.type](item.own);
  const reason = item.type === "closed" ? item.reason : null;
  return reason === null ? said : `${said} ${thread.closedBecause(closing.reasons[reason])}`;
}

/** A third party as the platform presents it. */
const nameOf = ({ group, area }: Presented): string => (area === "" ? group : `${group}, ${area}`);

function Line({ children }: { children: ComponentChildren }): VNode {
  return <li class="line">{children}</li>;
}

function Bubble({
  message,
  view,
  mailbox,
}: {
  message: Message;
  view: ThreadView;
  mailbox: MailboxView | null;
}): VNode {
  const { dates } = useSurroundings();
  const { thread } = useText();
  const isLastOwn = message.own && view.items.findLast((item) => "own" in item && item.own)?.seq === message.seq;
  return (
    <li class={message.own ? "message own" : "message"}>
      {message.party > 1 ? <Guest message={message} view={view} /> : <Author message={message} mailbox={mailbox} />}
      {message.text === null ? (
        <p class="unknown">{thread.unknown}</p>
      ) : (
        <p class="words" dir="auto">
          {message.text}
        </p>
      )}
      <p class="meta">
        <time dateTime={new Date(message.at).toISOString()}>{dates.clock(message.at)}</time>
        {isLastOwn ? <span>{view.peerReadSeq >= message.seq ? thread.seen : thread.sent}</span> : null}
      </p>
    </li>
  );
}

/** A third party wrote, and neither of the two sides. */
function Guest({ message, view }: { message: Message; view: ThreadView }): VNode {
  const { thread } = useText();
  const joined = view.items.findLast((item) => item.type === "joined" && item.seq < message.seq);
  return <p class="author">{joined?.type === "joined" ? nameOf(joined.presented) : thread.third}</p>;
}

/** Who of the own side wrote: colleagues see it, the other side does not. */
function Author({ message, mailbox }: { message: Message; mailbox: MailboxView | null }): VNode | null {
  const { thread, colleagues } = useText();
  if (!message.own || mailbox === null || mailbox.colleagues.length < 2 || message.author === null) {
    return null;
  }
  const { seat } = message.author;
  const role = mailbox.colleagues.find((each) => each.seat === seat)?.role ?? "";
  return <p class="author">{seat === mailbox.seat ? thread.you : (colleagues.roles[role] ?? role)}</p>;
}

function Waiting({ message, connected }: { message: OnItsWay; connected: boolean }): VNode | null {
  const { thread } = useText();
  if (message.text === null) {
    return null;
  }
  return (
    <li class="message own waiting">
      <p class="words" dir="auto">
        {message.text}
      </p>
      <p class="meta">{connected ? thread.onItsWay : thread.kept}</p>
    </li>
  );
}

/** The reveal: a clear moment for both. */
function Released({ cards, words }: { cards: readonly RevealedCard[]; words: readonly string[] }): VNode {
  const { thread } = useText();
  return (
    <li class="released">
      <h2>{thread.revealed}</h2>
      <p>{thread.revealedHint}</p>
      <div class="cards">
        {cards.map((card) => (
          <RevealedCardView key={card.card} card={card} />
        ))}
      </div>
      {words.length === 0 ? null : (
        <details>
          <summary>{thread.words}</summary>
          <p>{thread.wordsHint}</p>
          <Words words={words} />
        </details>
      )}
    </li>
  );
}

function RevealedCardView({ card }: { card: RevealedCard }): VNode {
  const { thread, consent } = useText();
  const fields = Object.entries(card.fields);
  const names: Readonly<Record<string, string>> = consent.fields;
  return (
    <section class="card">
      <h3>{card.own ? thread.yourCard : thread.theirCard}</h3>
      <dl>
        {fields.map(([name, value]) => (
          <div key={name}>
            <dt>
              {names[name] ?? name} <small class="declared">{thread.declared}</small>
            </dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
        {Object.entries(thread.claims).map(([claim, name]) =>
          card.attested?.[claim] === undefined ? null : (
            <div key={`attested ${claim}`}>
              <dt>
                {name} <small class="attested">{thread.attested}</small>
              </dt>
              <dd dir="auto">{card.attested[claim]}</dd>
            </div>
          ),
        )}
      </dl>
    </section>
  );
}

/** Twelve words, as two rows of six. */
export function Words({ words }: { words: readonly string[] }): VNode {
  return (
    <ol class="twelve">
      {words.map((word, at) => (
        <li key={at}>{word}</li>
      ))}
    </ol>
  );
}
