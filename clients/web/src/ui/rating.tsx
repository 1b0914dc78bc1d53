/** Satisfaction: two questions, for the figures alone, once for a side. */

import "./choices.css";
import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";
import type { Id } from "../core/office.ts";
import { boardTexts } from "./board-texts.ts";
import { useActing, useTextOf } from "./context.ts";
import { Dialog } from "./dialog.tsx";

const scores = [1, 2, 3, 4, 5] as const;

export function Rating({ thread, onClose }: { thread: Id; onClose: () => void }): VNode {
  const { rating } = useTextOf(boardTexts);
  const { busy, ask } = useActing();
  const [satisfied, setSatisfied] = useState<number | null>(null);
  const [recommends, setRecommends] = useState<number | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const already = ({ code }: { readonly code: string | null }): boolean => {
    if (code === "conflict") {
      setSaid(rating.already);
    }
    return code === "conflict";
  };
  const send = async (): Promise<void> => {
    if (satisfied === null || recommends === null) {
      return;
    }
    if ((await ask({ type: "rate", thread, satisfied, recommends }, already)) !== null) {
      setSaid(rating.thanks);
    }
  };
  return (
    <Dialog title={rating.title} onClose={onClose}>
      <p role="status">{said ?? rating.hint}</p>
      {said === null ? (
        <>
          <Question asks={rating.satisfied} value={satisfied} onChoose={setSatisfied} />
          <Question asks={rating.recommends} value={recommends} onChoose={setRecommends} />
        </>
      ) : null}
      <p class="actions">
        {said === null ? (
          <button
            type="button"
            class="primary"
            disabled={busy || satisfied === null || recommends === null}
            onClick={() => void send()}
          >
            {rating.confirm}
          </button>
        ) : null}
        <button type="button" onClick={onClose}>
          {said === null ? rating.cancel : rating.close}
        </button>
      </p>
    </Dialog>
  );
}

interface QuestionProps {
  readonly asks: string;
  readonly value: number | null;
  readonly onChoose: (score: number) => void;
}

function Question({ asks, value, onChoose }: QuestionProps): VNode {
  const { rating } = useTextOf(boardTexts);
  const name = useId();
  return (
    <fieldset class="choices">
      <legend>{asks}</legend>
      {scores.map((score) => (
        <p key={score} class="check">
          <input
            id={`${name}-${score}`}
            type="radio"
            name={name}
            checked={value === score}
            onChange={() => onChoose(score)}
          />
          <label for={`${name}-${score}`}>{rating.scale[score - 1]}</label>
        </p>
      ))}
    </fieldset>
  );
}
