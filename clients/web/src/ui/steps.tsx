/** What a side declares of how far things are, with a confirmation; and what the other side declared, to be answered. */

import "./choices.css";
import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";
import { type Reached, reached, stepsFor } from "../core/course.ts";
import type { Id, ThreadLine } from "../core/office.ts";
import type { Step } from "../core/openly.ts";
import { boardTexts } from "./board-texts.ts";
import { useActing, useSurroundings, useTextOf } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { Choice } from "./menu.tsx";

interface DeclaringProps {
  readonly thread: Id;
  /** One: it is only confirmed. */
  readonly steps: readonly Step[];
  readonly onClose: () => void;
}

/** Which step, and that it is meant. */
export function Declaring({ thread, steps, onClose }: DeclaringProps): VNode {
  const text = useTextOf(boardTexts);
  const { newId } = useSurroundings();
  const { busy, act } = useActing();
  const [msgId] = useState(newId);
  const only = steps.length === 1 ? (steps[0] ?? null) : null;
  const [step, setStep] = useState(only);
  const declare = async (): Promise<void> => {
    if (step !== null && (await act({ type: "step", thread, msgId, step }))) {
      onClose();
    }
  };
  return (
    <Dialog title={only === null ? text.dialog.title : text.steps[only]} onClose={onClose}>
      {only === null ? <Choices steps={steps} chosen={step} onChoose={setStep} /> : null}
      <p>{text.dialog.hint}</p>
      <p class="quiet">{text.dialog.final}</p>
      <p class="actions">
        <button type="button" class="primary" disabled={busy || step === null} onClick={() => void declare()}>
          {text.dialog.confirm}
        </button>
        <button type="button" onClick={onClose}>
          {text.dialog.cancel}
        </button>
      </p>
    </Dialog>
  );
}

interface ChoicesProps {
  readonly steps: readonly Step[];
  readonly chosen: Step | null;
  readonly onChoose: (step: Step) => void;
}

function Choices({ steps, chosen, onChoose }: ChoicesProps): VNode {
  const text = useTextOf(boardTexts);
  const name = useId();
  return (
    <fieldset class="choices">
      <legend>{text.dialog.which}</legend>
      {steps.map((step) => (
        <p key={step} class="check">
          <input
            id={`${name}-${step}`}
            type="radio"
            name={name}
            checked={chosen === step}
            onChange={() => onChoose(step)}
          />
          <label for={`${name}-${step}`}>{text.steps[step]}</label>
        </p>
      ))}
    </fieldset>
  );
}

/** In the menu of a conversation. A third party declares nothing, and rates nothing. */
export function StepButtons(props: { line: ThreadLine; onStep: () => void; onRate: () => void }): VNode | null {
  const { line, onStep, onRate } = props;
  const text = useTextOf(boardTexts);
  return line.party > 1 ? null : (
    <>
      <Choice disabled={line.closed} onChoose={onStep}>
        {text.note}
      </Choice>
      <Choice onChoose={onRate}>{text.rate}</Choice>
    </>
  );
}

/** All the steps that the conversation can have now, to choose one. */
export function DeclaringNext({ line, onClose }: { line: ThreadLine; onClose: () => void }): VNode {
  return <Declaring thread={line.id} steps={stepsFor(reached(line))} onClose={onClose} />;
}

/** What the other side declared and one's own may answer; nothing where it declared nothing. */
export function Declared({ line }: { line: ThreadLine }): VNode | null {
  const text = useTextOf(boardTexts);
  const [chosen, setChosen] = useState<Step | null>(null);
  const answers = line.party > 1 ? [] : answersTo(reached(line));
  if (answers.length === 0) {
    return null;
  }
  return (
    <>
      {answers.map(({ what, steps }) => (
        <aside key={what} class="banner">
          <p>
            <strong>{text.proposed[what]}</strong>
          </p>
          <p class="actions">
            {steps.map((step, at) => (
              <button key={step} type="button" class={at === 0 ? "primary" : ""} onClick={() => setChosen(step)}>
                {step === "installed" ? text.confirmInstalled : text.steps[step]}
              </button>
            ))}
          </p>
        </aside>
      ))}
      {chosen === null ? null : <Declaring thread={line.id} steps={[chosen]} onClose={() => setChosen(null)} />}
    </>
  );
}

export interface Answer {
  readonly what: "meeting" | "offer" | "installed";
  readonly steps: readonly Step[];
}

/** What may be answered, and how. */
export function answersTo({ stage, meeting, offer, installed }: Reached): readonly Answer[] {
  if (stage === "closed" || stage === "installed") {
    return [];
  }
  return [
    ...(meeting === "peer" ? [{ what: "meeting", steps: ["meeting_confirmed"] } as const] : []),
    ...(offer === "peer" ? [{ what: "offer", steps: ["offer_accepted", "offer_declined"] } as const] : []),
    ...(installed.includes("peer") && !installed.includes("own")
      ? [{ what: "installed", steps: ["installed"] } as const]
      : []),
  ];
}
