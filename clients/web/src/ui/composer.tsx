/** Where a message is written: a hint while typing, a draft that colleagues and other devices find again. */

import type { VNode } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useSurroundings, useText } from "./context.ts";
import { type Hint, hintFor } from "./guard.ts";
import { met, nothingUnsent, type Unsent } from "./unsent.ts";

/** In UTF-8: sealed and in base64 it still fits a frame. */
const bytesMax = 40_000;
const draftMs = 1_500;
/** What stands there, by composer: a page that is drawn anew, when another tab takes over, keeps it. */
const held = new Map<string, Unsent>();
/** Composers that gave a draft to be kept and did not take it back: the picture may show it later. */
const given = new Set<string>();
/** Drafts on their way to where they are kept. */
let keeping: Promise<unknown> = Promise.resolve();

/** Resolves once this device has all that was typed: whoever leaves the page on purpose waits for it. */
export async function draftsKept(): Promise<void> {
  await keeping;
}

interface Props {
  /** Tells it from other composers of the page: the conversation's id, say. */
  readonly name: string;
  /** Instead of « Votre message ». */
  readonly label?: string;
  readonly draft: string;
  /** What the author's own card says, for the guard; null: identities are exchanged, there is nothing to guard. */
  readonly card: readonly string[] | null;
  /** Keeps what is typed; nothing, once it is sent. */
  readonly onDraft: (text: string) => Promise<unknown>;
  /** Whether it was kept. */
  readonly onSend: (text: string) => Promise<boolean>;
}

export function Composer({ name, label, draft, card, onDraft, onSend }: Props): VNode {
  const { composer } = useText();
  const { office } = useSurroundings();
  // That there is none is known only once this run has read what the others wrote.
  const known = draft === "" && !office.picture.caughtUp ? null : draft;
  const [shown, show] = useState(() => met(held.get(name) ?? nothingUnsent, known, false));
  const [sending, setSending] = useState(0);
  const hold = (unsent: Unsent): void => {
    held.set(name, unsent);
    show(unsent);
  };
  const { text } = shown;
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const hint = card === null ? null : hintFor(text, card);
  const tooLong = new TextEncoder().encode(text).length > bytesMax;
  const isReady = text.trim() !== "" && !tooLong;
  useEffect(() => {
    // The draft of what is being sent is on its way out.
    if (sending === 0) {
      const isWriting = document.hasFocus() && document.activeElement === field.current;
      hold(met(held.get(name) ?? shown, known, isWriting));
    }
  }, [known, sending]);
  const keep = (): void => {
    if (shown.state !== "typed") {
      return;
    }
    const kept: Unsent = { text, state: "keeping" };
    const settle = (state: Unsent["state"]): void => {
      if (held.get(name) === kept) {
        hold({ text, state });
      }
    };
    hold(kept);
    given.add(name);
    keeping = onDraft(text).then(
      () => settle("kept"),
      () => settle("typed"),
    );
  };
  useEffect(() => {
    const timer = setTimeout(keep, draftMs);
    return () => clearTimeout(timer);
  }, [shown]);
  const send = async (): Promise<void> => {
    if (!isReady) {
      return;
    }
    setSending((count) => count + 1);
    hold(nothingUnsent);
    field.current?.focus();
    const isSent = await onSend(text.trim());
    // Whoever typed on while this one was being kept keeps what they typed.
    const isEmpty = held.get(name) === nothingUnsent;
    if (isEmpty && !isSent) {
      hold({ text, state: "typed" });
    } else if (isEmpty && (draft !== "" || given.has(name))) {
      given.delete(name);
      await onDraft("").catch(() => {
        given.add(name);
      });
    }
    setSending((count) => count - 1);
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <Warning id={`${id}-hint`} hint={hint} tooLong={tooLong} />
      <div class="field">
        <label class="unseen" for={id}>
          {label ?? composer.label}
        </label>
        <textarea
          id={id}
          ref={field}
          rows={1}
          dir="auto"
          value={text}
          placeholder={composer.placeholder}
          aria-describedby={`${id}-hint`}
          onInput={(event) => hold({ text: event.currentTarget.value, state: "typed" })}
          onBlur={keep}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
              event.preventDefault();
              void send();
            }
          }}
        />
        <button type="submit" class="primary" disabled={!isReady}>
          {composer.send}
        </button>
      </div>
    </form>
  );
}

/** What the author should know before this is sent. */
function Warning({ id, hint, tooLong }: { id: string; hint: Hint | null; tooLong: boolean }): VNode {
  const { composer } = useText();
  return (
    <div role="status" id={id}>
      {tooLong ? <p class="hint">{composer.tooLong}</p> : null}
      {hint === null ? null : (
        <p class="hint">
          <strong>{composer.guard[hint]}</strong> {composer.guard.hint}
        </p>
      )}
    </div>
  );
}
