/** Consenting: the proposal above the composer, that a refusal is not shown, and the way back. */

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { CardValues } from "../core/consenting.ts";
import type { OwnCard, ThreadView } from "../core/office.ts";
import { useActing, useSurroundings, useText } from "./context.ts";
import { later } from "./later.tsx";

const ConsentDialog = later(async () => (await import("./consent-dialog.tsx")).ConsentDialog);

interface Props {
  readonly view: ThreadView;
  /** One's own seat: whose card waits. */
  readonly seat: string;
  readonly card: CardValues;
  readonly onCard: (card: CardValues) => void;
  readonly channel: string;
}

/** Above the composer, until identities are exchanged. */
export function ConsentBanner(props: Props): VNode | null {
  const { view, seat } = props;
  const own = view.cards?.findLast((each) => each.seat === seat) ?? null;
  if (!view.gist.spoken || view.gist.released) {
    return null;
  }
  const isWaiting = own?.state === "waiting";
  return (
    <aside class={isWaiting ? "banner waiting" : "banner"}>
      <div aria-live="polite">
        {isWaiting ? <Waiting /> : <Invitation asked={view.gist.asked} wasWithdrawn={own?.state === "withdrawn"} />}
      </div>
      {isWaiting ? <Withdrawing view={view} own={own} /> : <Inviting {...props} />}
    </aside>
  );
}

function Waiting(): VNode {
  return <p>{useText().consent.waiting}</p>;
}

interface InvitationProps {
  readonly asked: ThreadView["gist"]["asked"];
  readonly wasWithdrawn: boolean;
}

function Invitation({ asked, wasWithdrawn }: InvitationProps): VNode {
  const { consent } = useText();
  return (
    <>
      <p>
        <strong>{asked !== false ? consent.banner : consent.bannerAsked}</strong> {consent.bannerHint}
      </p>
      {wasWithdrawn ? <p>{consent.withdrawn}</p> : null}
    </>
  );
}

function Inviting({ view, card, onCard, channel }: Props): VNode {
  const { consent } = useText();
  const { newId } = useSurroundings();
  const { busy, act } = useActing();
  const [choosing, choose] = useState(false);
  return (
    <>
      <p class="actions">
        <button type="button" class="primary" onClick={() => choose(true)}>
          {consent.propose}
        </button>
        {view.gist.asked === null ? (
          <button
            type="button"
            disabled={busy}
            onClick={() => void act({ type: "ask", thread: view.id, msgId: newId() })}
          >
            {consent.askFirst}
          </button>
        ) : null}
      </p>
      {choosing ? (
        <ConsentDialog view={view} card={card} onCard={onCard} channel={channel} onClose={() => choose(false)} />
      ) : null}
    </>
  );
}

function Withdrawing({ view, own }: { view: ThreadView; own: OwnCard }): VNode {
  const { consent } = useText();
  const { busy, act } = useActing();
  return (
    <p class="actions">
      <button
        type="button"
        disabled={busy}
        onClick={() => void act({ type: "withdraw", thread: view.id, card: own.card })}
      >
        {consent.withdraw}
      </button>
    </p>
  );
}
