/**
 * Epochs of a thread: the record that both sides sign for, and the secret wrapped to both (SPEC.md section 5.3).
 *
 * record = frame("pli1/epoch-record", thread, u32 n, prev, pk_sign_0, pk_kem_0, pk_sign_1, pk_kem_1,
 *                kc, wraps_hash, thread_head);   R_n = SHA256(record)
 * event payload = frame("pli1/signed-record", record, sig_new, sig_old)
 *
 * Record 0 opens the thread and is signed by its initiator; each later one renews the pseudonym of the party that made
 * it, signed by its old and its new key.
 */

import {
  branded,
  type Bytes,
  exactly,
  HASH,
  type Hash,
  ID,
  type Id,
  KEM_PUBLIC,
  NOTHING,
  same,
  SECRET,
  type Secret,
  SIGN_PUBLIC,
  SIGNATURE,
  U32,
  WRAP,
  type Wrap,
} from "./bytes.ts";
import { frame, readU32, u32, u8, unframe } from "./encoding.ts";
import { draw, type Entropy } from "./entropy.ts";
import { BadRecord, BadSignature, refusedAs } from "./errors.ts";
import { hpkeWrap, type KemKey } from "./kem.ts";
import { type Pseudonym, type PublicPseudonym, samePseudonym } from "./pseudonym.ts";
import { verify } from "./signing.ts";
import { checkKey, kdf, sha256 } from "./suite.ts";

export const INITIATOR = 0;
export const RECIPIENT = 1;

/** The epoch secret sealed to party 0 and to party 1, 1168 bytes each. */
export type Wraps = readonly [Wrap, Wrap];

/** The pseudonyms of party 0 and of party 1. */
export type Parties = readonly [PublicPseudonym, PublicPseudonym];

interface RecordFields {
  readonly thread: Id;
  readonly n: number;
  /** R_{n-1}; empty for n = 0. */
  readonly prev: Bytes;
  readonly parties: Parties;
  /** KDF(E_n, "pli1/epoch", thread, n): tells a reader that the secret it unwrapped is the right one. */
  readonly kc: Hash;
  readonly wrapsHash: Hash;
  /** The head of the thread's log that the maker knew; head_0 for n = 0. */
  readonly threadHead: Hash;
}

/** What both sides agree on for one epoch. */
export interface EpochRecord extends RecordFields {
  readonly encoded: Bytes;
  /** R_n */
  readonly hash: Hash;
}

/** A new epoch, made but not yet accepted: the record, its event payload, both wraps and the secret E_n. */
export interface Opening {
  readonly record: EpochRecord;
  readonly signed: Bytes;
  readonly wraps: Wraps;
  readonly epochSecret: Secret;
}

/** A parsed event payload of kind `epoch`. Its signatures are not verified yet. */
export interface SignedRecord {
  readonly record: EpochRecord;
  readonly sigNew: Bytes;
  readonly sigOld: Bytes;
}

const WIDTHS = [ID, U32, null, SIGN_PUBLIC, KEM_PUBLIC, SIGN_PUBLIC, KEM_PUBLIC, HASH, HASH, HASH] as const;

const keysOf = ([zero, one]: Parties): readonly Bytes[] => [zero.sign, zero.kem, one.sign, one.kem];

/** The pseudonym of a party in a record; BadRecord for anybody but the two. */
export function partyOf(record: Pick<EpochRecord, "parties">, party: number): PublicPseudonym {
  const found = record.parties[party];
  if (found === undefined) throw new BadRecord(`there is no party ${party}`);
  return found;
}

/** Makes epoch 0 of a thread from the initiator's pseudonym to a claimed prekey. Throws BadKey for a bad prekey. */
export async function makeFirst(made: {
  thread: Id;
  head0: Hash;
  initiator: Pseudonym;
  recipient: PublicPseudonym;
  entropy: Entropy;
}): Promise<Opening> {
  const { thread, head0, initiator, recipient, entropy } = made;
  exactly(thread, ID, "the thread id");
  const parties: Parties = [initiator.public, recipient];
  const { record, wraps, epochSecret } = await wrapped(
    { thread, n: 0, prev: NOTHING, parties, threadHead: head0 },
    entropy,
  );
  const signed = frame("pli1/signed-record", record.encoded, await initiator.sign.sign(toSign(record)), NOTHING);
  return { record, signed, wraps, epochSecret };
}

