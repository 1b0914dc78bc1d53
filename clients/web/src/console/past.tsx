/** What was decided or proposed in a case, the second moderator's word on it, and what both sides were told. */

import type { VNode } from "preact";
import type { CaseShown, Id } from "../core/office.ts";
import { useSurroundings, useText, useTextOf } from "../ui/context.ts";
import { moderationTexts } from "../ui/moderation-words.ts";
import { ReasonsShown } from "../ui/reasons.tsx";
import { useAsking, useBench } from "./bench.ts";

interface Props {
  readonly file: CaseShown;
  /** Whether this moderator is the second one. */
  readonly isSecond: boolean;
  readonly onDone: () => void;
}

export function Past({ file, isSecond }: Props): VNode | null {
  const { words } = useBench();
  const { dates } = useSurroundings();
  const { lang } = useText();
  const moderation = useTextOf(moderationTexts);
  const { past, decisionStates, decide } = words;
  return file.decisions.length === 0 ? null : (
    <section>
      <h2>{past.heading}</h2>
      {file.decisions.map((each) => (
        <section key={each.decision} class="statement">
          <h3>{moderation.measures[each.measure]}</h3>
          <p class="quiet">
            {decisionStates[each.state] ?? each.state} · {dates.date(each.at)}
            {each.ends_at === null ? "" : ` · ${past.until(dates.date(each.ends_at))}`}
          </p>
          <dl>
            <div>
              <dt>{decide.facts}</dt>
              <dd class="words">{lang === "fr" ? each.facts.fr : each.facts.en}</dd>
            </div>
            <div>
              <dt>{decide.ground}</dt>
              <dd class="words">
                {moderation.grounds[each.ground]}. {lang === "fr" ? each.rule.fr : each.rule.en}
              </dd>
            </div>
          </dl>
          {each.state === "proposed" ? (
            <SecondWord id={file.case} subject={each.decision} isMine={each.is_mine || !isSecond} />
          ) : null}
        </section>
      ))}
    </section>
  );
}

interface WordProps {
  readonly id: Id;
  /** The decision or the unmasking. */
  readonly subject: Id;
  readonly isMine: boolean;
  /** Told once it was said, where the case is still to be looked at. */
  readonly onDone?: () => void;
}

/** The second moderator approves or refuses what another one proposed. */
export function SecondWord({ id, subject, isMine, onDone }: WordProps): VNode {
  const { words, reread, say, go } = useBench();
  const { busy, ask } = useAsking();
  const { past } = words;
  if (isMine) {
    return <p class="quiet">{past.waiting}</p>;
  }
  const speak = async (approve: boolean): Promise<void> => {
    if ((await ask({ do: "approve", case: id, subject, approve })) === null) {
      return;
    }
    say(approve ? past.approved : past.refusedDone);
    if (approve && onDone !== undefined) {
      onDone();
    } else {
      go({ name: "list" });
    }
    await reread();
  };
  return (
    <p class="actions">
      <button type="button" class="primary" disabled={busy} onClick={() => void speak(true)}>
        {past.approve}
      </button>
      <button type="button" disabled={busy} onClick={() => void speak(false)}>
        {past.refuse}
      </button>
    </p>
  );
}

export function Told({ file }: { file: CaseShown }): VNode | null {
  const { words } = useBench();
  const { dates } = useSurroundings();
  return file.told.length === 0 ? null : (
    <details>
      <summary>{words.past.told}</summary>
      {file.told.map((letter, at) => (
        <section key={at} class="letter">
          <p class="meta">{dates.date(letter.at)}</p>
          <ReasonsShown statement={letter} />
        </section>
      ))}
    </details>
  );
}
