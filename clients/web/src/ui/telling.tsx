/**
 * Telling moderators something: what they will and will not read is said first, then one chooses and writes, reads over
 * exactly what is handed over, and sends. A report, an answer and an appeal are told alike.
 */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Begun, Id, Office, Receipt, ThreadView } from "../core/office.ts";
import type { Telling } from "../core/telling.ts";
import { reportingEn } from "./catalogue-reporting.en.ts";
import { reportingFr } from "./catalogue-reporting.fr.ts";
import { useItems } from "./choosing.tsx";
import { useSurroundings, useTextOf } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { focusOn } from "./focus.ts";
import { ask, Reading, referenceOf } from "./telling-reading.tsx";
import { type Change, Writing } from "./telling-writing.tsx";
import "./reporting.css";

const texts = { fr: reportingFr, en: reportingEn };
const keepMs = 500;

interface Props {
  readonly view: ThreadView;
  readonly kind: Telling["kind"];
  /** Which is answered or contested; null for a report. */
  readonly about: Id | null;
  /** The message to begin with; 0: none. */
  readonly from?: number;
  readonly onClose: () => void;
}

type Step = "writing" | "reading" | "done";

export function TellingDialog(props: Props): VNode {
  const { view, kind, about, from = 0, onClose } = props;
  const { telling: text } = useTextOf(texts);
  const { office } = useSurroundings();
  const [telling, setTelling] = useTelling(props);
  const [key, setKey] = useState<Begun["key"] | null>(null);
  const [step, setStep] = useState<Step>("writing");
  const [receipt, setReceipt] = useState<Receipt | null>(null);
  const choosable = useItems(view, from);
  useEffect(() => {
    const begin = async (): Promise<void> => {
      const found = await begun(office, view.id, about);
      setKey(found.key);
      setTelling((now) => taken(now, found.begun));
    };
    begin().catch(() => setKey("unknown"));
  }, []);
  useKeeping(view.id, telling, step !== "done" && key !== null);
  const go = (next: Step): void => {
    setStep(next);
    setTimeout(() => focusOn("dialog[open] h2"));
  };
  const cancel = (): void => {
    ask(office, view.id, { do: "keep", telling: { ...telling, text: "", seqs: [] } }).catch(() => undefined);
    onClose();
  };
  const shared = { view, telling, choosable, onCancel: cancel };
  return (
    <Dialog title={receipt === null ? text.titles[kind] : text.done[kind]} onClose={onClose}>
      {key === "refused" || key === "none" ? (
        <Refused why={text[key]} onClose={onClose} />
      ) : step === "writing" ? (
        <Writing {...shared} isOffline={key === "unknown"} onTelling={setTelling} onNext={() => go("reading")} />
      ) : receipt === null ? (
        <Reading
          {...shared}
          onChange={() => go("writing")}
          onTold={(told) => {
            setReceipt(told);
            go("done");
          }}
        />
      ) : (
        <Done receipt={receipt} onClose={onClose} />
      )}
    </Dialog>
  );
}

async function begun(office: Office, thread: Id, about: Id | null): Promise<Begun> {
  const found = await ask(office, thread, { do: "begin", case: about });
  return found !== null && "key" in found ? found : { key: "unknown", begun: null, receipts: [] };
}

/** What was begun before goes on, with what was chosen now. */
function taken(now: Telling, before: Telling | null): Telling {
  if (before === null || now.text !== "") {
    return now;
  }
  const seqs = [...new Set([...before.seqs, ...now.seqs])].sort((a, b) => a - b);
  // Words that were begun as an answer may become an appeal: what it is told as is what was asked for now.
  return now.kind === "report" ? { ...before, seqs } : { ...now, id: before.id, text: before.text, seqs };
}

function useTelling({ view, kind, about, from = 0 }: Props): readonly [Telling, Change] {
  const { newId } = useSurroundings();
  const [telling, setTelling] = useState<Telling>(() => ({
    id: newId(),
    kind,
    case: about,
    about: authorOf(view, from) ?? (view.party === 0 ? 1 : 0),
    category: null,
    text: "",
    seqs: from > 0 ? [from] : [],
  }));
  return [telling, setTelling];
}

/** Who wrote a message of the others; null where that is not at hand. */
function authorOf(view: ThreadView, seq: number): number | null {
  const found = view.items.find((item) => item.seq === seq);
  return found?.type === "message" && !found.own ? found.party : null;
}

/** Keeps what is prepared on this device, until it is told. */
function useKeeping(thread: Id, telling: Telling, isBegun: boolean): void {
  const { office } = useSurroundings();
  useEffect(() => {
    const timer = setTimeout(() => {
      if (isBegun) {
        ask(office, thread, { do: "keep", telling }).catch(() => undefined);
      }
    }, keepMs);
    return () => clearTimeout(timer);
  }, [telling, isBegun]);
}

function Refused({ why, onClose }: { why: string; onClose: () => void }): VNode {
  const { telling: text } = useTextOf(texts);
  return (
    <>
      <p role="alert" class="wrong">
        {why}
      </p>
      <p class="actions">
        <button type="button" class="primary" onClick={onClose}>
          {text.close}
        </button>
      </p>
    </>
  );
}

function Done({ receipt, onClose }: { receipt: Receipt; onClose: () => void }): VNode {
  const { telling: text } = useTextOf(texts);
  const { dates } = useSurroundings();
  const at = `${dates.date(receipt.at)} ${dates.clock(receipt.at)}`;
  return (
    <>
      <p role="status">{text.receipt(at, referenceOf(receipt.case))}</p>
      <p>{text.doneHint[receipt.kind]}</p>
      <p class="actions">
        <button type="button" class="primary" onClick={onClose}>
          {text.close}
        </button>
      </p>
    </>
  );
}
