/** What stands in a conversation, item by item. */

import type { VNode } from "preact";
import type { MailboxView, OnItsWay, ThreadView } from "../core/office.ts";
import type { Item, Message, RevealedCard } from "../core/views.ts";
import type { Catalogue } from "./catalogue.fr.ts";
import { Claims } from "./claims.tsx";
import { useSurroundings, useText } from "./context.ts";
import { lineForThird } from "./sides.ts";
import { nameOf } from "./third-button.tsx";

interface Around {
  readonly view: ThreadView;
  readonly mailbox: MailboxView | null;
  /** Has a message reported to the moderators. */
  readonly onReport: (seq: number) => void;
}

/** One item. `data-seq` says which: what scrolls finds its place by it. */
export function Row({ item, ...around }: { item: Item } & Around): VNode {
  const text = useText();
  const { view } = around;
  if (item.type === "message") {
    return <Bubble message={item} {...around} />;
  }
  const forThird = lineForThird(item, view, text);
  if (forThird !== null) {
    return (
      <li class="line" data-seq={item.seq}>
        {forThird}
      </li>
    );
  }
  if (item.type === "released") {
    return <Released seq={item.seq} cards={item.cards} words={view.words} />;
  }
  return (
    <li class="line" data-seq={item.seq}>
      {lineOf(item, text)}
      {item.type === "joined" ? (
        <details>
          <summary>{text.thread.words}</summary>
          <p>{text.guest.wordsHint}</p>
          <Words words={item.words} />
        </details>
      ) : null}
    </li>
  );
}

/** An item as it is read out when it comes; null for what one did oneself. */
export function spoken(item: Item, view: ThreadView, text: Catalogue): string | null {
  if ("own" in item && item.own) {
    return null;
  }
  const forThird = lineForThird(item, view, text);
  if (forThird !== null) {
    return forThird;
  }
  if (item.type === "message") {
    return item.text ?? text.thread.unknown;
  }
  if (item.type === "released") {
    const theirs = item.cards.find((card) => !card.own)?.fields["name"];
    return [text.thread.revealed, ...(theirs === undefined ? [] : [theirs])].join(". ");
  }
  return lineOf(item, text);
}

/** What is said in a line of its own. */
export function lineOf(item: Exclude<Item, { type: "message" | "released" }>, { thread, closing }: Catalogue): string {
  if (item.type === "refused") {
    return item.stopped ? thread.stopped : notShown(item.rule, thread);
  }
  if (item.type === "invited" || item.type === "joined" || item.type === "left") {
    return lineOfThird(item, thread);
  }
  if (!("own" in item)) {
    return item.type === "froze" ? thread.froze(item.frozen) : thread.restored;
  }
  return item.type === "step" ? lineOfStep(item, thread) : lineOfSaid(item, { thread, closing });
}

function lineOfSaid(
  item: Extract<Item, { type: "asked" | "closed" | "reopened" | "reset" }>,
  { thread, closing }: Pick<Catalogue, "thread" | "closing">,
): string {
  const said = thread[item.type](item.own);
  const reason = item.type === "closed" ? item.reason : null;
  return reason === null ? said : `${said} ${thread.closedBecause(closing.reasons[reason])}`;
}

/** What nobody here can read any more was not tampered with. */
const notShown = (rule: string, thread: Catalogue["thread"]): string =>
  rule === "BadRecord" ? thread.closedToUs : thread.refused;

function lineOfThird(
  item: Extract<Item, { type: "invited" | "joined" | "left" }>,
  thread: Catalogue["thread"],
): string {
  if (item.type === "invited") {
    return thread.invited(item.own, nameOf(item.presented), item.history);
  }
  return item.type === "joined" ? thread.joined(nameOf(item.presented)) : thread.left;
}

const lineOfStep = ({ own, step }: Extract<Item, { type: "step" }>, thread: Catalogue["thread"]): string =>
  thread.step(own, step === null ? thread.unknownStep : thread.steps[step]);

function Bubble({ message, view, mailbox, onReport }: { message: Message } & Around): VNode {
  const { dates } = useSurroundings();
  const { thread } = useText();
  const isLastOwn = view.gist.lastOwn === message.seq;
  return (
    <li class={message.own ? "message own" : "message"} data-seq={message.seq}>
      <Speaker message={message} view={view} mailbox={mailbox} />
      {message.text === null ? (
        <p class="unknown">{thread.unknown}</p>
      ) : (
        <p class="words" dir="auto">
          {message.text}
        </p>
      )}
      <p class="meta">
        {message.own ? null : (
          // By keyboard it is the conversation's menu that leads there: a stop at each message would be in the way.
          <button type="button" class="flag" tabIndex={-1} onClick={() => onReport(message.seq)}>
            {thread.report}
          </button>
        )}
        <time dateTime={new Date(message.at).toISOString()}>{dates.clock(message.at)}</time>
        {isLastOwn ? <span>{view.peerReadSeq >= message.seq ? thread.seen : thread.sent}</span> : null}
      </p>
    </li>
  );
}

/** Who wrote, where that is not plain from the side on which it stands. */
function Speaker(props: { message: Message; view: ThreadView; mailbox: MailboxView | null }): VNode | null {
  const { message, view, mailbox } = props;
  if (message.own) {
    return <Author message={message} mailbox={mailbox} />;
  }
  const side = view.sides?.[message.party];
  if (side !== undefined) {
    return (
      <p class="author" dir="auto">
        {side.group}
      </p>
    );
  }
  return message.party > 1 ? <Guest message={message} view={view} /> : null;
}

/** A third party wrote, and neither of the two sides. */
function Guest({ message, view }: { message: Message; view: ThreadView }): VNode {
  const { thread } = useText();
  const guest = view.guests.findLast((each) => each.seq < message.seq);
  return <p class="author">{guest === undefined ? thread.third : nameOf(guest.presented)}</p>;
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

export function Waiting({ message, connected }: { message: OnItsWay; connected: boolean }): VNode | null {
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
function Released({
  seq,
  cards,
  words,
}: {
  seq: number;
  cards: readonly RevealedCard[];
  words: readonly string[];
}): VNode {
  const { thread } = useText();
  return (
    <li class="released" data-seq={seq}>
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
        <Claims claims={card.attested ?? {}} />
      </dl>
      {card.attested === null && !card.own ? <p class="quiet">{thread.unattested}</p> : null}
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
