/** One conversation on the board: with whom, what is next, who waits since when, what was declared, and what one can do. */

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import {
  isStalled,
  type Next,
  nextOf,
  type Reached,
  reached,
  type Side,
  stepsFor,
  type Wait,
  waitOf,
} from "../core/course.ts";
import type { ThreadLine } from "../core/office.ts";
import type { Step } from "../core/openly.ts";
import { boardTexts } from "./board-texts.ts";
import type { BoardTexts } from "./catalogue-board.fr.ts";
import { Closing } from "./closing.tsx";
import { useActing, useSurroundings, useText, useTextOf } from "./context.ts";
import { Rating } from "./rating.tsx";
import { followedHere } from "./searching.ts";
import { titleOf } from "./sides.ts";
import { Declaring } from "./steps.tsx";

interface Props {
  readonly line: ThreadLine;
  readonly href: string;
  readonly onChoose: () => void;
}

export function BoardCard({ line, href, onChoose }: Props): VNode {
  const text = useTextOf(boardTexts);
  const found = reached(line);
  const next = nextOf(line, found);
  const name = line.name ?? titleOf(line, useText());
  return (
    <article>
      <h3 dir="auto">
        <a href={href} onClick={followedHere(onChoose)}>
          {name}
        </a>
      </h3>
      <p class="quiet" dir="auto">
        {line.name === null ? areaOf(line) : `${line.peer.group}, ${line.peer.area}`}
      </p>
      {next === "closed" ? null : (
        <p>
          <span class="quiet">{text.nextLabel}</span> <strong>{text.next[next]}</strong>
        </p>
      )}
      <Waiting line={line} wait={found.stage === "installed" ? null : waitOf(line)} />
      <Facts line={line} found={found} />
      {line.party > 1 ? null : <Actions line={line} found={found} next={next} name={name} />}
    </article>
  );
}

const areaOf = ({ peer, recipient }: ThreadLine): string =>
  [peer.area, recipient?.area ?? ""].filter((area) => area !== "").join(", ");

/** For a third party: as the platform presents that side. */
const sideName = ({ peer, recipient }: ThreadLine, side: Side): string =>
  (side === "second" ? recipient : peer)?.group ?? "";

function Waiting({ line, wait }: { line: ThreadLine; wait: Wait | null }): VNode | null {
  const { waits } = useTextOf(boardTexts);
  const { dates, now } = useSurroundings();
  if (wait === null) {
    return null;
  }
  const since = dates.since(wait.since, now());
  const said = {
    own: waits.own(since),
    peer: wait.seen === true ? waits.seen(since) : waits.unseen(since),
    first: waits.other(sideName(line, "first"), since),
    second: waits.other(sideName(line, "second"), since),
  }[wait.side];
  return <p class={isStalled(wait, now()) ? "stalled" : "quiet"}>{said}</p>;
}

/** What was declared so far. */
function Facts({ line, found }: { line: ThreadLine; found: Reached }): VNode | null {
  const text = useTextOf(boardTexts);
  const { closing } = useText();
  const { dates } = useSurroundings();
  const { meetings, visits, closed } = found;
  const facts = [
    ...(meetings > 0 ? [text.meetings(meetings)] : []),
    ...(visits > 0 ? [text.visits(visits)] : []),
    ...installedFact(line, found, text),
    ...(closed === null ? [] : [closedFact(line, closed.by, dates.date(closed.at), text)]),
    ...(closed === null || closed.reason === null ? [] : [closing.reasons[closed.reason]]),
  ];
  return facts.length === 0 ? null : (
    <ul class="facts">
      {facts.map((fact) => (
        <li key={fact}>{fact}</li>
      ))}
    </ul>
  );
}

function installedFact(line: ThreadLine, { installed }: Reached, { declared, confirmed }: BoardTexts): string[] {
  const [declarer] = installed;
  if (declarer === undefined) {
    return [];
  }
  if (installed.length > 1) {
    return [confirmed];
  }
  return [declarer === "own" || declarer === "peer" ? declared[declarer] : declared.other(sideName(line, declarer))];
}

const closedFact = (line: ThreadLine, by: Side, date: string, { closed }: BoardTexts): string =>
  by === "own" || by === "peer" ? closed[by](date) : closed.other(sideName(line, by), date);

/** What the next step is done by, at one tap. */
const shortcuts: Readonly<Partial<Record<Next, readonly Step[]>>> = {
  answer_meeting: ["meeting_confirmed"],
  answer_offer: ["offer_accepted", "offer_declined"],
  confirm_installation: ["installed"],
  propose_meeting: ["meeting_proposed"],
  note_meeting: ["visited", "meeting_held"],
  make_offer: ["offer_proposed"],
  declare_installation: ["installed"],
};

interface ActionsProps {
  readonly line: ThreadLine;
  readonly found: Reached;
  readonly next: Next;
  readonly name: string;
}

type Opened = "close" | "rate" | "step" | readonly Step[] | null;

function Actions({ line, found, next, name }: ActionsProps): VNode {
  const text = useTextOf(boardTexts);
  const { thread } = useText();
  const { newId } = useSurroundings();
  const { busy, act } = useActing();
  const [opened, open] = useState<Opened>(null);
  const steps = shortcuts[next] ?? [];
  const buttons: readonly (readonly [string, () => void])[] = [
    ...steps.map((step) => [labelOf(step, next, text), () => open([step])] as const),
    ...(line.closed ? [] : [[text.note, () => open("step")] as const]),
    ...(found.stage === "installed" || line.closed ? [[text.rate, () => open("rate")] as const] : []),
    line.closed
      ? [thread.reopen, () => void act({ type: "reopen", thread: line.id, msgId: newId() })]
      : [thread.close, () => open("close")],
  ];
  return (
    <>
      <p class="actions">
        {buttons.map(([what, go], at) => (
          <button
            key={what}
            type="button"
            class={at === 0 && steps.length > 0 ? "primary" : ""}
            disabled={busy}
            aria-label={text.act(what, name)}
            onClick={go}
          >
            {what}
          </button>
        ))}
      </p>
      <Open opened={opened} line={line} found={found} onClose={() => open(null)} />
    </>
  );
}

interface OpenProps extends Pick<ActionsProps, "line" | "found"> {
  readonly opened: Opened;
  readonly onClose: () => void;
}

function Open({ opened, line, found, onClose }: OpenProps): VNode | null {
  if (opened === "close") {
    return <Closing thread={line.id} onClose={onClose} />;
  }
  if (opened === "rate") {
    return <Rating thread={line.id} onClose={onClose} />;
  }
  return opened === null ? null : (
    <Declaring thread={line.id} steps={opened === "step" ? stepsFor(found) : opened} onClose={onClose} />
  );
}

const labelOf = (step: Step, next: Next, text: BoardTexts): string =>
  next === "confirm_installation" ? text.confirmInstalled : text.steps[step];
