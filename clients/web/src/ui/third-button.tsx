/** In the menu of a conversation: to invite a third party, or to end its presence. */

import type { VNode } from "preact";
import type { ThreadView } from "../core/office.ts";
import type { Presented } from "../core/views.ts";
import { useActing, useSurroundings, useText } from "./context.ts";
import { Choice } from "./menu.tsx";

/** As the platform presents it. */
export const nameOf = ({ group, area }: Presented): string => (area === "" ? group : `${group}, ${area}`);

export function ThirdButton({ view, onInvite }: { view: ThreadView; onInvite: () => void }): VNode {
  const { guest } = useText();
  const { newId } = useSurroundings();
  const { busy, act } = useActing();
  return view.third === null ? (
    <Choice disabled={busy || view.silence !== null} onChoose={onInvite}>
      {guest.invite}
    </Choice>
  ) : (
    <Choice disabled={busy} onChoose={() => void act({ type: "endThird", thread: view.id, msgId: newId() })}>
      {guest.end}
    </Choice>
  );
}
