/** Sends what was written in a conversation. */

import type { ThreadLine } from "../core/office.ts";
import { useActing, useSurroundings } from "./context.ts";

/** Whether it was taken. */
export function useSending(line: ThreadLine): (text: string) => Promise<boolean> {
  const { newId } = useSurroundings();
  const { act } = useActing();
  return async (text) => act({ type: "send", thread: line.id, msgId: newId(), text });
}
