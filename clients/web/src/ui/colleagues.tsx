/** What colleagues of one mailbox keep for themselves about a conversation: who answers, and private notes. */

import type { VNode } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import type { MailboxView, ThreadLine, ThreadView } from "../core/office.ts";
import { fitsEntry } from "../core/room.ts";
import { useActing, useSurroundings, useText } from "./context.ts";

interface Props {
  readonly line: ThreadLine;
  readonly view: ThreadView;
  readonly mailbox: MailboxView;
}

export function Colleagues({ line, view, mailbox }: Props): VNode {
  const { colleagues } = useText();
  const { newId } = useSurroundings();
  const { busy, act } = useActing();
  const [note, setNote] = useState("");
  // The same note as long as nothing of it changes: added again after a lost answer it is not another one.
  const entry = useRef(newId());
  const write = (text: string): void => {
    entry.current = newId();
    setNote(text);
  };
  const add = async (): Promise<void> => {
    const sent = entry.current;
    // Who wrote on meanwhile keeps what they wrote.
    if ((await act({ type: "note", thread: line.id, entry: sent, text: note })) && entry.current === sent) {
      write("");
    }
  };
  const isTooLong = !fitsEntry(note);
  const field = useRef<HTMLTextAreaElement>(null);
  const id = useId();
  const people = mailbox.colleagues.filter((each) => each.role !== "kit");
  const nameOf = (seat: string, role: string): string =>
    seat === mailbox.seat ? `${colleagues.roles[role] ?? role} (${colleagues.you})` : (colleagues.roles[role] ?? role);
  return (
    <section class="colleagues">
      <h2>{colleagues.title}</h2>
      <p class="quiet">{colleagues.private}</p>
      <label for={id}>{colleagues.assigned}</label>
      <select
        id={id}
        value={line.assigned ?? ""}
        disabled={busy}
        onChange={(event) => {
          const seat = people.find((each) => each.seat === event.currentTarget.value)?.seat ?? null;
          void act({ type: "assign", thread: line.id, seat });
        }}
      >
        <option value="">{colleagues.nobody}</option>
        {people.map(({ seat, role }) => (
          <option key={seat} value={seat}>
            {nameOf(seat, role)}
          </option>
        ))}
      </select>
      <ul class="notes">
        {view.notes.map((each, at) => (
          <li key={at} dir="auto">
            {each.text}
          </li>
        ))}
      </ul>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          field.current?.focus();
          void add();
        }}
      >
        <label for={`${id}-note`}>{colleagues.note}</label>
        <textarea
          id={`${id}-note`}
          ref={field}
          rows={2}
          dir="auto"
          value={note}
          aria-describedby={`${id}-hint`}
          onInput={(event) => write(event.currentTarget.value)}
        />
        <div role="status" id={`${id}-hint`}>
          {isTooLong ? <p class="hint">{colleagues.noteTooLong}</p> : null}
        </div>
        <button type="submit" disabled={busy || note.trim() === "" || isTooLong}>
          {colleagues.addNote}
        </button>
      </form>
    </section>
  );
}
