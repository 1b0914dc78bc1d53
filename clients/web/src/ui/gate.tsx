/** What stands before a page's own content: opening the account, a code, the end; and notices above it. */

import type { ComponentChildren, VNode } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import type { ActionFailed, Id, Office, Picture } from "../core/office.ts";
import type { Notice } from "../core/views.ts";
import type { Catalogue } from "./catalogue.fr.ts";
import { Provider, usePicture, useSurroundings, useText } from "./context.ts";
import { datesFor } from "./dates.ts";
import { endingFor } from "./ending.ts";
import { useKeptFocus } from "./focus.ts";
import { later } from "./later.tsx";
import { Notices } from "./notices.tsx";

const CodeEntry = later(async () => (await import("./first.tsx")).CodeEntry);
const CodeShown = later(async () => (await import("./first.tsx")).CodeShown);

interface Props {
  readonly office: Office;
  readonly text: Catalogue;
  readonly newId: () => Id;
  readonly signIn: () => Promise<void>;
  readonly children: (picture: Picture) => ComponentChildren;
}

const noticesMax = 3;
const now = (): number => Date.now();

export function Gate({ office, text, newId, signIn, children }: Props): VNode {
  const picture = usePicture(office);
  useKeptFocus();
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
  const dismiss = useCallback((line: string) => setSaid((before) => before.filter((each) => each !== line)), []);
  const around = { text, dates: datesFor(text), office, now, newId, signIn, complain, said, dismiss };
  return (
    <Provider value={around}>
      <Notices />
      <StageView picture={picture}>{picture.stage.name === "open" ? children(picture) : null}</StageView>
    </Provider>
  );
}

function StageView({ picture, children }: { picture: Picture; children: ComponentChildren }): VNode {
  const { status, first, ended, name } = useText();
  const { stage } = picture;
  const titles = { showsCode: first.codeTitle, needsCode: first.needTitle, ended: ended.title };
  const title = stage.name === "opening" || stage.name === "open" ? null : titles[stage.name];
  useEffect(() => {
    document.title = title === null ? name : `${title} – ${name}`;
  }, [title, name]);
  if (stage.name === "opening") {
    return (
      <main class="page opening" aria-busy="true">
        <h1>{name}</h1>
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

/** A quiet line while there is no connection, or what happened meanwhile is being read; or where to sign in again. */
export function Status({ picture }: { picture: Picture }): VNode {
  const { status, ended } = useText();
  const { signIn } = useSurroundings();
  const line = picture.connected ? (picture.caughtUp ? "" : status.reading) : status.offline;
  return (
    <div class="status" role="status">
      {picture.signInNeeded ? (
        <>
          <p>{status.signIn}</p>
          <button type="button" class="primary" onClick={() => void signIn()}>
            {ended.again}
          </button>
        </>
      ) : (
        line
      )}
    </div>
  );
}

function Over({ reason, code }: { reason: string; code: string | null }): VNode {
  const text = useText();
  const { ended } = text;
  const { signIn } = useSurroundings();
  const { why, button } = endingFor(reason, code, text);
  const act = { again: () => void signIn(), reload: () => location.reload() };
  return (
    <main class="page">
      <h1>{ended.title}</h1>
      <p role="alert">{why}</p>
      {button === null ? null : (
        <p class="actions">
          <button type="button" class="primary" onClick={act[button]}>
            {ended[button]}
          </button>
        </p>
      )}
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
