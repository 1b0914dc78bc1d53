/** The board: every conversation of one's mailboxes by how far it came, what is next in it, and what stalls. */

import "./board.css";
import type { VNode } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { isStalled, reached, stages, waitOf } from "../core/course.ts";
import type { Id, Picture, ThreadLine } from "../core/office.ts";
import { BoardCard } from "./board-card.tsx";
import { boardTexts } from "./board-texts.ts";
import { useSurroundings, useTextOf } from "./context.ts";
import { focusOn } from "./focus.ts";
import { PageBar } from "./page-bar.tsx";

interface Props {
  readonly picture: Picture;
  readonly hrefOf: (thread: Id) => string;
  readonly onChoose: (thread: Id) => void;
  readonly onBack: () => void;
}

export function Board({ picture, hrefOf, onChoose, onBack }: Props): VNode {
  const text = useTextOf(boardTexts);
  const { now } = useSurroundings();
  const [stalledOnly, setStalledOnly] = useState(false);
  const id = useId();
  const followed = picture.threads.filter((line) => !line.hidden);
  const lines = followed.filter((line) => !stalledOnly || isStalled(waitOf(line), now()));
  // The page was asked for before it was fetched: who did has the focus nowhere.
  useEffect(() => {
    if (document.activeElement === document.body) {
      focusOn(".detail h1");
    }
  }, []);
  const none = stalledOnly ? text.none : text.empty;
  return (
    <section class="board">
      <PageBar title={text.title} onBack={onBack} />
      <p class="quiet">{text.intro}</p>
      {followed.length === 0 ? null : (
        <p class="check">
          <input
            id={id}
            type="checkbox"
            checked={stalledOnly}
            onChange={(event) => setStalledOnly(event.currentTarget.checked)}
          />
          <label for={id}>{text.stalledOnly}</label>
        </p>
      )}
      <div role="status">{lines.length === 0 ? <p class="empty">{none}</p> : null}</div>
      <div class="stages">
        {stages.map((stage) => (
          <Stage
            key={stage}
            title={text.stages[stage]}
            lines={lines.filter((line) => reached(line).stage === stage)}
            hrefOf={hrefOf}
            onChoose={onChoose}
          />
        ))}
      </div>
    </section>
  );
}

interface StageProps extends Pick<Props, "hrefOf" | "onChoose"> {
  readonly title: string;
  readonly lines: readonly ThreadLine[];
}

/** What waits longest stands first. */
function Stage({ title, lines, hrefOf, onChoose }: StageProps): VNode | null {
  const text = useTextOf(boardTexts);
  const id = useId();
  if (lines.length === 0) {
    return null;
  }
  const sorted = lines.toSorted((a, b) => (waitOf(a)?.since ?? Infinity) - (waitOf(b)?.since ?? Infinity));
  return (
    <section class="stage" aria-labelledby={id}>
      <h2 id={id}>
        {title} <small>{text.count(lines.length)}</small>
      </h2>
      <ul>
        {sorted.map((line) => (
          <li key={line.id}>
            <BoardCard line={line} href={hrefOf(line.id)} onChoose={() => onChoose(line.id)} />
          </li>
        ))}
      </ul>
    </section>
  );
}
