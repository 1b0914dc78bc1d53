/** One case: what is free is claimed first; what one has is opened, once the audit log proves to say so. */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { hexOfId } from "../core/base64.ts";
import type { ActionFailed, CaseShown, Id, QueuedCase } from "../core/office.ts";
import { useTextOf } from "../ui/context.ts";
import { moderationTexts } from "../ui/moderation-words.ts";
import { PageBar } from "../ui/page-bar.tsx";
import { breaksProof, useAsking, useBench } from "./bench.ts";
import { OpenedCase } from "./opened.tsx";
import { Facts } from "./facts.tsx";

interface Props {
  readonly id: Id;
  readonly onBack: () => void;
}

export function CasePage({ id, onBack }: Props): VNode {
  const { words, queue, reread } = useBench();
  const moderation = useTextOf(moderationTexts);
  const { busy, ask } = useAsking();
  const [opened, setOpened] = useState<CaseShown | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const row = queue?.cases.find((each) => each.case === id) ?? null;
  const isMine = row?.mine === true;
  const open = async (): Promise<void> => {
    const takes = (failure: ActionFailed): boolean => {
      setRefused(breaksProof(failure) ? failure.reason : "");
      return breaksProof(failure);
    };
    setRefused(null);
    const found = (await ask({ do: "open", case: id }, takes))?.opened ?? null;
    setOpened(found);
  };
  const take = async (): Promise<void> => {
    const isSecond = row?.wants_second === true && !isMine;
    if ((await ask({ do: isSecond ? "second" : "claim", case: id })) !== null) {
      await reread();
    }
  };
  useEffect(() => {
    if (isMine) {
      void open();
    } else {
      setOpened(null);
    }
  }, [isMine]);
  const title = row === null ? words.file.reference(hexOfId(id).slice(0, 8)) : moderation.categories[row.category];
  return (
    <article class="case">
      <PageBar title={title} onBack={onBack} />
      <div class="sheet">
        {row === null ? (
          <p class="quiet">{queue === null ? words.queue.loading : words.failed["not_found"]}</p>
        ) : isMine ? (
          <Held opened={opened} refused={refused} row={row} open={open} />
        ) : (
          <Free row={row} busy={busy} onTake={() => void take()} />
        )}
      </div>
    </article>
  );
}

/** Nothing of what was said: only what stands in the queue. */
function Free({ row, busy, onTake }: { row: QueuedCase; busy: boolean; onTake: () => void }): VNode {
  const { words } = useBench();
  const { file } = words;
  const wantsSecond = row.wants_second === true;
  return (
    <>
      <Facts row={row} />
      <p>{wantsSecond ? file.secondHint : file.claimHint}</p>
      <p class="actions">
        <button type="button" class="primary" data-key="claim" disabled={busy} onClick={onTake}>
          {wantsSecond ? file.second : file.claim}
        </button>
      </p>
    </>
  );
}

interface HeldProps {
  readonly opened: CaseShown | null;
  /** The rule that what the service showed breaks; empty: it was not opened for another reason; null: neither. */
  readonly refused: string | null;
  readonly row: QueuedCase;
  readonly open: () => Promise<void>;
}

function Held({ opened, refused, row, open }: HeldProps): VNode {
  const { words } = useBench();
  const { file } = words;
  if (refused !== null) {
    return (
      <>
        <p class="alarm" role="alert">
          {refused === "" ? file.failed : `${file.refused} ${file.refusedHint(refused)}`}
        </p>
        <p class="actions">
          <button type="button" onClick={() => void open()}>
            {file.again}
          </button>
        </p>
      </>
    );
  }
  return opened === null ? (
    <p role="status">{file.opening}</p>
  ) : (
    <OpenedCase file={opened} row={row} onAgain={() => void open()} />
  );
}
