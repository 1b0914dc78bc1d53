/** Mailboxes to open or to join, and colleagues to admit: twelve words, compared by two persons. */

import type { VNode } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { type ActionFailed, type Picture, type SeatView, textsIn } from "../core/office.ts";
import type { SeatAsked } from "../core/views.ts";
import { seatsEn } from "./catalogue-seats.en.ts";
import { seatsFr } from "./catalogue-seats.fr.ts";
import { useActing, useText, useTextOf } from "./context.ts";
import { KitEntry } from "./kit.tsx";
import { Words } from "./rows.tsx";

const texts = { fr: seatsFr, en: seatsEn };

interface ToDo {
  readonly picture: Picture;
  readonly open: readonly SeatView[];
  readonly pending: readonly SeatAsked[];
}

/** Mailboxes to open or to join, and who asks to join one. */
export function SeatsToDo({ picture, open, pending }: ToDo): VNode {
  return (
    <>
      {open.map((seat) =>
        seat.founded ? (
          <Join key={seat.mailbox} seat={seat} />
        ) : (
          <Found key={seat.mailbox} seat={seat} isAnew={picture.seenBefore.includes(seat.mailbox)} />
        ),
      )}
      {pending.map((asked) => (
        <Admit key={asked.seat} asked={asked} />
      ))}
    </>
  );
}

/** `isAnew`: this account saw the mailbox before; it is there again without its history. */
function Found({ seat, isAnew }: { seat: SeatView; isAnew: boolean }): VNode | null {
  const { kinds } = useText().seats;
  const seats = useTextOf(texts);
  const { busy, act } = useActing();
  const kind = kinds[seat.kind] ?? seat.kind;
  if (isAnew) {
    return (
      <Anew
        kind={kind}
        go={seats.anewFound}
        disabled={busy || !seat.admin}
        onGo={() => void act({ type: "found", mailbox: seat.mailbox, afterReset: true })}
      />
    );
  }
  return (
    <section class="task">
      <h2>{seats.foundTitle}</h2>
      <p>{seats.found(kind)}</p>
      <p class="actions">
        <button
          type="button"
          class="primary"
          disabled={busy || !seat.admin}
          onClick={() => void act({ type: "found", mailbox: seat.mailbox })}
        >
          {seats.foundGo}
        </button>
      </p>
    </section>
  );
}

interface AnewProps {
  readonly kind: string;
  readonly go: string;
  readonly disabled: boolean;
  readonly onGo: () => void;
}

/** A mailbox that begins anew is followed by a human act alone, of somebody who did not hear of it here only. */
function Anew({ kind, go, disabled, onGo }: AnewProps): VNode {
  const seats = useTextOf(texts);
  const [known, setKnown] = useState(false);
  const id = useId();
  return (
    <section class="task" role="alert">
      <h2>{seats.anewTitle}</h2>
      <p>{seats.anew(kind)}</p>
      <p>{seats.anewWarning}</p>
      <p class="check">
        <input id={id} type="checkbox" checked={known} onChange={(event) => setKnown(event.currentTarget.checked)} />
        <label for={id}>{seats.anewKnown}</label>
      </p>
      <p class="actions">
        <button type="button" class="primary" disabled={disabled || !known} onClick={onGo}>
          {go}
        </button>
      </p>
    </section>
  );
}

function Join({ seat }: { seat: SeatView }): VNode {
  const { kinds } = useText().seats;
  const seats = useTextOf(texts);
  const { busy, ask, act } = useActing();
  const [words, setWords] = useState<readonly string[] | null>(null);
  const [isAnew, setAnew] = useState(false);
  const kind = kinds[seat.kind] ?? seat.kind;
  const takes = ({ reason }: ActionFailed): boolean => {
    setAnew(reason === "ResetUnaccepted");
    return reason === "ResetUnaccepted";
  };
  const askFor = async (again: boolean): Promise<void> => {
    const given = await ask({ type: "askSeat", mailbox: seat.mailbox, again }, takes);
    setWords(given && textsIn(given.outcome));
  };
  const accept = async (): Promise<void> => {
    if (await act({ type: "acceptReset", mailbox: seat.mailbox })) {
      setAnew(false);
      await askFor(false);
    }
  };
  useEffect(() => {
    if (seat.state === "pending") {
      void askFor(false);
    }
  }, [seat.state]);
  if (isAnew) {
    return <Anew kind={kind} go={seats.anewAccept} disabled={busy} onGo={() => void accept()} />;
  }
  if (words === null) {
    return (
      <section class="task">
        <h2>{seats.askTitle}</h2>
        <p>{seats.ask(kind)}</p>
        <p class="actions">
          <button type="button" class="primary" disabled={busy} onClick={() => void askFor(false)}>
            {seats.askGo}
          </button>
        </p>
        <KitEntry seat={seat} />
      </section>
    );
  }
  return (
    <section class="task">
      <h2>{seats.wordsTitle}</h2>
      <p>{seats.wordsIntro}</p>
      <Words words={words} />
      <p role="status" class="quiet">
        {seats.wordsWait}
      </p>
      <p class="actions">
        <button type="button" disabled={busy} onClick={() => void askFor(true)}>
          {seats.wordsAgain}
        </button>
      </p>
    </section>
  );
}

function Admit({ asked }: { asked: SeatAsked }): VNode {
  const { colleagues } = useText();
  const seats = useTextOf(texts);
  const { busy, act } = useActing();
  const [same, setSame] = useState(false);
  const [admin, setAdmin] = useState(false);
  const id = useId();
  const { mailbox, seat, words } = asked;
  return (
    <section class="task">
      <h2>{seats.pendingTitle}</h2>
      <p>
        {seats.pending(colleagues.roles[asked.role] ?? asked.role)} {seats.pendingIntro}
      </p>
      <Words words={words} />
      <p class="check">
        <input id={id} type="checkbox" checked={same} onChange={(event) => setSame(event.currentTarget.checked)} />
        <label for={id}>{seats.pendingSame}</label>
      </p>
      <p class="check">
        <input
          id={`${id}-admin`}
          type="checkbox"
          checked={admin}
          onChange={(event) => setAdmin(event.currentTarget.checked)}
        />
        <label for={`${id}-admin`}>{seats.pendingAdmin}</label>
      </p>
      <p class="actions">
        <button
          type="button"
          class="primary"
          disabled={!same || busy}
          onClick={() => void act({ type: "admit", mailbox, seat, words, admin })}
        >
          {seats.pendingGo}
        </button>
      </p>
    </section>
  );
}
