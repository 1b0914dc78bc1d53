/** Where a message is written: a hint while typing, a draft that colleagues and other devices find again. */

import type { VNode } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { useText } from "./context.ts";
import { type Hint, hintFor } from "./guard.ts";

/** In UTF-8: sealed and in base64 it still fits a frame. */
const bytesMax = 40_000;
const draftMs = 1_500;
/** What was typed and is not sent, by composer: a page that is drawn anew, when another tab takes over, keeps it. */
const unsent = new Map<string, string>();
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
  /** Keeps what is typed. */
  readonly onDraft: (text: string) => Promise<unknown>;
  /** Whether it was kept. */
  readonly onSend: (text: string) => Promise<boolean>;
}

export function Composer({ name, label, draft, card, onDraft, onSend }: Props): VNode {
  const { composer } = useText();
  const [text, setText] = useState(unsent.get(name) ?? draft);
  const type = (typed: string): void => {
    unsent.set(name, typed);
    setText(typed);
  };
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const hint = card === null ? null : hintFor(text, card);
  const tooLong = new TextEncoder().encode(text).length > bytesMax;
  const isReady = text.trim() !== "" && !tooLong;
  const keep = (): void => {
    if (text !== draft) {
      keeping = onDraft(text).catch(() => undefined);
    }
  };
  useEffect(() => {
    const timer = setTimeout(keep, draftMs);
    return () => clearTimeout(timer);
  }, [text]);
  const send = async (): Promise<void> => {
    if (!isReady) {
      return;
    }
    // Whoever types on while this one is being kept keeps what they type.
    unsent.delete(name);
    setText("");
    field.current?.focus();
    if (!(await onSend(text.trim())) && !unsent.has(name)) {
      type(text);
    }
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
          onInput={(event) => type(event.currentTarget.value)}
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
