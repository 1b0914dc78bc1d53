/**
 * What a participant hands to moderators: the opening keys of chosen messages, sealed (SPEC.md sections 10.2 and 10.3).
 *
 * openings = frame("pli1/openings", opening, ...)      opening = frame("pli1/opening", u64 seq, k_enc, k_f)
 * sig      = Ed25519(pseudonym, frame("pli1/report-sig", report, thread, u64 first, u64 last, head, category,
 *                                     H(text), H(openings)))
 * body     = frame("pli1/report-body", u8 party, u32 epoch, category, text, u64 first, u64 last, head, openings, sig)
 * sealed   = HPKE(kem_pk, body zero-padded, info frame("pli1/report", service, thread, report, H(kem_pk)))
 *
 * An answer (`pli1/answer-...`) has the same form, a case's id in the place of the report's and no category: what the
 * accused says, and opens further. Never an epoch key: with (k_enc, k_f) one message opens, and no other.
 */

import {
  type Bytes,
  exactly,
  HASH,
  type Hash,
  ID,
  type Id,
  NOTHING,
  SECRET,
  SIGNATURE,
  type Signature,
  U32,
  U64,
  U8,
} from "./bytes.ts";
import {
  asciiWord,
  checkPadding,
  type Fields,
  frame,
  pad,
  padme,
  readAsciiWord,
  readU32,
  readBound,
  readU8,
  readUtf8,
  u32,
  u64,
  u8,
  unframe,
  unframeList,
  unframePrefix,
  utf8,
} from "./encoding.ts";
import { BadReport } from "./errors.ts";
import { hpkeSeal, type KemKey } from "./kem.ts";
import type { OpeningKeys } from "./message.ts";
import { type SigningKey, verify } from "./signing.ts";
import { checkKey, sha256 } from "./suite.ts";

export const OPENINGS_MAX = 64;
export const RANGE_EVENTS_MAX = 256;
export const TEXT_BYTES_MAX = 8192;
const BODY_BYTES_MIN = 4096;
/** The head of an answer that is words only. */
export const isNoHead = (head: Bytes): boolean => head.every((byte) => byte === 0);

const BODY_WIDTHS = [U8, U32, null, null, U64, U64, HASH, null, SIGNATURE] as const;

/** Which of the two a statement is: its labels differ, so that none passes for the other. */
export type StatementKind = "report" | "answer";

/** The opening keys of the message at `seq`. */
export interface Opening extends OpeningKeys {
  readonly seq: number;
}

/** A report, or an answer in a case, as its author signs it. */
export interface Statement {
  readonly kind: StatementKind;
  /** The report's id, or the case's that is answered. */
  readonly subject: Id;
  readonly thread: Id;
  /** Of its author in the thread: 0, 1, or 2 for a third party. */
  readonly party: number;
  /** The epoch in force after the event at `last`: under that pseudonym it is signed. */
  readonly epoch: number;
  /** A word of the protocol; empty in an answer. */
  readonly category: string;
  readonly text: string;
  /** The range is first..last, both in it. In an answer of words only both are 0, and `head` is 32 zero bytes. */
  readonly first: number;
  readonly last: number;
  /** The head of the log at `last`, as the author verified it. */
  readonly head: Hash;
  /** Sorted by seq, each once, inside the range. */
  readonly openings: readonly Opening[];
}

/** A statement with its signature, which is not verified yet: only the log tells whose key it must be under. */
export interface SignedStatement {
  readonly statement: Statement;
  readonly signature: Signature;
}

/** Signs with the author's own pseudonym of `statement.epoch`. Throws BadReport, BadEncoding, BadKey. */
export async function signStatement(statement: Statement, signing: SigningKey): Promise<SignedStatement> {
  check(statement);
  return { statement, signature: await signing.sign(toSign(statement)) };
}

/** Checks who made a statement. Throws BadSignature. */
export const verifyStatement = ({ statement, signature }: SignedStatement, authorSignPk: Bytes): Promise<void> =>
  verify(authorSignPk, signature, toSign(statement));

/** The frame that is sealed, without its padding: what an excerpt holds. */
export function bodyOf({ statement: said, signature }: SignedStatement): Bytes {
  return frame(
    `pli1/${said.kind}-body`,
    u8(said.party),
    u32(said.epoch),
    categoryOf(said),
    utf8(said.text),
    u64(said.first),
    u64(said.last),
    said.head,
    encodeOpenings(said.openings),
    signature,
  );
}

/** Seals to a moderation key that `openCertificate` verified: bytes to store, send and resend. Throws BadKey. */
export function sealStatement(signed: SignedStatement, service: Id, kem: Bytes): Promise<Bytes> {
  const body = bodyOf(signed);
  return hpkeSeal(kem, pad(body, padded(body.length)), infoOf(signed.statement, service, sha256(kem)));
}

/** What a sealed statement is said to be: a moderator's client opens it as that, and as nothing else. */
export type Envelope = Pick<Statement, "kind" | "subject" | "thread">;

