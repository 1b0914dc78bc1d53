/** Closing a conversation: why, for the figures, and whether the other side is told. */

import type { ClosingReason, Id } from "../core/office.ts";
import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";
import { reasons } from "../core/openly.ts";
import { useActing, useSurroundings, useText } from "./context.ts";
import { Dialog } from "./dialog.tsx";

export function Closing({ thread, onClose }: { thread: Id; onClose: () => void }): VNode {
  const { closing, consent } = useText();
  const { newId } = useSurroundings();
  const { busy, act } = useActing();
  const [reason, setReason] = useState<ClosingReason>("other");
  const [tell, setTell] = useState(false);
  const id = useId();
  const close = async (): Promise<void> => {
    if (await act({ type: "close", thread, msgId: newId(), reason, tell })) {
      onClose();
    }
  };
  return (
    <Dialog title={closing.title} onClose={onClose}>
      <p>{closing.hint}</p>
      <label for={id}>{closing.reason}</label>
      <select
        id={id}
        value={reason}
        onChange={(event) => setReason(reasons.find((each) => each === event.currentTarget.value) ?? "other")}
      >
        {reasons.map((each) => (
          <option key={each} value={each}>
            {closing.reasons[each]}
          </option>
        ))}
      </select>
      <p class="check">
        <input
          id={`${id}-tell`}
          type="checkbox"
          checked={tell}
          onChange={(event) => setTell(event.currentTarget.checked)}
        />
        <label for={`${id}-tell`}>{closing.tell}</label>
      </p>
      <p class="actions">
        <button type="button" class="primary" disabled={busy} onClick={() => void close()}>
          {closing.confirm}
        </button>
        <button type="button" onClick={onClose}>
          {consent.cancel}
        </button>
      </p>
    </Dialog>
  );
}
