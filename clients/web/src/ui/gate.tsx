/** What stands before a page's own content: opening the account, a code, the end; and notices above it. */

import type { ComponentChildren, VNode } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import type { ActionFailed, Office, Picture } from "../core/office.ts";
import type { Notice } from "../core/views.ts";
import type { Id } from "../wire/types.ts";
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
  const say = useCallback((line: string) => setSaid((before) => [...before.filter((each) => each !== line), line].slice(-noticesMax)), []);
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
  switch (picture.stage.name) {
    case "opening":
      return (
        <main class="page opening" aria-busy="true">
          <p role="status">{status.connecting}</p>
        </main>
      );
    case "showsCode":
      return <CodeShown code={picture.stage.code} />;
    case "needsCode":
      return <CodeEntry wrong={picture.stage.wrong} />;
    case "ended":
      return <Over reason={picture.stage.reason} code={picture.stage.code} />;
    case "open":
      return <>{children}</>;
  }
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

function lineFor(notice: Notice, { failed }: Catalogue): string | null {
  switch (notice.type) {
    case "sendRefused":
    case "firstRefused":
      return `${failed["sendRefused"] ?? ""} ${failed[notice.problem.code] ?? failed.other}`;
    case "rosterAlarm":
    case "vaultAlarm":
    case "deviceForgotten":
    case "seatEnded":
      return failed[notice.type] ?? failed.other;
    case "firstSent":
    case "newMessage":
      return null;
  }
}
