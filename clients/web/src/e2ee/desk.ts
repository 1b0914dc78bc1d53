/** What a desk entry says, once opened: for the seats of one mailbox, never for a peer (SPEC.md section 4.5). */

import { type Bytes, exactly, ID, type Id, NOTHING } from "./bytes.ts";
import type { UnknownContent } from "./content.ts";
import { frame, labelOf, readU8, readUtf8, u8, unframe, utf8 } from "./encoding.ts";
import { BadEncoding } from "./errors.ts";

/** An unfinished message of one's own side in a thread; the newest entry replaces the older ones. */
export interface Draft {
  readonly kind: "Draft";
  readonly thread: Id;
  readonly text: string;
}

/** A private note for colleagues beside a thread. */
export interface Note {
  readonly kind: "Note";
  readonly thread: Id;
  readonly text: string;
}

/** Which seat answers in a thread; `seat` is null when nobody is asked to. */
export interface Assignment {
  readonly kind: "Assignment";
  readonly thread: Id;
  readonly seat: Id | null;
}

/** Whether a thread is hidden from all seats of the mailbox: its peer is blocked, and hears nothing of it. */
export interface Hiding {
  readonly kind: "Hiding";
  readonly thread: Id;
  readonly hidden: boolean;
}

export type DeskContent = Draft | Note | Assignment | Hiding | UnknownContent;

const about = (thread: Id): Id => exactly(thread, ID, "the thread id");

export const encodeDraft = (thread: Id, text: string): Bytes => frame("pli1/desk-draft", about(thread), utf8(text));

export const encodeNote = (thread: Id, text: string): Bytes => frame("pli1/desk-note", about(thread), utf8(text));

export const encodeAssignment = (thread: Id, seat: Id | null): Bytes =>
  frame("pli1/desk-assign", about(thread), seat === null ? NOTHING : exactly(seat, ID, "the seat id"));

export const encodeHiding = (thread: Id, hidden: boolean): Bytes =>
  frame("pli1/desk-hide", about(thread), u8(Number(hidden)));

type Reader = (thread: Id, value: Bytes) => DeskContent;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["pli1/desk-draft", (thread, value) => ({ kind: "Draft", thread, text: readUtf8(value) })],
  ["pli1/desk-note", (thread, value) => ({ kind: "Note", thread, text: readUtf8(value) })],
  ["pli1/desk-assign", (thread, value) => ({ kind: "Assignment", thread, seat: readSeat(value) })],
  ["pli1/desk-hide", (thread, value) => ({ kind: "Hiding", thread, hidden: readFlag(value) })],
]);

/** Decodes an opened desk entry. Throws BadEncoding for what is not a frame, or a known one of bad form. */
export function decodeDesk(content: Bytes): DeskContent {
  const label = labelOf(content);
  const read = READERS.get(label);
  if (read === undefined) return { kind: "UnknownContent", label };
  const [thread, value] = unframe(content, label, [ID, null]);
  return read(thread, value);
}

function readSeat(value: Bytes): Id | null {
  if (value.length === 0) return null;
  if (value.length !== ID) throw new BadEncoding("an assignment names a seat or nobody");
  return exactly(value, ID, "the seat id");
}

function readFlag(value: Bytes): boolean {
  const flag = readU8(value);
  if (flag > 1) throw new BadEncoding(`${flag} is neither yes nor no`);
  return flag === 1;
}
