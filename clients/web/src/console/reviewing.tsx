/** An appeal, before a moderator who had no part in the decision: it stands, or ends, with another in its place or none. */

import type { VNode } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import type { CaseShown } from "../core/office.ts";
import { useSurroundings } from "../ui/context.ts";
import { useAsking, useBench } from "./bench.ts";
import { Faults, useNextCase } from "./deciding.tsx";
import { DecisionFields } from "./decision-fields.tsx";
import { DecisionForm } from "./decision-form.tsx";
import {
  decisionOf,
  type Draft,
  type Fault,
  faultsOfReview,
  namedIn,
  type ReviewDraft,
  ruleTemplate,
} from "./draft.ts";
import { InBothLanguages, OneOf } from "./fields.tsx";

interface Props {
  readonly file: CaseShown;
  readonly chosen: readonly number[];
  readonly isProven: boolean;
}

export function Reviewing({ file, chosen, isProven }: Props): VNode {
  const { words, reread, go, say } = useBench();
  const { newId } = useSurroundings();
  const { busy, ask } = useAsking();
  const [draft, setDraft] = useState<ReviewDraft>({ overturn: null, reasons: { fr: "", en: "" }, instead: null });
  const [faults, setFaults] = useState<readonly Fault[]>([]);
  const begun = begunFrom(file);
  const goOn = useNextCase(file.case);
  const insteadId = useRef(newId());
  const id = useId();
  const decide = async (isNext: boolean): Promise<void> => {
    const { overturn, reasons } = draft;
    const instead = overturn === true && draft.instead !== null ? namedIn(draft.instead, chosen) : null;
    const found = faultsOfReview({ ...draft, instead }, chosen, isProven);
    setFaults(found);
    if (found.length > 0 || overturn === null) {
      return;
    }
    const more = instead === null ? {} : { instead: decisionOf(instead, insteadId.current, chosen) };
    if ((await ask({ do: "review", case: file.case, review: { overturn, reasons, ...more } })) !== null) {
      say(words.review.done);
      go(isNext ? goOn() : { name: "list" });
      await reread();
    }
  };
  return (
    <section class="deciding">
      <h2 id="decision" tabIndex={-1}>
        {words.review.heading}
      </h2>
      <p class="quiet">{words.review.hint}</p>
      <DecisionForm busy={busy} go={words.review.go} goNext={words.review.goNext} onDecide={decide}>
        <OneOf
          legend={words.review.outcome}
          value={draft.overturn === null ? null : draft.overturn ? "overturn" : "uphold"}
          options={[
            ["uphold", words.review.uphold],
            ["overturn", words.review.overturn],
          ]}
          onChange={(outcome) => setDraft({ ...draft, overturn: outcome === "overturn" })}
        />
        <InBothLanguages
          label={words.review.reasons}
          value={draft.reasons}
          onChange={(reasons) => setDraft({ ...draft, reasons })}
        />
        {draft.overturn === true ? (
          <>
            <p class="check">
              <input
                id={id}
                type="checkbox"
                checked={draft.instead !== null}
                onChange={(event) => setDraft({ ...draft, instead: event.currentTarget.checked ? begun : null })}
              />
              <label for={id}>{words.review.instead}</label>
            </p>
            {draft.instead === null ? null : (
              <DecisionFields
                draft={draft.instead}
                chosen={chosen}
                isAlone
                onChange={(instead) => setDraft({ ...draft, instead })}
              />
            )}
          </>
        ) : null}
        <Faults faults={faults} />
      </DecisionForm>
    </section>
  );
}

/** What stands instead begins with what was decided: mostly it is the measure that changes. */
function begunFrom(file: CaseShown): Draft {
  const before = file.decisions.at(-1);
  return {
    measure: null,
    ground: before?.ground ?? "terms",
    rule: before?.rule ?? ruleTemplate,
    facts: before?.facts ?? { fr: "", en: "" },
    days: "",
    abusive: false,
  };
}
