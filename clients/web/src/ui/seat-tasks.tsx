/** What there is to do before one has a mailbox, who asks to join one, and a mailbox that does not verify. */

import type { VNode } from "preact";
import type { Picture } from "../core/office.ts";
import { useText } from "./context.ts";
import { later } from "./later.tsx";

const Gone = later(async () => (await import("./lost.tsx")).Gone);
const SeatsToDo = later(async () => (await import("./seats.tsx")).SeatsToDo);

export function SeatTasks({ picture }: { picture: Picture }): VNode {
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
      {open.length + pending.length === 0 ? null : <SeatsToDo picture={picture} open={open} pending={pending} />}
      {picture.gone.length === 0 ? null : <Gone gone={picture.gone} />}
      {picture.caughtUp && picture.seats.length === 0 ? <p class="empty">{seats.none}</p> : null}
    </>
  );
}
