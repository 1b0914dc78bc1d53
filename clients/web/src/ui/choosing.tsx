/** Which messages moderators are shown: those that are ticked, the others stay closed; and what that comes to. */

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { stretchIn, type ThreadView } from "../core/office.ts";
import type { Span } from "../core/span.ts";
import type { Item, Message } from "../core/views.ts";
import { reportingEn } from "./catalogue-reporting.en.ts";
import { reportingFr } from "./catalogue-reporting.fr.ts";
import { useSurroundings, useText, useTextOf } from "./context.ts";
import { lineOf } from "./rows.tsx";

const texts = { fr: reportingFr, en: reportingEn };

/** So many older stretches are asked for to find one message. */
const stretchesMax = 20;

export interface Choosable {
  readonly items: readonly Item[];
  /** Asks for older ones; null: there are none. */
  readonly older: (() => void) | null;
}

/** The newest part of a conversation, as far back as the message `sought`; 0: none is. */
export function useItems(view: ThreadView, sought: number): Choosable {
  const { office } = useSurroundings();
  const [earlier, setEarlier] = useState<{ readonly items: readonly Item[]; readonly from: number } | null>(null);
  const from = Math.min(earlier?.from ?? view.from, view.from);
  const read = async (upTo: number): Promise<void> => {
    let found = earlier ?? { items: [] as readonly Item[], from: view.from };
    for (let tries = 0; tries < stretchesMax && found.from > Math.max(upTo, view.first); tries += 1) {
      const stretch = stretchIn(await office.act({ type: "items", thread: view.id, before: found.from }));
      if (stretch === null || stretch.from >= found.from) {
        break;
      }
      found = { items: [...stretch.items, ...found.items], from: stretch.from };
    }
    setEarlier(found);
  };
  useEffect(() => {
    if (sought > 0 && sought < from) {
      read(sought).catch(() => undefined);
    }
  }, [sought]);
  const items = [...(earlier?.items ?? []).filter((item) => item.seq < view.from), ...view.items];
  return { items, older: from <= view.first ? null : () => void read(from - 1).catch(() => undefined) };
}

interface ChoosingProps {
  readonly choosable: Choosable;
  readonly legend: string;
  readonly chosen: readonly number[];
  readonly onChoose: (seqs: readonly number[]) => void;
}

export function Choosing({ choosable: { items, older }, legend, chosen, onChoose }: ChoosingProps): VNode {
  const { telling } = useTextOf(texts);
  const list = useRef<HTMLUListElement>(null);
  const messages = items.filter((item) => item.type === "message");
  const first = Math.min(...chosen);
  useEffect(() => {
    const seen = list.current?.querySelector("input:checked") ?? list.current?.lastElementChild;
    seen?.scrollIntoView({ block: "center" });
  }, [messages.some((message) => message.seq === first)]);
  const choose = (seq: number, isChosen: boolean): void =>
    onChoose([...chosen.filter((each) => each !== seq), ...(isChosen ? [seq] : [])].sort((a, b) => a - b));
  return (
    <fieldset class="choosing">
      <legend>{legend}</legend>
      <p class="quiet">{telling.chooseHint}</p>
      {older === null ? null : (
        <button type="button" class="older" onClick={older}>
          {telling.older}
        </button>
      )}
      <ul ref={list}>
        {messages.map((message) => (
          <li key={message.seq}>
            <label>
              <input
                type="checkbox"
                checked={chosen.includes(message.seq)}
                onChange={(event) => choose(message.seq, event.currentTarget.checked)}
              />
              <Said message={message} brief />
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

interface SaidProps {
  readonly message: Message;
  /** Its first lines are enough. */
  readonly brief?: boolean;
}

/** Who wrote a message, when, and what it says. */
export function Said({ message, brief = false }: SaidProps): VNode {
  const { telling } = useTextOf(texts);
  const { thread } = useText();
  const { dates } = useSurroundings();
  const theirs = message.party === 2 ? telling.third : telling.otherSide;
  return (
    <span class={brief ? "said brief" : "said"}>
      <small>
        {message.own ? telling.you : theirs}, {dates.date(message.at)} {dates.clock(message.at)}
      </small>
      <span class="words" dir="auto">
        {message.text ?? thread.unknown}
      </span>
    </span>
  );
}

interface HandedProps {
  readonly items: readonly Item[];
  readonly span: Span;
  readonly chosen: readonly number[];
}

/** Line by line what moderators will have before them. */
export function Handed({ items, span, chosen }: HandedProps): VNode {
  const { telling } = useTextOf(texts);
  const within = items.filter((item) => item.seq >= span.first && item.seq <= span.last);
  if (within.length === 0) {
    return <p>{telling.noMessages}</p>;
  }
  return (
    <ol class="handed">
      {within.map((item) => (
        <HandedLine key={`${item.seq} ${item.type}`} item={item} isOpened={chosen.includes(item.seq)} />
      ))}
    </ol>
  );
}

function HandedLine({ item, isOpened }: { item: Item; isOpened: boolean }): VNode {
  const text = useText();
  const { telling } = useTextOf(texts);
  if (item.type === "message" && isOpened) {
    return (
      <li class="opened">
        <Said message={item} />
      </li>
    );
  }
  if (item.type === "message" || item.type === "released") {
    return <li class="closed">{item.type === "message" ? telling.closed : telling.closedCards}</li>;
  }
  return <li>{lineOf(item, text)}</li>;
}
