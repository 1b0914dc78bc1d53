/** What the service refused for good: it stays with its author, with the reason, to be copied or let go. */

import type { VNode } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Action, Id } from "../core/office.ts";
import type { RefusedText } from "../core/refusals.ts";
import type { RefusedFirst as RefusedFirstMessage } from "../core/views.ts";
import { useActing, useText } from "./context.ts";

/** In its conversation. */
export function Refused({ message }: { message: RefusedText }): VNode {
  const { thread, msgId } = message;
  return (
    <li class="message own refused">
      <Kept text={message.text} code={message.code} letGo={{ type: "letGoRefused", thread, msgId }} />
    </li>
  );
}

/** Of a first message: it has no conversation. */
export function RefusedFirst({ mailbox, message }: { mailbox: Id; message: RefusedFirstMessage }): VNode {
  const { inbox } = useText();
  return (
    <section class="task">
      <h2>{inbox.notSentFirst}</h2>
      <Kept text={message.text} code={message.code} letGo={{ type: "cancel", mailbox, id: message.id }} />
    </section>
  );
}

function Kept({ text, code, letGo }: { text: string; code: string; letGo: Action }): VNode {
  const { thread, failed } = useText();
  const { busy, act } = useActing();
  const words = useRef<HTMLParagraphElement>(null);
  const id = useId();
  const [isCopied, setCopied] = useState(false);
  const isLettingGo = useRef(false);
  useLayoutEffect(
    () => () => {
      if (isLettingGo.current && words.current !== null) {
        giveFocus(words.current);
      }
    },
    [],
  );
  const forget = async (): Promise<void> => {
    isLettingGo.current = true;
    isLettingGo.current = await act(letGo);
  };
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      // A frame may not write there: the person copies what is chosen for them.
      getSelection()?.selectAllChildren(words.current ?? document.body);
    }
  };
  return (
    <>
      <p class="words" dir="auto" id={id} ref={words}>
        {text}
      </p>
      <p class="quiet">
        <strong>{thread.notSent}</strong> {failed[code] ?? failed.other}
      </p>
      <p class="actions">
        <button type="button" aria-describedby={id} onClick={() => void copy()}>
          {thread.copy}
        </button>
        <button type="button" disabled={busy} aria-describedby={id} onClick={() => void forget()}>
          {thread.letGo}
        </button>
        <span role="status">{isCopied ? thread.copied : ""}</span>
      </p>
    </>
  );
}

/**
 * From a message of a conversation that is about to be drawn no more to the next refused one, else to where the person
 * writes: the nearest heading may stand far above, and the log would jump there.
 */
function giveFocus(words: HTMLElement): void {
  const message = words.closest("li.refused");
  const had = document.activeElement;
  if (message === null || !(had === document.body || message.contains(had))) {
    return;
  }
  const next = message.nextElementSibling?.matches(".refused") === true ? message.nextElementSibling : null;
  const field = message.closest(".conversation")?.querySelector<HTMLElement>(".composer textarea");
  (next?.querySelector("button") ?? field)?.focus();
}
