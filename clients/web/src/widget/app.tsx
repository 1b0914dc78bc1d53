/** The widget: the conversation about what the page shows, or the first message of one. */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Id, MailboxView, Picture } from "../core/office.ts";
import { Composer } from "../ui/composer.tsx";
import { useActing, useSurroundings, useText } from "../ui/context.ts";
import { Conversation } from "../ui/conversation.tsx";
import { Status } from "../ui/gate.tsx";
import { SeatTasks } from "../ui/seats.tsx";
import { Threads } from "../ui/threads.tsx";
import type { Host } from "./host.ts";

interface Props {
  readonly picture: Picture;
  readonly target: Id | null;
  readonly host: Host;
}

export function Widget({ picture, target, host }: Props): VNode {
  const [chosen, choose] = useState<Id | null>(null);
  const shown = useShown(host);
  useFounding(picture);
  const mailbox = ownProject(picture.mailboxes);
  const about = picture.threads.find((each) => each.target === target && each.mailbox === mailbox?.id) ?? null;
  const line = picture.threads.find((each) => each.id === chosen) ?? about;
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
          />
        </main>
      )}
      {line !== null || mailbox === null ? null : (
        <Beginning picture={picture} mailbox={mailbox.id} target={target} onChoose={choose} />
      )}
    </>
  );
}

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
  readonly onChoose: (thread: Id) => void;
}

/** Nothing was said about this yet: past conversations, and the first message. */
function Beginning({ picture, mailbox, target, onChoose }: BeginningProps): VNode {
  const { widget } = useText();
  const { newId } = useSurroundings();
  const { act } = useActing();
  const { threads, mailboxes } = picture;
  const waiting = mailboxes.flatMap((each) => each.waiting);
  const isWaiting = waiting.some((message) => message.target === target);
  return (
    <>
      <main class="beginning">
        <p>{widget.intro}</p>
        {threads.length + waiting.length === 0 ? null : (
          <Threads picture={picture} chosen={null} hrefOf={() => "#"} onChoose={onChoose} />
        )}
      </main>
      {target === null || isWaiting ? null : (
        <footer>
          <Composer
            name={target}
            draft=""
            card={Object.values(picture.card)}
            label={widget.first}
            onDraft={() => undefined}
            onSend={async (text) => act({ type: "write", mailbox, target, id: newId(), text })}
          />
        </footer>
      )}
    </>
  );
}
