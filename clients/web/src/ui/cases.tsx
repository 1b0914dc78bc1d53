/** Where cases of moderation stand, for both sides, in their conversation. */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type CaseView, type Id, type MailboxView, stretchIn, type ThreadView } from "../core/office.ts";
import type { Message } from "../core/views.ts";
import { casesIn, isAsked, stepsOf, stopOf } from "./case-rules.ts";
import { moderationEn } from "./catalogue-moderation.en.ts";
import { moderationFr } from "./catalogue-moderation.fr.ts";
import { reportingEn } from "./catalogue-reporting.en.ts";
import { reportingFr } from "./catalogue-reporting.fr.ts";
import { Said } from "./choosing.tsx";
import { useSurroundings, useTextOf } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { ReasonsShown } from "./reasons.tsx";
import { referenceOf } from "./telling-reading.tsx";
import { TellingDialog } from "./telling.tsx";

const texts = { fr: reportingFr, en: reportingEn };
const words = { fr: moderationFr, en: moderationEn };
/** So many cases of one conversation are told of above the composer; the list has all. */
const toldMax = 2;

interface ThreadProps {
  readonly view: ThreadView;
  readonly mailbox: MailboxView;
}

type Shown = { readonly case: Id; readonly as: "case" | "answer" | "appeal" };

/** Above the composer: what moderators ask and tell about this conversation. */
export function ThreadCases({ view, mailbox }: ThreadProps): VNode {
  const [shown, show] = useState<Shown | null>(null);
  const all = casesIn(mailbox.cases, view.id);
  const found = all.find((each) => each.case === shown?.case) ?? null;
  // A dialog that gives way to the next one is closed late, by the browser.
  const close = (as: Shown["as"]) => () => show((now) => (now?.as === as ? null : now));
  return (
    <>
      <div aria-live="polite">
        {all
          .filter((each) => each.progress !== "closed")
          .slice(0, toldMax)
          .map((each) => (
            <Told key={each.case} about={each} onSee={() => show({ case: each.case, as: "case" })} />
          ))}
      </div>
      {shown === null || found === null ? null : shown.as === "case" ? (
        <CaseDialog about={found} view={view} onShow={(as) => show({ case: found.case, as })} onClose={close("case")} />
      ) : (
        <TellingDialog view={view} kind={shown.as} about={found.case} onClose={close(shown.as)} />
      )}
    </>
  );
}

function Told({ about, onSee }: { about: CaseView; onSee: () => void }): VNode {
  const { cases: text } = useTextOf(texts);
  const { dates } = useSurroundings();
  return (
    <aside class={isAsked(about) ? "banner case asked" : "banner case"}>
      <p>
        {isAsked(about) ? <strong>{newsOf(about, text)}</strong> : newsOf(about, text)}{" "}
        {about.answer_until === undefined ? null : text.until(dates.date(about.answer_until))}
      </p>
      <p class="actions">
        <button type="button" onClick={onSee}>
          {text.see}
        </button>
      </p>
    </aside>
  );
}

/** What is new of a case, in a sentence. */
export function newsOf(about: CaseView, text: typeof reportingFr.cases): string {
  const { side, progress, in_question: seqs = [] } = about;
  return isAsked(about) ? text.asked(seqs.length) : (text.news[side]?.[progress] ?? text.sides[side] ?? text.title);
}

interface CaseDialogProps {
  readonly about: CaseView;
  readonly view: ThreadView;
  readonly onShow: (as: "answer" | "appeal") => void;
  readonly onClose: () => void;
}

function CaseDialog({ about, view, onShow, onClose }: CaseDialogProps): VNode {
  const { cases: text, telling } = useTextOf(texts);
  return (
    <Dialog title={text.sides[about.side] ?? text.title} onClose={onClose}>
      <CaseBody about={about} view={view} />
      <p class="actions">
        {about.side === "accused" && !isOver(about) ? (
          <button type="button" class={isAsked(about) ? "primary" : ""} onClick={() => onShow("answer")}>
            {text.answer}
          </button>
        ) : null}
        {about.appeal_until === undefined ? null : (
          <button type="button" onClick={() => onShow("appeal")}>
            {text.appeal}
          </button>
        )}
        <button type="button" onClick={onClose}>
          {telling.close}
        </button>
      </p>
    </Dialog>
  );
}

const isOver = ({ progress }: CaseView): boolean => ["upheld", "overturned", "closed"].includes(progress);

interface BodyProps {
  readonly about: CaseView;
  /** Where it is at hand: the messages in question are shown then. */
  readonly view: ThreadView | null;
}

/** A case as its side sees it: never who moderates, never what the other side said. */
export function CaseBody({ about, view }: BodyProps): VNode {
  const { cases: text } = useTextOf(texts);
  const moderation = useTextOf(words);
  const { dates } = useSurroundings();
  const at = dates.date(about.opened_at);
  return (
    <div class="case-body">
      <p class="quiet">
        {about.side === "reporter" ? text.reportedAt(at) : text.toldAt(at)}. {text.reference(referenceOf(about.case))}.
        {about.category === undefined ? "" : ` ${moderation.categories[about.category]}.`}
      </p>
      <Way about={about} />
      {about.side === "accused" ? <Question about={about} view={view} /> : null}
      <Decided about={about} />
      {about.appeal_until === undefined ? null : <p>{text.appealUntil(dates.date(about.appeal_until))}</p>}
      <Unmasked about={about} view={view} />
    </div>
  );
}

