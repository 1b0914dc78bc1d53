/** A conversation to which one's own mailbox was invited as a third party: it writes, and leaves; all else is the sides'. */

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { MailboxView, ThreadLine, ThreadView } from "../core/office.ts";
import { stopOf } from "./case-rules.ts";
import { guestEn } from "./catalogue-guest.en.ts";
import { guestFr } from "./catalogue-guest.fr.ts";
import { Colleagues } from "./colleagues.tsx";
import { Composer } from "./composer.tsx";
import { useActing, useSurroundings, useText, useTextOf } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { later } from "./later.tsx";
import { Choice, Menu } from "./menu.tsx";
import { useSending } from "./sending.ts";

const Stopped = later(async () => (await import("./cases.tsx")).Stopped);
const ThreadCases = later(async () => (await import("./cases.tsx")).ThreadCases);

const texts = { fr: guestFr, en: guestEn };

interface Props {
  readonly line: ThreadLine;
  readonly view: ThreadView;
}

export function GuestWriting({ line, view, mailbox }: Props & { readonly mailbox: MailboxView }): VNode {
  const { thread } = useText();
  const { office, now } = useSurroundings();
  const send = useSending(line);
  if (view.silence !== null) {
    return (
      <footer>
        <p class="banner" role="status">
          {thread.silence.peerBeginsAnew}
        </p>
      </footer>
    );
  }
  return (
    <footer>
      {mailbox.cases.length === 0 ? null : <ThreadCases view={view} mailbox={mailbox} />}
      {stopOf(mailbox.cases, view.id, view.gist.frozen, now()) === null ? (
        <Composer
          key={line.id}
          name={line.id}
          draft={line.draft}
          card={null}
          onDraft={async (text) => office.act({ type: "draft", thread: line.id, text })}
          onSend={send}
        />
      ) : (
        <Stopped view={view} mailbox={mailbox} isGuest />
      )}
      <p class="quiet lock">{thread.encryptedRevealed}</p>
    </footer>
  );
}

interface MenuProps extends Props {
  readonly mailbox: MailboxView | null;
  readonly onReport: (seq: number) => void;
}

export function GuestMenu({ line, view, mailbox, onReport }: MenuProps): VNode {
  const { thread } = useText();
  const guest = useTextOf(texts);
  const [leaving, setLeaving] = useState(false);
  return (
    <>
      <Menu label={thread.more}>
        <Choice onChoose={() => setLeaving(true)}>{guest.leave}</Choice>
        <Choice onChoose={() => onReport(0)}>{thread.report}</Choice>
        {mailbox === null || mailbox.colleagues.length < 2 ? null : (
          <Colleagues line={line} view={view} mailbox={mailbox} />
        )}
      </Menu>
      {leaving ? <Leaving line={line} onClose={() => setLeaving(false)} /> : null}
    </>
  );
}

function Leaving({ line, onClose }: { line: ThreadLine; onClose: () => void }): VNode {
  const { consent } = useText();
  const guest = useTextOf(texts);
  const { newId } = useSurroundings();
  const { busy, act } = useActing();
  const [msgId] = useState(newId);
  return (
    <Dialog title={guest.leave} onClose={onClose}>
      <p>{guest.leaveHint}</p>
      <p class="actions">
        <button
          type="button"
          class="primary"
          disabled={busy}
          onClick={() => void act({ type: "leave", thread: line.id, msgId })}
        >
          {guest.leaveGo}
        </button>
        <button type="button" onClick={onClose}>
          {consent.cancel}
        </button>
      </p>
    </Dialog>
  );
}