/**
 * Makes the epoch after `previous`: `party` renews its pseudonym from `old` to `new`, the other's stays.
 *
 * `old` null: nobody has it any more, and a reset is in force (SPEC.md section 4.7).
 */
export async function makeRotation(
  previous: EpochRecord,
  made: { party: number; old: Pseudonym | null; new: Pseudonym; threadHead: Hash; entropy: Entropy },
): Promise<Opening> {
  const { party, old, threadHead, entropy } = made;
  if (old !== null && !samePseudonym(partyOf(previous, party), old.public)) {
    throw new BadRecord("the old pseudonym is not the one of the previous record");
  }
  const [zero, one] = previous.parties;
  const parties: Parties = party === INITIATOR ? [made.new.public, one] : [zero, made.new.public];
  const { record, wraps, epochSecret } = await wrapped(
    { thread: previous.thread, n: previous.n + 1, prev: previous.hash, parties, threadHead },
    entropy,
  );
  const statement = toSign(record);
  const sigOld = old === null ? NOTHING : await old.sign.sign(statement);
  const signed = frame("pli1/signed-record", record.encoded, await made.new.sign.sign(statement), sigOld);
  return { record, signed, wraps, epochSecret };
}

/** Draws E_n, wraps it to both pseudonyms and completes the record with kc and the wraps' hash. */
async function wrapped(
  draft: Omit<RecordFields, "kc" | "wrapsHash">,
  entropy: Entropy,
): Promise<Omit<Opening, "signed">> {
  const epochSecret = draw(entropy, SECRET);
  const keyed = { ...draft, kc: keyCheck(epochSecret, draft) };
  const wraps: Wraps = [
    await hpkeWrap(draft.parties[0].kem, epochSecret, wrapInfo(keyed, INITIATOR)),
    await hpkeWrap(draft.parties[1].kem, epochSecret, wrapInfo(keyed, RECIPIENT)),
  ];
  return { record: encoded({ ...keyed, wrapsHash: wrapsHash(wraps) }), wraps, epochSecret };
}

function encoded(fields: RecordFields): EpochRecord {
  const { thread, n, prev, parties, kc, threadHead } = fields;
  const bytes = frame(
    "pli1/epoch-record",
    thread,
    u32(n),
    prev,
    ...keysOf(parties),
    kc,
    fields.wrapsHash,
    exactly(threadHead, HASH, "the thread's head"),
  );
  return { ...fields, encoded: bytes, hash: sha256(bytes) };
}

const keyCheck = (secret: Secret, record: Pick<EpochRecord, "thread" | "n">): Hash =>
  branded(kdf(secret, "pli1/epoch", record.thread, u32(record.n)));

const wrapInfo = (record: Pick<EpochRecord, "thread" | "n" | "parties" | "kc">, party: number): Bytes =>
  frame("pli1/wrap", record.thread, u32(record.n), u8(party), ...keysOf(record.parties), record.kc);

const toSign = (record: EpochRecord): Bytes => frame("pli1/epoch-sig", record.encoded);

/** The hash of both wraps that the record holds: they travel beside the log and can be deleted from it. */
export function wrapsHash(wraps: Wraps): Hash {
  for (const wrap of wraps) exactly(wrap, WRAP, "a wrapped epoch secret");
  return sha256(frame("pli1/wraps", ...wraps));
}

/** Takes the payload of an `epoch` event apart. Throws BadEncoding or BadRecord; signatures are not verified. */
export function parseSigned(signed: Bytes): SignedRecord {
  const [encodedRecord, sigNew, sigOld] = unframe(signed, "pli1/signed-record", [null, null, null]);
  return { record: parseRecord(encodedRecord), sigNew, sigOld };
}

/** Takes a record itself apart. Throws BadEncoding or BadRecord. */
export function parseRecord(bytes: Bytes): EpochRecord {
  const [thread, number, prev, sign0, kem0, sign1, kem1, kc, hashed, threadHead] = unframe(
    bytes,
    "pli1/epoch-record",
    WIDTHS,
  );
  const n = readU32(number);
  if (prev.length !== (n === 0 ? 0 : HASH)) {
    throw new BadRecord("the previous record's hash is missing, or there is one too many");
  }
  const parties: Parties = [
    { sign: sign0, kem: kem0 },
    { sign: sign1, kem: kem1 },
  ];
  return { thread, n, prev, parties, kc, wrapsHash: hashed, threadHead, encoded: bytes, hash: sha256(bytes) };
}