/** The steps of the case, the current one marked. */
function Way({ about }: { about: CaseView }): VNode | null {
  const { cases: text } = useTextOf(texts);
  const moderation = useTextOf(words);
  const { steps, at } = stepsOf(about);
  return about.side === "unmasked" ? null : (
    <ol class="way" aria-label={text.steps}>
      {steps.map((step, index) => (
        <li
          key={step}
          class={index < at ? "past" : index > at ? "ahead" : ""}
          aria-current={index === at ? "step" : undefined}
        >
          {moderation.progress[step] ?? step}
        </li>
      ))}
    </ol>
  );
}

/** For the accused: which of their own messages, until when, and never whose words. */
function Question({ about, view }: BodyProps): VNode {
  const { cases: text } = useTextOf(texts);
  const { dates } = useSurroundings();
  const { in_question: seqs = [], answer_until: until, answered = 0 } = about;
  return (
    <section>
      <h3>{text.inQuestion}</h3>
      {view === null ? null : <Questioned view={view} seqs={seqs} />}
      <p>{text.never}</p>
      {until === undefined ? null : (
        <p>
          <strong>{text.until(dates.date(until))}</strong> {text.more}
        </p>
      )}
      {answered === 0 ? null : <p>{text.answered(answered)}</p>}
    </section>
  );
}

function Questioned({ view, seqs }: { view: ThreadView; seqs: readonly number[] }): VNode {
  const messages = useMessages(view, seqs);
  return (
    <ul class="questioned">
      {messages.map((message) => (
        <li key={message.seq}>
          <Said message={message} />
        </li>
      ))}
    </ul>
  );
}

/** These messages, older ones read from where they are kept. */
function useMessages(view: ThreadView, seqs: readonly number[]): readonly Message[] {
  const { office } = useSurroundings();
  const [older, setOlder] = useState<readonly Message[]>([]);
  const missing = seqs.filter((seq) => seq < view.from);
  useEffect(() => {
    const read = async (): Promise<void> => {
      const found: Message[] = [];
      for (const seq of missing) {
        const stretch = stretchIn(await office.act({ type: "items", thread: view.id, before: seq + 1 }));
        found.push(...messagesIn(stretch?.items ?? [], [seq]));
      }
      setOlder(found);
    };
    read().catch(() => undefined);
  }, [missing.join(" ")]);
  return [...older, ...messagesIn(view.items, seqs)];
}

const messagesIn = (items: ThreadView["items"], seqs: readonly number[]): Message[] =>
  items.filter((item) => item.type === "message").filter((item) => seqs.includes(item.seq));

/** The measure, and the statements of reasons with what came of an appeal. */
function Decided({ about }: { about: CaseView }): VNode {
  const { cases: text } = useTextOf(texts);
  const moderation = useTextOf(words);
  const { dates } = useSurroundings();
  const { measure, ends_at: endsAt, statements = [] } = about;
  return (
    <>
      {measure === undefined ? null : (
        <p>
          <strong>
            {text.measure(moderation.measures[measure] ?? measure, endsAt === undefined ? null : dates.date(endsAt))}
          </strong>
        </p>
      )}
      {statements.map((statement) => (
        <section key={statement.at} class="preview">
          <h3>
            {text.reasons} <small>{text.reasonsAt(dates.date(statement.at))}</small>
          </h3>
          <ReasonsShown statement={statement} />
        </section>
      ))}
    </>
  );
}

function Unmasked({ about, view }: { about: CaseView; view: ThreadView | null }): VNode | null {
  const { cases: text } = useTextOf(texts);
  const { dates } = useSurroundings();
  const { unmasked_at: at, unmasked, side } = about;
  if (at === undefined) {
    return null;
  }
  const isOwn = side === "unmasked" || (view !== null && view.party === unmasked);
  const date = dates.date(at);
  return (
    <section>
      <p>{isOwn ? text.unmaskedOwn(date) : text.unmaskedOther(date)}</p>
      <p class="quiet">{text.unmaskedHint}</p>
    </section>
  );
}

interface StoppedProps extends ThreadProps {
  /** Whether one is the third party: the reasons are then the sides’. */
  readonly isGuest?: boolean;
}

/** In the place of the composer: why nobody writes here, or why oneself writes nowhere. */
export function Stopped({ view, mailbox, isGuest = false }: StoppedProps): VNode | null {
  const { stopped: text } = useTextOf(texts);
  const { dates, now } = useSurroundings();
  const stop = stopOf(mailbox.cases, view.id, view.gist.frozen, now());
  if (stop === null) {
    return null;
  }
  const { kind, until, why } = stop;
  return (
    <section class="stopped">
      <p role="status">
        <strong>{text[kind]}</strong> {until === null ? "" : text.until(dates.date(until))}
      </p>
      {why === null ? <p>{isGuest ? text.toSides : text.soon}</p> : <Why view={view} why={why} />}
    </section>
  );
}

/** Leads to the case that says why. */
function Why({ view, why }: { view: ThreadView; why: CaseView }): VNode {
  const { cases, stopped: text } = useTextOf(texts);
  const [shown, show] = useState<Shown["as"] | null>(null);
  const close = (as: Shown["as"]) => () => show((before) => (before === as ? null : before));
  return (
    <>
      <p class="actions">
        <button type="button" onClick={() => show("case")}>
          {text.why}
        </button>
      </p>
      {shown === null ? null : shown !== "case" ? (
        <TellingDialog view={view} kind={shown} about={why.case} onClose={close(shown)} />
      ) : why.thread === view.id ? (
        <CaseDialog about={why} view={view} onShow={show} onClose={close("case")} />
      ) : (
        // What was decided about another conversation is answered there.
        <Dialog title={cases.sides[why.side] ?? cases.title} onClose={close("case")}>
          <CaseBody about={why} view={null} />
        </Dialog>
      )}
    </>
  );
}
