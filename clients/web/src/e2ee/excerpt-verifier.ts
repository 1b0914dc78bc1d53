/**
 * The one verifier of reports, as in Python: for clients and the console (SPEC.md section 10.4).
 *
 * It takes the ciphertexts that the service stored and stamped, and shows a line only for what its author signed. What was
 * forged, cut, moved or reordered throws, and the error says what is wrong; then nothing of the excerpt is shown.
 */

import { type Id, same, type SignPublic } from "./bytes.ts";
import { type Content, decodeContent } from "./content.ts";
import { BadReport, E2EEError, Fork } from "./errors.ts";
import { ENTRY_KINDS, type Excerpt } from "./excerpt.ts";
import { ExcerptLog, isClosed } from "./excerpt-log.ts";
import { openWithKeys, parsePayload } from "./message.ts";
import { NOTICE_KINDS } from "./notice.ts";
import type { PublicPseudonym } from "./pseudonym.ts";
import { isNoHead, type Opening, type Statement, verifyStatement } from "./report.ts";
import type { PlatformKey } from "./reset.ts";
import { INVITED, JOINED } from "./third.ts";
import { type LogEvent, MESSAGE } from "./thread-log.ts";

/**
 * What a line of an excerpt is: `proven`, an opened message, whose author signed exactly this content; `closed`, a message
 * that stands there and was not opened; `said`, a notice, an invitation or a joining, signed and never sealed; `service`,
 * an epoch record, or what the service wrote; `refused`, what no client shows either.
 */
export type LineState = "proven" | "closed" | "said" | "service" | "refused";

/** One event of the range. */
export interface Line {
  readonly seq: number;
  /** ms since 1970, UTC: the service's clock, stamped. */
  readonly time: number;
  readonly kind: string;
  readonly party: number;
  readonly state: LineState;
  /** Of a proven line. */
  readonly content?: Content;
  /** Of a message whose payload is there: `text`, `offer`, ... */
  readonly messageKind?: string;
  /** Of a refused line: the error's name. */
  readonly refusal?: string;
}

/** What an excerpt proves. */
export interface VerifiedExcerpt {
  readonly statement: Statement;
  /** The pseudonym under which the statement is signed. */
  readonly authorSignPk: SignPublic;
  readonly lines: readonly Line[];
  /** Of parties 0 and 1 after the range, and of the third party that is in, if one is. */
  readonly pseudonyms: readonly PublicPseudonym[];
}

/** What a verifier knows by configuration, and takes from nobody. */
export interface Pins {
  readonly service: Id;
  readonly stampPublic: SignPublic;
  /** Without it no reset is accepted: a thread whose side began anew does not verify. */
  readonly platform?: PlatformKey | null;
}

/**
 * Verifies an excerpt and shows its lines.
 *
 * Throws BadReport (cut, of another service, opened where nothing can be), BadChain (Gap, TimeWentBack, Fork, FutureSeen,
 * Repeated), BadStamp, BadRecord, BadSignature, BadSeal, BadCommitment, WrongHeader, BadPadding, BadEncoding; each says
 * what is wrong.
 */
export async function verifyExcerpt(excerpt: Excerpt, pins: Pins): Promise<VerifiedExcerpt> {
  const { statement } = excerpt.signed;
  if (!same(excerpt.service, pins.service)) throw new BadReport("the excerpt is of another service");
  if (!same(statement.thread, excerpt.thread)) throw new BadReport("the report is of another thread");
  const log = new ExcerptLog({ ...pins, thread: excerpt.thread });
  await readEntries(log, excerpt);
  await readRange(log, excerpt);
  const authorSignPk = authorOf(log, statement);
  await verifyStatement(excerpt.signed, authorSignPk);
  const opened = new Map(statement.openings.map((opening) => [opening.seq, opening]));
  const lines: Line[] = [];
  for (const event of excerpt.events) lines.push(await lineOf(log, event, opened.get(event.seq)));
  return { statement, authorSignPk, lines, pseudonyms: pseudonymsOf(log) };
}

