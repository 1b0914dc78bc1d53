/** How a case went, the oldest first. */

import type { VNode } from "preact";
import type { CaseShown, StatementShown } from "../core/office.ts";
import type { moderationFr } from "../ui/catalogue-moderation.fr.ts";
import { useSurroundings, useTextOf } from "../ui/context.ts";
import { moderationTexts } from "../ui/moderation-words.ts";
import { useBench } from "./bench.ts";
import type { Words } from "./words.fr.ts";

export function Timeline({ file }: { file: CaseShown }): VNode {
  const { words } = useBench();
  const moderation = useTextOf(moderationTexts);
  const { dates } = useSurroundings();
  return (
    <section>
      <h2>{words.timeline.title}</h2>
      <ol class="timeline">
        {stepsOf(file, words, moderation).map(({ at, what }) => (
          <li key={`${at} ${what}`}>
            <time dateTime={new Date(at).toISOString()}>
              {dates.date(at)}, {dates.clock(at)}
            </time>
            <span>{what}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

interface Step {
  readonly at: number;
  readonly what: string;
}

function stepsOf(file: CaseShown, words: Words, { measures }: typeof moderationFr): readonly Step[] {
  const { timeline, decisionStates, unmaskingStates, party } = words;
  const steps: Step[] = [
    { at: file.opened_at, what: timeline.opened(words.origins[file.origin] ?? file.origin) },
    ...file.statements.map((said) => ({ at: said.at, what: saidOf(said, words) })),
    ...file.decisions.map(({ at, measure, state }) => ({
      at,
      what: timeline.decision(measures[measure] ?? measure, decisionStates[state] ?? state),
    })),
    ...file.unmaskings.map((each) => ({
      at: each.at,
      what: timeline.unmasking(party.name(each.party), unmaskingStates[each.state] ?? each.state),
    })),
    ...(file.due_at === null ? [] : [{ at: file.due_at, what: timeline.due }]),
  ];
  return steps.sort((a, b) => a.at - b.at);
}

function saidOf({ kind, isAppeal, party }: StatementShown, { timeline, party: names }: Words): string {
  const who = names.name(party);
  if (kind === "report") {
    return timeline.report(who);
  }
  return isAppeal ? timeline.appeal(who) : timeline.answer(who);
}
