/** One conversation: who is on the other side, what was said, the consent, the composer, and what colleagues see. */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Action, Id, MailboxView, Picture, ThreadLine, ThreadView } from "../core/office.ts";
import { stopOf } from "./case-rules.ts";
import { ConsentBanner } from "./consent.tsx";
import { Composer } from "./composer.tsx";
import { useSurroundings, useText } from "./context.ts";
import { ConversationMenu } from "./conversation-menu.tsx";
import { later } from "./later.tsx";
import { Log } from "./log.tsx";
import { useSending } from "./sending.ts";
import { titleOf } from "./sides.ts";

const Answering = later(async () => (await import("./answering.tsx")).Answering);
const Declared = later(async () => (await import("./steps.tsx")).Declared);
const Invitations = later(async () => (await import("./third.tsx")).Invitations);
const GuestWriting = later(async () => (await import("./guest.tsx")).GuestWriting);
const Lost = later(async () => (await import("./lost.tsx")).Lost);

const Telling = later(async () => (await import("./telling.tsx")).TellingDialog);
const ThreadCases = later(async () => (await import("./cases.tsx")).ThreadCases);
const Stopped = later(async () => (await import("./cases.tsx")).Stopped);

interface Props {
  readonly picture: Picture;
  readonly line: ThreadLine;
  readonly channel: string;
  /** Whether the page itself can be seen: a frame may be hidden while its document looks visible. */
  readonly seen?: boolean;
  /** Leads back to the list; null where there is none. */
  readonly onBack: (() => void) | null;
  /** The event to show first; null: the newest. */
  readonly sought: number | null;
}

export function Conversation({ picture, line, channel, seen = true, onBack, sought }: Props): VNode {
  const text = useText();
  const { thread } = text;
  const view = picture.opened[line.id] ?? null;
  const mailbox = picture.mailboxes.find((each) => each.id === line.mailbox) ?? null;
  /** The message that is to be reported; 0: one is to be chosen yet. */
  const [reported, report] = useState<number | null>(null);
  useOpening(line.id, picture);
  useReading(view, picture, seen);
  return (
    <section class="conversation" aria-label={line.name ?? titleOf(line, text)}>
      <Header line={line} mailbox={mailbox} view={view} onBack={onBack} onReport={report} />
      {hasSomething(view) ? (
        <Log view={view} mailbox={mailbox} picture={picture} sought={sought} onReport={report} />
      ) : (
        <p class="log empty" role="status">
          {thread.notRead}
        </p>
      )}
      {view === null || mailbox === null || line.stopped ? null : (
        <Writing picture={picture} line={line} view={view} mailbox={mailbox} channel={channel} />
      )}
      <Reporting view={view} seq={reported} onClose={() => report(null)} />
    </section>
  );
}

interface ReportingProps {
  readonly view: ThreadView | null;
  readonly seq: number | null;
  readonly onClose: () => void;
}

function Reporting({ view, seq, onClose }: ReportingProps): VNode | null {
  return view === null || seq === null ? null : (
    <Telling view={view} kind="report" about={null} from={seq} onClose={onClose} />
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
  return view !== null && view.items.length + view.onItsWay.length + view.refused.length > 0;
}

interface WritingProps {
  readonly picture: Picture;
  readonly line: ThreadLine;
  readonly view: ThreadView;
  readonly mailbox: MailboxView;
  readonly channel: string;
}

/** Where one's own next message is written. */
function Answer({ picture, line }: Pick<WritingProps, "picture" | "line">): VNode {
  const { office } = useSurroundings();
  const send = useSending(line);
  return (
    <Composer
      key={line.id}
      name={line.id}
      draft={line.draft}
      card={line.revealed ? null : Object.values(picture.card)}
      onDraft={async (text) => office.act({ type: "draft", thread: line.id, text })}
      onSend={send}
    />
  );
}

/** What moderators tell, the consent and the composer. */
function Writing({ picture, line, view, mailbox, channel }: WritingProps): VNode {
  const { office, now } = useSurroundings();
  const { thread } = useText();
  const quietly = (action: Action): void => {
    office.act(action).catch(() => undefined);
  };
  if (line.recipient !== null) {
    return <GuestWriting line={line} view={view} mailbox={mailbox} />;
  }
  const stopped = stopOf(mailbox.cases, view.id, view.gist.frozen, now()) !== null;
  if (view.silence === "awaitsReset" || view.silence === "peerBeginsAnew") {
    return (
      <footer>
        <p class="banner" role="status">
          {thread.silence[view.silence]}
        </p>
      </footer>
    );
  }
  return (
    <footer>
      {mailbox.cases.length === 0 ? null : <ThreadCases view={view} mailbox={mailbox} />}
      {view.lost.length === 0 ? null : <Lost view={view} />}
      {view.invitations.length === 0 ? null : <Invitations view={view} />}
      {stopped ? (
        <Stopped view={view} mailbox={mailbox} />
      ) : (
        <>
          <Declared line={line} />
          <ConsentBanner
            view={view}
            seat={mailbox.seat}
            card={picture.card}
            onCard={(card) => quietly({ type: "keepCard", card })}
            channel={channel}
          />
          {mailbox.colleagues.length < 2 ? null : <Answering until={line.answeringUntil} />}
          <Answer line={line} picture={picture} />
        </>
      )}
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
  readonly onReport: (seq: number) => void;
}

function Header({ line, view, mailbox, onBack, onReport }: HeaderProps): VNode {
  const text = useText();
  const { inbox } = text;
  return (
    <header class="peer">
      {onBack === null ? null : (
        <button type="button" class="back" aria-label={inbox.back} onClick={onBack}>
          <span aria-hidden="true">‹</span>
        </button>
      )}
      <div class="who">
        <h1 dir="auto">{line.name ?? titleOf(line, text)}</h1>
        {line.recipient === null ? <Peer line={line} view={view} /> : <p>{text.asThird.hint}</p>}
      </div>
      {view === null ? null : <ConversationMenu line={line} view={view} mailbox={mailbox} onReport={onReport} />}
    </header>
  );
}

/** What the platform shows of the other side. */
function Peer({ line, view }: Pick<HeaderProps, "line" | "view">): VNode {
  const { thread } = useText();
  const { group, area, verified } = line.peer;
  return (
    <p>
      <span dir="auto">{line.name === null ? area : `${group}, ${area}`}</span>
      {verified ? <span class="attested">{thread.verified}</span> : null}
      {view?.gist.peerAnew === true ? <strong> {thread.peerAnew}</strong> : null}
    </p>
  );
}