async function readEntries(log: ExcerptLog, { entries, signed }: Excerpt): Promise<void> {
  const { first } = signed.statement;
  for (const entry of entries) {
    const { kind, seq } = entry.event;
    if (!ENTRY_KINDS.includes(kind)) throw new BadReport(`an event of kind ${kind} stands before the range`);
    if (first > 0 && seq >= first) throw new BadReport("an event of the range stands before it");
    await log.takeEntry(entry);
  }
}

async function readRange(log: ExcerptLog, { head, events, signed }: Excerpt): Promise<void> {
  const { first, last, head: seen } = signed.statement;
  if (last === 0) {
    if (events.length > 0 || !isNoHead(head)) throw new BadReport("an answer without a range holds events");
    return;
  }
  if (events.length !== last - first + 1 || events.some(({ seq }, at) => seq !== first + at)) {
    throw new BadReport(`the excerpt is cut: it was signed for seq ${first} to ${last}`);
  }
  log.skipTo(first - 1, head);
  await log.verifyRange(events);
  if (!same(log.head, seen)) throw new Fork(`who signed saw another history at seq ${last}`);
}

/** The key that must have signed. Throws BadReport, WrongHeader. */
function authorOf(log: ExcerptLog, { epoch, party }: Statement): SignPublic {
  if (log.records.at(-1)?.n !== epoch) {
    throw new BadReport("the report is signed under another epoch than the one in force");
  }
  return log.authorAt(log.seq + 1, party);
}

async function lineOf(log: ExcerptLog, event: LogEvent, opening: Opening | undefined): Promise<Line> {
  if (opening !== undefined) return proven(log, event, opening);
  const { seq, time, kind, party } = event;
  const line = { seq, time, kind, party };
  if (kind === MESSAGE && isClosed(event)) return { ...line, state: "closed" };
  try {
    if (kind === MESSAGE) {
      log.checkMessage(event);
      return { ...line, state: "closed", messageKind: parsePayload(event.payload).kind };
    }
    return { ...line, state: (await isSaid(log, event)) ? "said" : "service" };
  } catch (error) {
    if (!(error instanceof E2EEError)) throw error;
    return { ...line, state: "refused", refusal: error.name };
  }
}

/** An opened message must verify in all: who opened it had seen it do so. */
async function proven(log: ExcerptLog, event: LogEvent, opening: Opening): Promise<Line> {
  const { seq, time, kind, party, payload } = event;
  if (kind !== MESSAGE || isClosed(event)) {
    throw new BadReport(`seq ${seq} is opened and is no message, or is not in the excerpt`);
  }
  log.checkMessage(event);
  const parts = parsePayload(payload);
  const opened = await openWithKeys(parts, opening, log.authorAt(seq, party));
  log.checkSeen(seq, opened.seenSeq, opened.seenHead);
  log.takeMessage(event);
  const content = decodeContent(opened.content);
  return { seq, time, kind, party, state: "proven", content, messageKind: parts.kind };
}

/** Whether a party says something openly in the event. Throws what refuses it. */
async function isSaid(log: ExcerptLog, event: LogEvent): Promise<boolean> {
  if (event.kind === INVITED) {
    await log.checkInvited(event);
  } else if (event.kind === JOINED) {
    await log.checkJoined(event);
  } else if (NOTICE_KINDS.has(event.kind)) {
    const { seenSeq, seenHead } = await log.checkNotice(event);
    log.checkSeen(event.seq, seenSeq, seenHead);
  } else {
    return false;
  }
  return true;
}

function pseudonymsOf(log: ExcerptLog): PublicPseudonym[] {
  const sides = log.records.at(-1)?.parties ?? [];
  return log.third === null ? [...sides] : [...sides, log.third.invitation.keys];
}
