/** The widget: the conversation about what the page shows, or the first message of one. */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Id, MailboxView, Picture, ThreadLine } from "../core/office.ts";
import { Composer } from "../ui/composer.tsx";
import { useActing, useSurroundings, useText } from "../ui/context.ts";
import { Conversation } from "../ui/conversation.tsx";
import { later } from "../ui/later.tsx";
import { Status } from "../ui/gate.tsx";
import { SeatTasks } from "../ui/seat-tasks.tsx";
import { Threads } from "../ui/threads.tsx";
import type { Host } from "./host.ts";

const CasesDialog = later(async () => (await import("../ui/cases-list.tsx")).CasesDialog);

interface Props {
  readonly picture: Picture;
  readonly target: Id | null;
  readonly host: Host;
}

/** A conversation, and a message of it that was sought. */
interface Chosen {
  readonly thread: Id;
  readonly seq: number | null;
}

export function Widget({ picture, target, host }: Props): VNode {
  const [chosen, choose] = useState<Chosen | null>(null);
  const shown = useShown(host);
  useFounding(picture);
  const mailbox = ownProject(picture.mailboxes);
  const about = picture.threads.find((each) => isAbout(each, target, mailbox?.id ?? null)) ?? null;
  const line = picture.threads.find((each) => each.id === chosen?.thread) ?? about;
  const unread = picture.threads.filter((each) => each.unread).length;
  useEffect(() => host.unread(unread), [unread]);
  return (
    <>
      <Status picture={picture} />
      <SeatTasks picture={picture} />
      {line === null ? null : (
        <main class="thread">
          <Conversation
            key={line.id}
            picture={picture}
            line={line}
            channel="widget"
            seen={shown}
            onBack={line === about ? null : () => choose(null)}
            sought={line.id === chosen?.thread ? chosen.seq : null}
          />
        </main>
      )}
      {line !== null || mailbox === null ? null : (
        <Beginning picture={picture} mailbox={mailbox.id} target={target} onChoose={choose} />
      )}
    </>
  );
}

/** Whether a conversation of this mailbox is about what the page shows, and not one that it was invited to. */
const isAbout = (line: ThreadLine, target: Id | null, mailbox: Id | null): boolean =>
  line.target === target && line.mailbox === mailbox && line.recipient === null;

/** Who has seats on both sides writes from the project's. */
function ownProject(mailboxes: readonly MailboxView[]): MailboxView | null {
  return mailboxes.find((each) => each.kind === "project") ?? mailboxes[0] ?? null;
}

function useShown(host: Host): boolean {
  const [shown, setShown] = useState(host.shown);
  useEffect(() => {
    setShown(host.shown);
    return host.onShown(setShown);
  }, [host]);
  return shown;
}

/** Whoever comes to write need not open a mailbox first: their own project's is founded for them. */
function useFounding(picture: Picture): void {
  const { act } = useActing();
  const [seat] = picture.seats;
  const isOurs = picture.seats.length === 1 && seat?.kind === "project" && seat.admin;
  const isNew = isOurs && seat.state === "claimable" && !seat.founded;
  useEffect(() => {
    if (isNew && seat !== undefined) {
      void act({ type: "found", mailbox: seat.mailbox });
    }
  }, [isNew]);
}

interface BeginningProps {
  readonly picture: Picture;
  readonly mailbox: Id;
  readonly target: Id | null;
  readonly onChoose: (chosen: Chosen) => void;
}

/** Nothing was said about this yet: past conversations, and the first message. */
function Beginning({ picture, mailbox, target, onChoose }: BeginningProps): VNode {
  const { thread: words, widget } = useText();
  const [following, follow] = useState(false);
  const { newId, office } = useSurroundings();
  const { act } = useActing();
  const { threads, mailboxes } = picture;
  const drafts = mailboxes.find((each) => each.id === mailbox)?.firstDrafts ?? {};
  const waiting = mailboxes.flatMap((each) => each.waiting);
  const refused = mailboxes.flatMap((each) => each.refused);
  const isWaiting = waiting.some((message) => message.target === target);
  return (
    <>
      <main class="beginning">
        <p>{widget.intro}</p>
        {threads.length + waiting.length + refused.length === 0 ? null : (
          <Threads
            picture={picture}
            chosen={null}
            hrefOf={() => "#"}
            onChoose={(thread, seq) => onChoose({ thread, seq: seq ?? null })}
          />
        )}
        <p>
          <button type="button" onClick={() => follow(true)}>
            {words.cases}
          </button>
        </p>
        {following ? (
          <CasesDialog onChoose={(thread) => onChoose({ thread, seq: null })} onClose={() => follow(false)} />
        ) : null}
      </main>
      {target === null || isWaiting ? null : (
        <footer>
          <Composer
            name={target}
            draft={drafts[target] ?? ""}
            card={Object.values(picture.card)}
            label={widget.first}
            onDraft={async (text) => office.act({ type: "draftFirst", mailbox, target, text })}
            onSend={async (text) => act({ type: "write", mailbox, target, id: newId(), text })}
          />
        </footer>
      )}
    </>
  );
}
