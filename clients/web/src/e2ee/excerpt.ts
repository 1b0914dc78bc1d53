/**
 * An excerpt: a reported range of a thread with what proves it, and the opened statement (SPEC.md section 10.4).
 *
 * excerpt = frame("pli1/excerpt", service, thread, entries, head, events, kind, subject, body)
 * entries = frame("pli1/excerpt-entries", entry, ...)     entry = frame("pli1/excerpt-entry", head, event)
 * events  = frame("pli1/excerpt-events", event, ...)
 * event   = frame("pli1/excerpt-event", u64 seq, u64 time, kind, u8 party, payload, proof)
 *
 * These bytes are also the file that `pli moderation verify` reads. Nothing here is verified: `verifyExcerpt` does.
 */

import { type Bytes, exactly, HASH, type Hash, ID, type Id, U64, U8 } from "./bytes.ts";
import { asciiWord, frame, readAsciiWord, readU64, readU8, u64, u8, unframe, unframeList } from "./encoding.ts";
import { BadReport } from "./errors.ts";
import type { LogEvent } from "./log-extent.ts";
import { bodyOf, parseBody, type SignedStatement, type StatementKind } from "./report.ts";

/** Kinds of the events before the range that an excerpt needs, all of them: they say whose keys are in force in it. */
export const ENTRY_KINDS: readonly string[] = ["epoch", "reset", "joined", "left"];

/** An event from before the range, proven by a stamp of its own. */
export interface ExcerptEntry {
  /** The head of the log before the event. */
  readonly head: Hash;
  readonly event: LogEvent;
}

/** What proves one statement, as the service gave it and a moderator opened it. */
export interface Excerpt {
  readonly service: Id;
  readonly thread: Id;
  /** Every event before the range of a kind in `ENTRY_KINDS`, in order. */
  readonly entries: readonly ExcerptEntry[];
  /** The head before the range; 32 zero bytes where there is none. */
  readonly head: Hash;
  /** The range, from its first event to its last; only the last one needs its proof. */
  readonly events: readonly LogEvent[];
  readonly signed: SignedStatement;
}

/** Encodes an excerpt: the bytes of its file. Throws BadEncoding. */
export function encodeExcerpt({ service, thread, entries, head, events, signed }: Excerpt): Bytes {
  return frame(
    "pli1/excerpt",
    exactly(service, ID, "the service id"),
    exactly(thread, ID, "the thread id"),
    frame("pli1/excerpt-entries", ...entries.map(encodeEntry)),
    exactly(head, HASH, "the head"),
    frame("pli1/excerpt-events", ...events.map(encodeEvent)),
    asciiWord(signed.statement.kind),
    signed.statement.subject,
    bodyOf(signed),
  );
}

/** Takes an excerpt apart. Throws BadEncoding, BadReport, BadKey. */
export function parseExcerpt(data: Bytes): Excerpt {
  const widths = [ID, ID, null, HASH, null, null, ID, null] as const;
  const [service, thread, entries, head, events, kind, subject, body] = unframe(data, "pli1/excerpt", widths);
  return {
    service,
    thread,
    entries: unframeList(entries, "pli1/excerpt-entries").map(decodeEntry),
    head,
    events: unframeList(events, "pli1/excerpt-events").map(decodeEvent),
    signed: parseBody(body, { kind: statementKind(readAsciiWord(kind)), subject, thread }),
  };
}

function statementKind(word: string): StatementKind {
  if (word === "report" || word === "answer") return word;
  throw new BadReport(`an excerpt holds a report or an answer, no ${word}`);
}

const encodeEntry = ({ head, event }: ExcerptEntry): Bytes =>
  frame("pli1/excerpt-entry", exactly(head, HASH, "the head"), encodeEvent(event));

function decodeEntry(data: Bytes): ExcerptEntry {
  const [head, event] = unframe(data, "pli1/excerpt-entry", [HASH, null]);
  return { head, event: decodeEvent(event) };
}

const encodeEvent = ({ seq, time, kind, party, payload, proof }: LogEvent): Bytes =>
  frame("pli1/excerpt-event", u64(seq), u64(time), asciiWord(kind), u8(party), payload, proof);

function decodeEvent(data: Bytes): LogEvent {
  const widths = [U64, U64, null, U8, null, null] as const;
  const [seq, time, kind, party, payload, proof] = unframe(data, "pli1/excerpt-event", widths);
  return {
    seq: readU64(seq),
    time: readU64(time),
    kind: readAsciiWord(kind),
    party: readU8(party),
    payload,
    proof,
  };
}
