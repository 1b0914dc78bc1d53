/** Telling moderators something, the last step: exactly what is handed over is read over, then sent. */

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { hexOfId } from "../core/base64.ts";
import type { Asked } from "../core/telling.ts";
import { ActionFailed, type Begun, type Id, type Office, type Receipt } from "../core/office.ts";
import { spanOf } from "../core/span.ts";
import { moderationEn } from "./catalogue-moderation.en.ts";
import { moderationFr } from "./catalogue-moderation.fr.ts";
import { reportingEn } from "./catalogue-reporting.en.ts";
import { reportingFr } from "./catalogue-reporting.fr.ts";
import { Handed } from "./choosing.tsx";
import { useSurroundings, useTextOf } from "./context.ts";
import type { StepProps } from "./telling-writing.tsx";

const texts = { fr: reportingFr, en: reportingEn };
const words = { fr: moderationFr, en: moderationEn };

/** What one refers to a case by, for people. */
export const referenceOf = (id: Id): string => hexOfId(id).slice(0, 8).toUpperCase();

/** Asks the core. @throws ActionFailed */
export async function ask(office: Office, thread: Id, asked: Asked): Promise<Begun | Receipt | null> {
  const outcome = await office.act({ type: "telling", thread, asked });
  if (outcome === null || !("told" in outcome)) {
    return null;
  }
  return "receipt" in outcome.told ? outcome.told.receipt : outcome.told;
}

interface ReadingProps extends StepProps {
  readonly onChange: () => void;
  readonly onTold: (receipt: Receipt) => void;
}

/** Exactly what is handed over, read over before it is. */
export function Reading({ view, telling, choosable, onChange, onCancel, onTold }: ReadingProps): VNode {
  const { telling: text } = useTextOf(texts);
  const moderation = useTextOf(words);
  const { office } = useSurroundings();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const span = spanOf(telling.seqs, view.first, view.seq);
  const send = async (): Promise<void> => {
    setBusy(true);
    setFailure(null);
    try {
      const told = await ask(office, view.id, { do: "tell", telling });
      if (told !== null && "at" in told) {
        onTold(told);
      }
    } catch (error) {
      setFailure(failureOf(error, text));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <h3>{text.preview}</h3>
      <div class="preview">
        {telling.category === null ? null : (
          <>
            <h4>{text.reason}</h4>
            <p>{moderation.categories[telling.category]}</p>
          </>
        )}
        {span === null || span.last === 0 ? null : <Handed items={choosable.items} span={span} chosen={telling.seqs} />}
        <h4>{text.yourWords}</h4>
        <p class="own-words" dir="auto">
          {telling.text.trim() === "" ? text.noWords : telling.text}
        </p>
      </div>
      <p class="quiet lock">{text.sealed}</p>
      <p role="alert" class="wrong">
        {failure ?? ""}
      </p>
      <p class="actions">
        <button type="button" class="primary" disabled={busy} onClick={() => void send()}>
          {text.send}
        </button>
        <button type="button" disabled={busy} onClick={onChange}>
          {text.change}
        </button>
        <button type="button" disabled={busy} onClick={onCancel}>
          {text.cancel}
        </button>
      </p>
    </>
  );
}

/** Why it was not taken, in one plain sentence. */
function failureOf(error: unknown, text: typeof reportingFr.telling): string {
  const { failed, refused, none } = text;
  if (!(error instanceof ActionFailed)) {
    return failed.other;
  }
  if (["BadModerationKey", "BadSignature", "BadKey", "BadEncoding"].includes(error.reason)) {
    return refused;
  }
  if (error.reason === "NoModerators") {
    return none;
  }
  const isAway = ["Unreachable", "TimedOut", "SignInNeeded", "Malformed"].includes(error.reason);
  return isAway ? failed.offline : (failed[error.code ?? error.reason] ?? failed.other);
}
