/** The widget: the conversation about what the page shows, or the first message of one. */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Id, Picture } from "../core/office.ts";
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
  const { widget } = useText();
  const [chosen, choose] = useState<Id | null>(null);
  const about = picture.threads.find((each) => each.target === target) ?? null;
  const line = picture.threads.find((each) => each.id === chosen) ?? about;
  const unread = picture.threads.filter((each) => each.unread).length;
  useEffect(() => host.unread(unread), [unread]);
  const [mailbox] = picture.mailboxes;
  return (
    <div class="widget">
      <header class="bar">
        <h1>{widget.title}</h1>
        <button type="button" class="back" aria-label={widget.close} onClick={() => host.hide()}>
          <span aria-hidden="true">×</span>
        </button>
      </header>
      <Status picture={picture} />
      <SeatTasks picture={picture} />
      {line === null ? null : (
        <Conversation
          key={line.id}
          picture={picture}
          line={line}
          channel="widget"
          onBack={line === about ? null : () => choose(null)}
        />
      )}
      {line !== null || mailbox === undefined ? null : (
        <Beginning picture={picture} mailbox={mailbox.id} target={target} onChoose={choose} />
      )}
    </div>
  );
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
  const isWaiting = picture.mailboxes.some((each) => each.waiting.some((message) => message.target === target));
  return (
    <>
      <main class="beginning">
        <p>{widget.intro}</p>
        {picture.threads.length === 0 && !isWaiting ? null : (
          <Threads picture={picture} chosen={null} hrefOf={() => "#"} onChoose={onChoose} />
        )}
      </main>
      {target === null || isWaiting ? null : (
        <footer>
          <Composer
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