/**
 * Checks epoch record 0 and returns it (SPEC.md section 5.4). Throws BadEncoding, BadRecord or BadSignature.
 *
 * A participant passes its own pseudonym, and the server the claimed prekey as `recipient`: that is what finds a record
 * made for somebody else. null: not known.
 */
export async function verifyFirst(
  signed: Bytes,
  expected: { thread: Id; head0: Hash; initiator?: PublicPseudonym | null; recipient?: PublicPseudonym | null },
): Promise<EpochRecord> {
  const { record, sigNew, sigOld } = parseSigned(signed);
  const [zero, one] = record.parties;
  if (record.n !== 0 || sigOld.length > 0) throw new BadRecord("not an opening record");
  if (!same(record.thread, expected.thread) || !same(record.threadHead, expected.head0)) {
    throw new BadRecord("the record opens another thread");
  }
  checkPseudonym(zero, expected.initiator);
  checkPseudonym(one, expected.recipient);
  if (same(zero.sign, one.sign) || same(zero.kem, one.kem)) throw new BadRecord("both parties have the same key");
  await verifySignature(zero.sign, sigNew, record, "the initiator");
  return record;
}

function checkPseudonym(found: PublicPseudonym, expected: PublicPseudonym | null | undefined): void {
  if (expected !== null && expected !== undefined && !samePseudonym(expected, found)) {
    throw new BadRecord("the record names another pseudonym than the one expected");
  }
}

/**
 * Checks the record after `previous`, made by `party`, and returns it (SPEC.md section 5.5).
 *
 * `reset`: whether a reset of that party is in force, so that the old signature may be missing (section 4.7). Throws
 * BadEncoding, BadRecord or BadSignature. That `threadHead` is a head of the log is checked with the log.
 */
export async function verifyRotation(
  previous: EpochRecord,
  signed: Bytes,
  by: { party: number; reset: boolean },
): Promise<EpochRecord> {
  const { record, sigNew, sigOld } = parseSigned(signed);
  const { party } = by;
  if ((party !== INITIATOR && party !== RECIPIENT) || !same(record.thread, previous.thread)) {
    throw new BadRecord("the record belongs to another thread");
  }
  if (record.n !== previous.n + 1 || !same(record.prev, previous.hash)) {
    throw new BadRecord("the record does not follow the one in force");
  }
  if (!samePseudonym(partyOf(record, 1 - party), partyOf(previous, 1 - party))) {
    throw new BadRecord("a party may renew its own pseudonym only");
  }
  const renewed = partyOf(record, party);
  if (keysOf(previous.parties).some((used) => same(used, renewed.sign) || same(used, renewed.kem))) {
    throw new BadRecord("the pseudonym was not renewed");
  }
  await verifySignature(renewed.sign, sigNew, record, "the new pseudonym");
  if (!by.reset || sigOld.length > 0) {
    await verifySignature(partyOf(previous, party).sign, sigOld, record, "the old pseudonym");
  }
  return record;
}

async function verifySignature(publicKey: Bytes, signature: Bytes, record: EpochRecord, whose: string): Promise<void> {
  if (signature.length !== SIGNATURE) throw new BadRecord(`the signature of ${whose} is missing`);
  await refusedAs(
    [BadSignature],
    () => verify(publicKey, signature, toSign(record)),
    (cause) => new BadSignature(`the epoch record, signature of ${whose}: ${cause.message}`, { cause }),
  );
}

/** Unwraps E_n as `party`. Throws BadRecord for wraps or a secret other than the record's, BadSeal. */
export async function openEpoch(record: EpochRecord, wraps: Wraps, party: number, kem: KemKey): Promise<Secret> {
  if (!same(wrapsHash(wraps), record.wrapsHash)) throw new BadRecord("the wraps are not those of the record");
  const wrap = wraps[party === INITIATOR ? 0 : 1];
  return checkSecret(await kem.open(wrap, wrapInfo(record, party)), record);
}

/** The secret, if it is the record's. Throws BadKey, BadRecord. */
export function checkSecret(opened: Bytes, record: EpochRecord): Secret {
  const secret = checkKey(opened, "the epoch secret");
  if (!same(keyCheck(secret, record), record.kc)) throw new BadRecord("the epoch secret does not match the record");
  return secret;
}
