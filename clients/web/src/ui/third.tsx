/** A third party, a facilitator say: proposed, let in by the other side, shown the door. Cards are never shown to it. */

import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";
import type { Id, ThreadView } from "../core/office.ts";
import { targetOf } from "../core/target-codes.ts";
import type { ThirdInvited } from "../core/views.ts";
import { guestEn } from "./catalogue-guest.en.ts";
import { guestFr } from "./catalogue-guest.fr.ts";
import { useActing, useSurroundings, useTextOf } from "./context.ts";
import { Dialog } from "./dialog.tsx";
import { nameOf } from "./third-button.tsx";

/** Of a code, with its dashes or without. */
const codeLength = 30;
const texts = { fr: guestFr, en: guestEn };

/** What the other side proposes, to be accepted, or not answered: that is not told. */
export function Invitations({ view }: { view: ThreadView }): VNode {
  return (
    <>
      {view.invitations
        .filter((invited) => !invited.own)
        .map((invited) => (
          <Proposal key={invited.third} thread={view.id} invited={invited} />
        ))}
    </>
  );
}

function Proposal({ thread, invited }: { thread: Id; invited: ThirdInvited }): VNode {
  const guest = useTextOf(texts);
  const { busy, act } = useActing();
  const { third, presented, history } = invited;
  return (
    <aside class="banner">
      <p>
        <strong dir="auto">{guest.proposed(nameOf(presented))}</strong> {presented.verified ? guest.verified : ""}
      </p>
      {presented.words === "" ? null : <p dir="auto">{presented.words}</p>}
      <p>
        {history ? guest.readsAll : guest.readsOn} {guest.noCards}
      </p>
      <p class="actions">
        <button
          type="button"
          class="primary"
          disabled={busy}
          onClick={() => void act({ type: "acceptThird", thread, third })}
        >
          {guest.accept}
        </button>
        <button type="button" disabled={busy} onClick={() => void act({ type: "declineThird", thread, third })}>
          {guest.decline}
        </button>
      </p>
    </aside>
  );
}

/** Whom to invite, by what the platform gives out for them; and what they are to read. */
export function Inviting({ thread, onClose }: { thread: Id; onClose: () => void }): VNode {
  const guest = useTextOf(texts);
  const { newId } = useSurroundings();
  const { busy, act } = useActing();
  const [msgId] = useState(newId);
  const [target, setTarget] = useState("");
  const [history, setHistory] = useState(false);
  const id = useId();
  const found = targetOf(target);
  const isWrong = found === null && target.trim().length >= codeLength;
  return (
    <Dialog title={guest.invite} onClose={onClose}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          if (found !== null) {
            void act({ type: "invite", thread, msgId, target: found, history }).then((done) =>
              done ? onClose() : undefined,
            );
          }
        }}
      >
        <p>{guest.intro}</p>
        <label for={id}>{guest.target}</label>
        <input
          id={id}
          class="code"
          type="text"
          autocapitalize="characters"
          aria-invalid={isWrong}
          autocomplete="off"
          spellcheck={false}
          aria-describedby={`${id}-hint`}
          value={target}
          onInput={(event) => setTarget(event.currentTarget.value)}
        />
        <p id={`${id}-hint`} role="status" class={isWrong ? "wrong" : "quiet"}>
          {isWrong ? guest.targetWrong : guest.targetHint}
        </p>
        <p class="check">
          <input
            id={`${id}-history`}
            type="checkbox"
            checked={history}
            onChange={(event) => setHistory(event.currentTarget.checked)}
          />
          <label for={`${id}-history`}>{guest.history}</label>
        </p>
        <p>{guest.noCards}</p>
        <p class="actions">
          <button type="submit" class="primary" disabled={busy || found === null}>
            {guest.propose}
          </button>
          <button type="button" onClick={onClose}>
            {guest.cancel}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
