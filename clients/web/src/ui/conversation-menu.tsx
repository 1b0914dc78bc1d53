/** What can be done with a conversation as a whole, and its dialogs. */

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { MailboxView, ThreadLine, ThreadView } from "../core/office.ts";
import { useActing, useSurroundings, useText } from "./context.ts";
import { later } from "./later.tsx";
import { Choice, Menu } from "./menu.tsx";
import { ThirdButton } from "./third-button.tsx";

const CasesDialog = later(async () => (await import("./cases-list.tsx")).CasesDialog);
const Closing = later(async () => (await import("./closing.tsx")).Closing);
const Colleagues = later(async () => (await import("./colleagues.tsx")).Colleagues);
const DeclaringNext = later(async () => (await import("./steps.tsx")).DeclaringNext);
const GuestMenu = later(async () => (await import("./guest.tsx")).GuestMenu);
const Inviting = later(async () => (await import("./third.tsx")).Inviting);
const Rating = later(async () => (await import("./rating.tsx")).Rating);
const StepButtons = later(async () => (await import("./steps.tsx")).StepButtons);

interface Props {
  readonly line: ThreadLine;
  readonly view: ThreadView;
  readonly mailbox: MailboxView | null;
  readonly onReport: (seq: number) => void;
}

interface DialogProps {
  readonly line: ThreadLine;
  readonly onClose: () => void;
}

const dialogs = {
  cases: ({ onClose }: DialogProps): VNode => <CasesDialog onChoose={null} onClose={onClose} />,
  closing: ({ line, onClose }: DialogProps): VNode => <Closing thread={line.id} onClose={onClose} />,
  inviting: ({ line, onClose }: DialogProps): VNode => <Inviting thread={line.id} onClose={onClose} />,
  rating: ({ line, onClose }: DialogProps): VNode => <Rating thread={line.id} onClose={onClose} />,
  step: DeclaringNext,
};

export function ConversationMenu({ line, view, mailbox, onReport }: Props): VNode {
  const { thread } = useText();
  const { newId } = useSurroundings();
  const { busy, act } = useActing();
  const [chosen, choose] = useState<keyof typeof dialogs | null>(null);
  const Chosen = chosen === null ? null : dialogs[chosen];
  if (line.recipient !== null) {
    return <GuestMenu line={line} view={view} mailbox={mailbox} onReport={onReport} />;
  }
  return (
    <>
      <Menu label={thread.more}>
        <Choice
          disabled={busy}
          onChoose={() =>
            line.closed ? void act({ type: "reopen", thread: line.id, msgId: newId() }) : choose("closing")
          }
        >
          {line.closed ? thread.reopen : thread.close}
        </Choice>
        <Choice disabled={busy} onChoose={() => void act({ type: "hide", thread: line.id, hidden: !line.hidden })}>
          {line.hidden ? thread.unhide : thread.hide}
        </Choice>
        <p class="quiet">{thread.hideHint}</p>
        <Choice onChoose={() => onReport(0)}>{thread.report}</Choice>
        <Choice onChoose={() => choose("cases")}>{thread.cases}</Choice>
        <StepButtons line={line} onStep={() => choose("step")} onRate={() => choose("rating")} />
        <ThirdButton view={view} onInvite={() => choose("inviting")} />
        {mailbox === null || mailbox.colleagues.length < 2 ? null : (
          <Colleagues line={line} view={view} mailbox={mailbox} />
        )}
      </Menu>
      {Chosen === null ? null : <Chosen line={line} onClose={() => choose(null)} />}
    </>
  );
}
