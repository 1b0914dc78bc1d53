/**
 * Consents and withdrawals: statements that a person's seat signs, for the register alone (SPEC.md section 9.5).
 *
 * consent    = frame("pli1/consent", thread, R_0, u8 party, card, u8 bits, SHA256(text), channel, u64 time,
 *                    SHA256(payload), cs)
 * withdrawal = frame("pli1/withdraw", SHA256(consent), u64 time)
 *
 * The peer never sees them: they are the proof, for the person and for the service, of what was agreed to. Who signs one
 * signs exactly these bytes with the seat's own key.
 */

import {
  type Bytes,
  exactly,
  HASH,
  type Hash,
  ID,
  type Id,
  same,
  type Secret,
  type SignPublic,
  U64,
  U8,
} from "./bytes.ts";
import { checkEscrow, escrowCommitment, FIELDS } from "./card.ts";
import { asciiWord, frame, readAsciiWord, readU64, readU8, u64, u8, unframe } from "./encoding.ts";
import { BadConsent, BadSignature, refusedAs } from "./errors.ts";
import { verify } from "./signing.ts";
import { sha256 } from "./suite.ts";

/** What a consent statement says. */
export interface Consent {
  readonly thread: Id;
  /** R_0: the hash of the thread's first epoch record. */
  readonly record0: Hash;
  readonly party: number;
  readonly card: Id;
  /** Which fields are shown: bit i is field i of `card.FIELDS`. */
  readonly bits: number;
  /** SHA-256 of the text that the person read and agreed to. */
  readonly textHash: Hash;
  /** Where they did, such as `inbox` or `widget`. */
  readonly channel: string;
  /** ms, by the person's own clock. */
  readonly time: number;
  readonly payloadHash: Hash;
  readonly cs: Hash;
}

/** Encodes the statement to sign. Throws BadEncoding. */
export const consentStatement = (consent: Consent): Bytes =>
  frame(
    "pli1/consent",
    exactly(consent.thread, ID, "the thread id"),
    exactly(consent.record0, HASH, "R_0"),
    u8(consent.party),
    exactly(consent.card, ID, "the card id"),
    u8(consent.bits),
    exactly(consent.textHash, HASH, "the text's hash"),
    asciiWord(consent.channel),
    u64(consent.time),
    exactly(consent.payloadHash, HASH, "the payload's hash"),
    exactly(consent.cs, HASH, "cs"),
  );

/** Decodes a statement. Throws BadEncoding, or BadConsent for fields that no card has. */
export function parseConsent(statement: Bytes): Consent {
  const widths = [ID, HASH, U8, ID, U8, HASH, null, U64, HASH, HASH] as const;
  const [thread, record0, party, card, bits, textHash, channel, time, payloadHash, cs] = unframe(
    statement,
    "pli1/consent",
    widths,
  );
  const consent = {
    thread,
    record0,
    party: readU8(party),
    card,
    bits: readU8(bits),
    textHash,
    channel: readAsciiWord(channel),
    time: readU64(time),
    payloadHash,
    cs,
  };
  if (consent.bits < 1 || consent.bits >= 1 << FIELDS.length) {
    throw new BadConsent("the consent names no field, or one that cards do not have");
  }
  return consent;
}

/** What a consent comes with, and is checked against. */
export interface Consented {
  readonly thread: Id;
  readonly record0: Hash;
  readonly party: number;
  readonly payload: Bytes;
  readonly sServer: Secret;
  /** SHA-256 of the statements that were withdrawn in this thread: one of them never counts again. */
  readonly withdrawn: readonly Hash[];
}

/**
 * Checks a consent against the card and share that come with it, and returns what it says.
 *
 * Throws BadEncoding, BadCard for a payload that is no card of this thread, or BadConsent.
 */
export async function verifyConsent(
  statement: Bytes,
  signature: Bytes,
  seatSignPk: SignPublic,
  { thread, record0, party, payload, sServer, withdrawn }: Consented,
): Promise<Consent> {
  const consent = parseConsent(statement);
  await checkSignature(seatSignPk, signature, statement);
  if (!same(consent.thread, thread) || !same(consent.record0, record0) || consent.party !== party) {
    throw new BadConsent("the consent was given in another thread, or for the other side");
  }
  checkEscrow(payload, thread, party);
  if (!same(sha256(payload), consent.payloadHash)) {
    throw new BadConsent("the consent was given for another card message");
  }
  if (!same(escrowCommitment(thread, consent.card, sServer), consent.cs)) {
    throw new BadConsent("the share is not the one that the consent names");
  }
  const hashed = sha256(statement);
  if (withdrawn.some((each) => same(each, hashed))) throw new BadConsent("the consent was withdrawn");
  return consent;
}

/** The statement that withdraws a consent, given the consent's own statement and the time in ms. */
export const withdrawalStatement = (consent: Bytes, time: number): Bytes =>
  frame("pli1/withdraw", sha256(consent), u64(time));

/**
 * Checks a withdrawal of `consent` (its statement), by the seat that gave it; returns its time in ms.
 *
 * Throws BadEncoding or BadConsent.
 */
export async function verifyWithdrawal(
  statement: Bytes,
  signature: Bytes,
  seatSignPk: SignPublic,
  consent: Bytes,
): Promise<number> {
  const [hashed, time] = unframe(statement, "pli1/withdraw", [HASH, U64]);
  await checkSignature(seatSignPk, signature, statement);
  if (!same(hashed, sha256(consent))) throw new BadConsent("the withdrawal names another consent");
  return readU64(time);
}

/** Checks a consent's or a withdrawal's signature by its seat's key. Throws BadConsent. */
export const checkSignature = (publicKey: SignPublic, signature: Bytes, statement: Bytes): Promise<void> =>
  refusedAs(
    [BadSignature],
    () => verify(publicKey, signature, statement),
    (cause) => new BadConsent(`the statement is not signed by its seat: ${cause.message}`, { cause }),
  );
