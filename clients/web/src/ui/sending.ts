/** Sends what was written in a conversation; the draft of it goes with it. */

import type { ThreadLine } from "../core/office.ts";
import { useActing, useSurroundings } from "./context.ts";

/** Whether it was taken. */
export function useSending(line: ThreadLine): (text: string) => Promise<boolean> {
  const { office, newId } = useSurroundings();
  const { act } = useActing();
  return async (text) => {
    const sent = await act({ type: "send", thread: line.id, msgId: newId(), text });
    if (sent && line.draft !== "") {
      office.act({ type: "draft", thread: line.id, text: "" }).catch(() => undefined);
    }
    return sent;
  };
}
