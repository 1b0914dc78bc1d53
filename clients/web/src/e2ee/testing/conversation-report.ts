/** A report of a made conversation, as `tests/web/conversation_report.py` has it: sealed, and verified by a moderator. */

import { type Bytes, type Hash, hex, ID, type Id, SECRET, type Secret } from "../bytes.ts";
import { draw, systemEntropy } from "../entropy.ts";
import { type EpochRecord, partyOf } from "../epoch.ts";
import { ENTRY_KINDS, encodeExcerpt, parseExcerpt } from "../excerpt.ts";
import { verifyExcerpt } from "../excerpt-verifier.ts";
import { KemKey } from "../kem.ts";
import type { LogEvent } from "../log-extent.ts";
import { openMessage, parsePayload } from "../message.ts";
import { type Opening, openStatement, sealStatement, signStatement } from "../report.ts";
import type { SigningKey } from "../signing.ts";
import { hexes, type Made, raw } from "./conversation.ts";

const [FIRST, LAST] = [2, 5];
const OPENED: ReadonlySet<number> = new Set([2, 4]);
export const WORDS = "Il demande un virement : « tout de suite ».";

interface Known {
  readonly service: Id;
  readonly events: readonly LogEvent[];
  /** After each event, that of the empty log first. */
  readonly heads: readonly Hash[];
  readonly epochs: readonly { readonly record: EpochRecord; readonly secret: Secret }[];
}

/** As party 1, under the last of these epochs. */
export async function makeReport(known: Known, signing: SigningKey): Promise<Made["reported"]> {
  const [report, moderators] = [draw(systemEntropy, ID), draw(systemEntropy, SECRET)];
  const last = known.epochs.at(-1);
  const head = known.heads[LAST];
  if (last === undefined || head === undefined) throw new TypeError("the conversation is shorter than its report");
  const openings: Opening[] = [];
  for (const { seq, party, payload } of known.events.filter((event) => OPENED.has(event.seq))) {
    openings.push({ seq, ...(await keysOf(payload, party, known)) });
  }
  const { thread, n: epoch } = last.record;
  const said = { kind: "report", subject: report, thread, party: 1, epoch, category: "payment" } as const;
  const statement = { ...said, text: WORDS, first: FIRST, last: LAST, head, openings };
  const { public: kem } = await KemKey.fromSeed(moderators);
  const sealed = await sealStatement(await signStatement(statement, signing), known.service, kem);
  return { report: hex(report), moderators: hex(moderators), sealed: hex(sealed), heads: hexes(known.heads) };
}

async function keysOf(payload: Bytes, party: number, { epochs }: Known): Promise<Omit<Opening, "seq">> {
  const { epoch } = parsePayload(payload);
  const found = epochs[epoch];
  if (found === undefined) throw new TypeError("a message of no epoch");
  const { record, secret } = found;
  const place = { thread: record.thread, epoch, recordHash: record.hash, party };
  const { kEnc, kF } = await openMessage(payload, secret, partyOf(record, party).sign, place);
  return { kEnc, kF };
}

/** What a moderator is shown: the category, the words, then the proven lines; by way of the excerpt's file. */
export async function readReport(
  made: Made["reported"],
  kept: Made["thread"],
  events: readonly LogEvent[],
): Promise<string[]> {
  const [service, thread] = [raw<Id>(kept.service), raw<Id>(kept.thread)];
  const envelope = { kind: "report", subject: raw<Id>(made.report), thread } as const;
  const moderators = await KemKey.fromSeed(raw(made.moderators));
  const signed = await openStatement(raw(made.sealed), envelope, service, moderators);
  const { first, last, category, text } = signed.statement;
  const headBefore = (seq: number): Hash => raw(made.heads[seq - 1] ?? "");
  const excerpt = {
    service,
    thread,
    entries: events
      .filter(({ seq, kind }) => seq < first && ENTRY_KINDS.includes(kind))
      .map((event) => ({ head: headBefore(event.seq), event })),
    head: headBefore(first),
    events: events.slice(first - 1, last),
    signed,
  };
  const pins = { service, stampPublic: raw<never>(kept.stamp) };
  const { lines } = await verifyExcerpt(parseExcerpt(encodeExcerpt(excerpt)), pins);
  const proven = lines.flatMap(({ state, content }) =>
    state === "proven" && content?.kind === "Text" ? [content.text] : [],
  );
  return [category, text, ...proven];
}
