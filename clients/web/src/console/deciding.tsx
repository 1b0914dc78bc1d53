/** The decision with its statement of reasons: nothing is sent while a blank is left, and what is sent can be read before. */

import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { CaseShown, Id, Letters } from "../core/office.ts";
import { useSurroundings } from "../ui/context.ts";
import { ReasonsShown } from "../ui/reasons.tsx";
import { useAsking, useBench } from "./bench.ts";
import { DecisionFields } from "./decision-fields.tsx";
import { DecisionForm } from "./decision-form.tsx";
import { decisionOf, type Draft, type Fault, faultsOf, namedIn, ruleTemplate } from "./draft.ts";
import { toNextBlank } from "./fields.tsx";

interface Props {
  readonly file: CaseShown;
  /** Messages of the accused on which the decision rests. */
  readonly chosen: readonly number[];
  /** Whether a report of the case verified. */
  readonly isProven: boolean;
}

/** What was begun is there when one comes back to the case. */
const drafts = new Map<Id, Draft>();

export function Deciding({ file, chosen, isProven }: Props): VNode {
  const { words, reread, go, say } = useBench();
  const { newId } = useSurroundings();
  const { busy, ask } = useAsking();
  const [draft, setDraft] = useDraft(file);
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const [letters, setLetters] = useState<Letters | null>(null);
  const goOn = useNextCase(file.case);
  const form = useRef<HTMLFormElement>(null);
  // The same decision as long as nothing of it changes: sent again after a lost answer it is not another one.
  const sent = useRef({ id: newId(), of: "" });
  const change = (next: Draft): void => {
    drafts.set(file.case, next);
    setDraft(next);
    setLetters(null);
  };
  const whole = namedIn(draft, chosen);
  const isComplete = (): boolean => {
    const found = faultsOf(whole, chosen, isProven);
    setFaults(found);
    return found.length === 0;
  };
  const decision = (): ReturnType<typeof decisionOf> => {
    const of = JSON.stringify([whole, chosen]);
    if (sent.current.of !== of) {
      sent.current = { id: newId(), of };
    }
    return decisionOf(whole, sent.current.id, chosen);
  };
  const preview = async (): Promise<void> => {
    if (isComplete()) {
      setLetters((await ask({ do: "letters", case: file.case, decision: decision() }))?.letters ?? null);
    }
  };
  const decide = async (isNext: boolean): Promise<void> => {
    if (!isComplete()) {
      return;
    }
    const state = (await ask({ do: "decide", case: file.case, decision: decision() }))?.state;
    if (state === undefined) {
      return;
    }
    drafts.delete(file.case);
    say(state === "proposed" ? words.decide.proposed : words.decide.in_force);
    go(isNext ? goOn() : { name: "list" });
    await reread();
  };
  return (
    <section class="deciding">
      <h2 id="decision" tabIndex={-1}>
        {words.decide.heading}
      </h2>
      <DecisionForm form={form} busy={busy} go={words.decide.go} goNext={words.decide.goNext} onDecide={decide}>
        <DecisionFields draft={draft} chosen={chosen} onChange={change} />
        <p class="actions">
          <button type="button" onClick={() => toNextBlank(form.current)}>
            {words.decide.next}
          </button>
          <button type="button" disabled={busy} onClick={() => void preview()}>
            {words.decide.preview}
          </button>
        </p>
        <Faults faults={faults} />
        {letters === null ? null : <LettersShown letters={letters} />}
      </DecisionForm>
    </section>
  );
}

/** Begins with the template of the case's category. */
function useDraft(file: CaseShown): readonly [Draft, (draft: Draft) => void] {
  const { queue } = useBench();
  const facts = queue?.facts.find((each) => each.category === file.category)?.text ?? { fr: "", en: "" };
  const begun: Draft = {
    measure: null,
    ground: "terms",
    rule: ruleTemplate,
    facts,
    days: "",
    abusive: false,
  };
  return useState<Draft>(() => drafts.get(file.case) ?? begun);
}

export function Faults({ faults }: { faults: readonly Fault[] }): VNode | null {
  const { words } = useBench();
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (faults.length > 0) {
      list.current?.focus();
    }
  }, [faults]);
  return faults.length === 0 ? null : (
    <div ref={list} class="alarm" role="alert" tabIndex={-1}>
      <p>{words.decide.faults}</p>
      <ul>
        {faults.map((fault) => (
          <li key={fault}>{words.decide.fault[fault]}</li>
        ))}
      </ul>
    </div>
  );
}

export function LettersShown({ letters }: { letters: Letters }): VNode {
  const { words } = useBench();
  return (
    <div class="letters">
      {(
        [
          [words.decide.toAccused, letters.accused],
          [words.decide.toReporter, letters.reporter],
        ] as const
      ).map(([to, letter]) => (
        <section key={to} class="letter">
          <h3>{to}</h3>
          <ReasonsShown statement={letter} />
        </section>
      ))}
    </div>
  );
}

/** Where one goes on: the next case of the queue that is one's own or free, or the queue. */
export function useNextCase(id: Id): () => { name: "list" } | { name: "case"; case: Id } {
  const { queue } = useBench();
  return () => {
    const next = (queue?.cases ?? []).find((each) => each.case !== id && each.state !== "awaiting");
    return next === undefined ? { name: "list" } : { name: "case", case: next.case };
  };
}
