/** One conversation: who is on the other side, what was said, the consent, the composer, and what colleagues see. */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Action, Id, MailboxView, Picture, ThreadLine, ThreadView } from "../core/office.ts";
import { ConsentBanner } from "./consent.tsx";
import { Colleagues } from "./colleagues.tsx";
import { Closing } from "./closing.tsx";
import { Composer } from "./composer.tsx";
import { useActing, useSurroundings, useText } from "./context.ts";
import { Log } from "./log.tsx";

interface Props {
  readonly picture: Picture;
  readonly line: ThreadLine;
  readonly channel: string;
  /** Whether the page itself can be seen: a frame may be hidden while its document looks visible. */
  readonly seen?: boolean;
  /** Leads back to the list; null where there is none. */
  readonly onBack: (() => void) | null;
}

export function Conversation({ picture, line, channel, seen = true, onBack }: Props): VNode {
  const { thread } = useText();
  const view = picture.opened[line.id] ?? null;
  const mailbox = picture.mailboxes.find((each) => each.id === line.mailbox) ?? null;
  useOpening(line.id, picture);
  useReading(view, picture, seen);
  return (
    <section class="conversation" aria-label={line.name ?? line.peer.group}>
      <Header line={line} mailbox={mailbox} view={view} onBack={onBack} />
      {hasSomething(view) ? (
        <Log view={view} mailbox={mailbox} picture={picture} />
      ) : (
        <p class="log empty" role="status">
          {thread.notRead}
        </p>
      )}
      {view === null || line.stopped ? null : (
        <Writing picture={picture} line={line} view={view} seat={mailbox?.seat ?? ""} channel={channel} />
      )}
    </section>
  );
}

const againMs = 2_000;

/** Has the conversation read, again where that failed, as long as it is shown. */
function useOpening(thread: Id, picture: Picture): void {
  const { office } = useSurroundings();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const open = (): void => {
      office.act({ type: "open", thread }).catch(() => {
        timer = setTimeout(open, againMs);
      });
    };
    open();
    return () => clearTimeout(timer);
  }, [thread, picture.caughtUp]);
}

function hasSomething(view: ThreadView | null): view is ThreadView {
  return view !== null && view.items.length + view.onItsWay.length > 0;
}

interface WritingProps {
  readonly picture: Picture;
  readonly line: ThreadLine;
  readonly view: ThreadView;
  readonly seat: string;
  readonly channel: string;
}

/** The consent and the composer. */
function Writing({ picture, line, view, seat, channel }: WritingProps): VNode {
  const { office, newId } = useSurroundings();
  const { thread } = useText();
  const { act } = useActing();
  const quietly = (action: Action): void => {
    office.act(action).catch(() => undefined);
  };
  const send = async (text: string): Promise<boolean> => {
    const sent = await act({ type: "send", thread: line.id, msgId: newId(), text });
    if (sent && line.draft !== "") {
      quietly({ type: "draft", thread: line.id, text: "" });
    }
    return sent;
  };
  return (
    <footer>
      <ConsentBanner
        view={view}
        seat={seat}
        card={picture.card}
        onCard={(card) => quietly({ type: "keepCard", card })}
        channel={channel}
      />
      <Composer
        key={line.id}
        name={line.id}
        draft={line.draft}
        card={line.revealed ? null : Object.values(picture.card)}
        onDraft={(text) => quietly({ type: "draft", thread: line.id, text })}
        onSend={send}
      />
      <p class="quiet lock">{line.revealed ? thread.encryptedRevealed : thread.encrypted}</p>
    </footer>
  );
}

/** Says that a person saw the conversation, once it is on a visible screen. */
function useReading(view: ThreadView | null, picture: Picture, seen: boolean): void {
  const { office } = useSurroundings();
  const seq = view?.seq ?? 0;
  useEffect(() => {
    const read = (): void => {
      if (seen && view !== null && document.visibilityState === "visible" && seq > view.readSeq && picture.connected) {
        office.act({ type: "read", thread: view.id, seq, share: true }).catch(() => undefined);
      }
    };
    read();
    document.addEventListener("visibilitychange", read);
    return () => document.removeEventListener("visibilitychange", read);
  }, [view?.id, seq, picture.connected, seen]);
}

interface HeaderProps {
  readonly line: ThreadLine;
  readonly view: ThreadView | null;
  readonly mailbox: MailboxView | null;
  readonly onBack: (() => void) | null;
}

function Header({ line, view, mailbox, onBack }: HeaderProps): VNode {
  const { inbox, thread } = useText();
  const { group, area, verified } = line.peer;
  return (
    <header class="peer">
      {onBack === null ? null : (
        <button type="button" class="back" aria-label={inbox.back} onClick={onBack}>
          <span aria-hidden="true">‹</span>
        </button>
      )}
      <div class="who">
        <h1 dir="auto">{line.name ?? group}</h1>
        <p>
          <span dir="auto">{line.name === null ? area : `${group}, ${area}`}</span>
          {verified ? <span class="attested">{thread.verified}</span> : null}
        </p>
      </div>
      {view === null ? null : <Menu line={line} view={view} mailbox={mailbox} />}
    </header>
  );
}

function Menu({ line, view, mailbox }: Omit<HeaderProps, "onBack" | "view"> & { view: ThreadView }): VNode {
  const { thread } = useText();
  const { newId } = useSurroundings();
  const { busy, act } = useActing();
  const [closing, setClosing] = useState(false);
  return (
    <>
      <details class="menu">
        <summary aria-label={thread.more}>
          <span aria-hidden="true">⋯</span>
        </summary>
        <div>
          <button
            type="button"
            disabled={busy}
            onClick={() =>
              line.closed ? void act({ type: "reopen", thread: line.id, msgId: newId() }) : setClosing(true)
            }
          >
            {line.closed ? thread.reopen : thread.close}
          </button>
          <button
            type="button"
            disabled={busy}
            onClick={() => void act({ type: "hide", thread: line.id, hidden: !line.hidden })}
          >
            {line.hidden ? thread.unhide : thread.hide}
          </button>
          <p class="quiet">{thread.hideHint}</p>
          {mailbox === null || mailbox.colleagues.length < 2 ? null : (
            <Colleagues line={line} view={view} mailbox={mailbox} />
          )}
        </div>
      </details>
      {closing ? <Closing thread={line.id} onClose={() => setClosing(false)} /> : null}
    </>
  );
}
