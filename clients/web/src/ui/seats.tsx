/** Mailboxes to open or to join, and colleagues to admit: twelve words, compared by two persons. */

import type { VNode } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import type { Picture, SeatView } from "../core/office.ts";
import type { SeatAsked } from "../core/views.ts";
import { useActing, useText } from "./context.ts";
import { Words } from "./log.tsx";

/** What there is to do before one has a mailbox, and who asks to join one. */
export function SeatTasks({ picture }: { picture: Picture }): VNode | null {
  const { seats } = useText();
  const open = picture.seats.filter((seat) => seat.state !== "active");
  const pending = picture.mailboxes.flatMap((mailbox) => mailbox.pending);
  const doubts = picture.seats.filter((seat) => seat.mailbox in picture.doubts);
  return (
    <>
      {doubts.map((seat) => (
        <p key={seat.mailbox} class="alarm" role="alert">
          {seats.unsound}
        </p>
      ))}
      {open.map((seat) =>
        seat.founded ? <Join key={seat.mailbox} seat={seat} /> : <Found key={seat.mailbox} seat={seat} />,
      )}
      {pending.map((asked) => (
        <Admit key={asked.seat} asked={asked} />
      ))}
      {picture.caughtUp && picture.seats.length === 0 ? <p class="empty">{seats.none}</p> : null}
    </>
  );
}

function Found({ seat }: { seat: SeatView }): VNode | null {
  const { seats } = useText();
  const { busy, act } = useActing();
  return (
    <section class="task">
      <h2>{seats.foundTitle}</h2>
      <p>{seats.found(seats.kinds[seat.kind] ?? seat.kind)}</p>
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

function Join({ seat }: { seat: SeatView }): VNode {
  const { seats } = useText();
  const { busy, ask } = useActing();
  const [words, setWords] = useState<readonly string[] | null>(null);
  const askFor = async (again: boolean): Promise<void> => {
    const given = await ask({ type: "askSeat", mailbox: seat.mailbox, again });
    setWords(given?.outcome ?? null);
  };
  useEffect(() => {
    if (seat.state === "pending") {
      void askFor(false);
    }
  }, [seat.state]);
  if (words === null) {
    return (
      <section class="task">
        <h2>{seats.askTitle}</h2>
        <p>{seats.ask(seats.kinds[seat.kind] ?? seat.kind)}</p>
        <p class="actions">
          <button type="button" class="primary" disabled={busy} onClick={() => void askFor(false)}>
            {seats.askGo}
          </button>
        </p>
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
  const { seats, colleagues } = useText();
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
