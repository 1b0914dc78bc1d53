/** First use: the printable recovery kit; and a device that is new to the account. */

import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";
import { firstEn } from "./catalogue-first.en.ts";
import { firstFr } from "./catalogue-first.fr.ts";
import { useActing, useSurroundings, useText, useTextOf } from "./context.ts";

const texts = { fr: firstFr, en: firstEn };

/** A new code, shown once: to be printed or written down before anything goes on. */
export function CodeShown({ code }: { code: string }): VNode {
  const { first: titles, name } = useText();
  const first = useTextOf(texts);
  const { dates, now } = useSurroundings();
  const { busy, act } = useActing();
  const [kept, setKept] = useState(false);
  const id = useId();
  return (
    <main class="page kit">
      <h1>{titles.codeTitle}</h1>
      <p>{first.codeIntro}</p>
      <div class="paper">
        <p class="print-only brand">{name}</p>
        <h2 class="print-only">{first.kitTitle}</h2>
        <p class="code" translate={false}>
          {code}
        </p>
        <p class="print-only">{first.kitAbout}</p>
        <p class="print-only">{first.kitDate(dates.date(now()))}</p>
      </div>
      <p>{first.codeLost}</p>
      <p class="actions">
        <button type="button" onClick={() => print()}>
          {first.print}
        </button>
      </p>
      <p class="check">
        <input id={id} type="checkbox" checked={kept} onChange={(event) => setKept(event.currentTarget.checked)} />
        <label for={id}>{first.copied}</label>
      </p>
      <p class="actions">
        <button type="button" class="primary" disabled={!kept || busy} onClick={() => void act({ type: "codeKept" })}>
          {first.go}
        </button>
      </p>
    </main>
  );
}

/** A device that is new to the account: the code opens its history. */
export function CodeEntry({ wrong }: { wrong: boolean }): VNode {
  const { first: titles } = useText();
  const first = useTextOf(texts);
  const { busy, act } = useActing();
  const [code, setCode] = useState("");
  const id = useId();
  return (
    <main class="page">
      <h1>{titles.needTitle}</h1>
      <p>{first.needIntro}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void act({ type: "enterCode", code });
        }}
      >
        <label for={id}>{first.needLabel}</label>
        <input
          id={id}
          class="code"
          type="text"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck={false}
          aria-describedby={`${id}-hint`}
          aria-invalid={wrong}
          value={code}
          onInput={(event) => setCode(event.currentTarget.value)}
        />
        <p id={`${id}-hint`} class={wrong ? "wrong" : "quiet"} role={wrong ? "alert" : undefined}>
          {wrong ? first.needWrong : first.needHint}
        </p>
        <p class="actions">
          <button type="submit" class="primary" disabled={busy || code.trim() === ""}>
            {first.needGo}
          </button>
        </p>
      </form>
      <details>
        <summary>{first.withoutTitle}</summary>
        <p>{first.without}</p>
      </details>
    </main>
  );
}