/**
 * Opens as a moderator, with K_g. Throws BadSeal, BadEncoding, BadPadding, BadReport, BadKey.
 *
 * Nothing that it says is proven before `verifyExcerpt`.
 */
export async function openStatement(
  sealed: Bytes,
  envelope: Envelope,
  service: Id,
  kem: KemKey,
): Promise<SignedStatement> {
  const plain = await kem.open(sealed, infoOf(envelope, service, sha256(kem.public)));
  const [fields, used] = unframePrefix(plain, `pli1/${envelope.kind}-body`, BODY_WIDTHS);
  checkPadding(plain, used, padded(used));
  return decode(fields, envelope);
}

/** Takes an opened body apart, as an excerpt holds it. Throws BadEncoding, BadReport, BadKey. */
export const parseBody = (body: Bytes, envelope: Envelope): SignedStatement =>
  decode(unframe(body, `pli1/${envelope.kind}-body`, BODY_WIDTHS), envelope);

function decode(fields: Fields<typeof BODY_WIDTHS>, { kind, subject, thread }: Envelope): SignedStatement {
  const [party, epoch, category, text, first, last, head, openings, signature] = fields;
  const statement = {
    kind,
    subject,
    thread,
    party: readU8(party),
    epoch: readU32(epoch),
    category: category.length > 0 ? readAsciiWord(category) : "",
    text: readUtf8(text),
    first: readBound(first),
    last: readBound(last),
    head,
    openings: decodeOpenings(openings),
  };
  check(statement);
  return { statement, signature };
}

/** The bounds of SPEC.md section 10.2, the same for who makes a statement and for who reads it. */
function check(said: Statement): void {
  exactly(said.subject, ID, "the id of the report or case");
  exactly(said.thread, ID, "the thread id");
  exactly(said.head, HASH, "the head");
  if (said.party > 2) throw new BadReport("only who reads a thread reports it");
  if ((said.kind === "report") !== said.category.length > 0) {
    throw new BadReport("a report has a category, and an answer none");
  }
  if (utf8(said.text).length > TEXT_BYTES_MAX) {
    throw new BadReport(`the words have more than ${TEXT_BYTES_MAX} bytes`);
  }
  checkRange(said);
  checkOpenings(said);
}

function checkRange(said: Statement): void {
  const { kind, first, last, openings } = said;
  if (first === 0 && last === 0 && kind === "answer") {
    checkWordsOnly(said);
    return;
  }
  const count = last - first + 1;
  const isRange = first >= 1 && count >= 1 && count <= RANGE_EVENTS_MAX && Number.isSafeInteger(last);
  if (!isRange) throw new BadReport(`a range has 1 to ${RANGE_EVENTS_MAX} events`);
  if (kind === "report" && openings.length === 0) throw new BadReport("a report opens at least one message");
}

function checkWordsOnly({ head, openings }: Statement): void {
  if (openings.length > 0 || !isNoHead(head)) throw new BadReport("an answer without a range opens nothing");
}

function checkOpenings({ first, last, openings }: Statement): void {
  const isOrdered = openings.every(({ seq }, at) => at === 0 || seq > (openings[at - 1]?.seq ?? seq));
  if (openings.length > OPENINGS_MAX || !isOrdered) {
    throw new BadReport(`openings stand in the order of their seqs, each once, ${OPENINGS_MAX} at most`);
  }
  if (openings.some(({ seq }) => seq < first || seq > last)) {
    throw new BadReport("a message is opened outside the range");
  }
  for (const { kEnc, kF } of openings) {
    checkKey(kEnc, "k_enc");
    checkKey(kF, "k_f");
  }
}

const padded = (used: number): number => Math.max(BODY_BYTES_MIN, padme(used));

const categoryOf = ({ category }: Statement): Bytes => (category.length > 0 ? asciiWord(category) : NOTHING);

const toSign = (said: Statement): Bytes =>
  frame(
    `pli1/${said.kind}-sig`,
    said.subject,
    said.thread,
    u64(said.first),
    u64(said.last),
    said.head,
    categoryOf(said),
    sha256(utf8(said.text)),
    sha256(encodeOpenings(said.openings)),
  );

const infoOf = ({ kind, thread, subject }: Envelope, service: Id, hashOfKey: Hash): Bytes =>
  frame(`pli1/${kind}`, exactly(service, ID, "the service id"), thread, subject, hashOfKey);

const encodeOpenings = (openings: readonly Opening[]): Bytes =>
  frame("pli1/openings", ...openings.map(({ seq, kEnc, kF }) => frame("pli1/opening", u64(seq), kEnc, kF)));

const decodeOpenings = (data: Bytes): Opening[] =>
  unframeList(data, "pli1/openings").map((item) => {
    const [seq, kEnc, kF] = unframe(item, "pli1/opening", [U64, SECRET, SECRET]);
    return { seq: readBound(seq), kEnc, kF };
  });
