/** What stands before a page's own content: opening the account, a code, the end; and notices above it. */

import type { ComponentChildren, VNode } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import type { ActionFailed, Id, Office, Picture } from "../core/office.ts";
import type { Notice } from "../core/views.ts";
import type { Catalogue } from "./catalogue.fr.ts";
import { Provider, usePicture, useText } from "./context.ts";
import { datesFor } from "./dates.ts";
import { CodeEntry, CodeShown } from "./first.tsx";

interface Props {
  readonly office: Office;
  readonly text: Catalogue;
  readonly newId: () => Id;
  readonly children: (picture: Picture) => ComponentChildren;
}

const noticesMax = 3;

export function Gate({ office, text, newId, children }: Props): VNode {
  const picture = usePicture(office);
  const [said, setSaid] = useState<readonly string[]>([]);
  const say = useCallback(
    (line: string) => setSaid((before) => [...before.filter((each) => each !== line), line].slice(-noticesMax)),
    [],
  );
  const complain = useCallback(
    (failure: ActionFailed) => say(text.failed[failure.code ?? ""] ?? text.failed[failure.reason] ?? text.failed.other),
    [text],
  );
  useEffect(
    () =>
      office.onNotice((notice) => {
        const line = lineFor(notice, text);
        if (line !== null) {
          say(line);
        }
      }),
    [office, text],
  );
  const surroundings = { text, dates: datesFor(text), office, now: () => Date.now(), newId, complain };
  return (
    <Provider value={surroundings}>
      <div class="notices" aria-live="assertive">
        {said.map((line) => (
          <p key={line} class="notice">
            <span>{line}</span>
            <button
              type="button"
              aria-label={text.failed["dismiss"]}
              onClick={() => setSaid(said.filter((each) => each !== line))}
            >
              <span aria-hidden="true">×</span>
            </button>
          </p>
        ))}
      </div>
      <StageView picture={picture}>{picture.stage.name === "open" ? children(picture) : null}</StageView>
    </Provider>
  );
}

function StageView({ picture, children }: { picture: Picture; children: ComponentChildren }): VNode {
  const { status } = useText();
  const { stage } = picture;
  if (stage.name === "opening") {
    return (
      <main class="page opening" aria-busy="true">
        <p role="status">{status.connecting}</p>
      </main>
    );
  }
  if (stage.name === "showsCode") {
    return <CodeShown code={stage.code} />;
  }
  if (stage.name === "needsCode") {
    return <CodeEntry wrong={stage.wrong} />;
  }
  return stage.name === "ended" ? <Over reason={stage.reason} code={stage.code} /> : <>{children}</>;
}

/** A quiet line while there is no connection, or what happened meanwhile is being read. */
export function Status({ picture }: { picture: Picture }): VNode {
  const { status } = useText();
  const line = picture.connected ? (picture.caughtUp ? "" : status.reading) : status.offline;
  return (
    <p class="status" role="status">
      {line}
    </p>
  );
}

const signIn: ReadonlySet<string> = new Set(["unauthenticated", "token_expired"]);

function Over({ reason, code }: { reason: string; code: string | null }): VNode {
  const { ended } = useText();
  let why = reason === "Unreachable" || reason === "TimedOut" ? ended.unreachable : ended.other;
  if (signIn.has(code ?? "") || reason === "Ended") {
    why = ended.signIn;
  }
  return (
    <main class="page">
      <h1>{ended.title}</h1>
      <p role="alert">{why}</p>
      <p class="actions">
        <button type="button" class="primary" onClick={() => location.reload()}>
          {ended.reload}
        </button>
      </p>
    </main>
  );
}

/** null: what the page shows by itself. */
function lineFor(notice: Notice, { failed }: Catalogue): string | null {
  if (notice.type === "sendRefused" || notice.type === "firstRefused") {
    return `${failed["sendRefused"] ?? ""} ${failed[notice.problem.code] ?? failed.other}`;
  }
  return failed[notice.type] ?? null;
}
