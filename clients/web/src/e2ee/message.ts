/**
 * One message: the bytes that its sender stores, the server orders and its peer opens (SPEC.md section 6).
 *
 * payload = frame("pli1/message", header, salt, C, ct)
 * header  = frame("pli1/msg", u16 suite, kind, thread, u32 epoch, R_n, u8 party, msg_id)
 *
 * The header is all that the server sees.
 */

import {
  type Bytes,
  concat,
  exactly,
  HASH,
  type Hash,
  ID,
  type Id,
  SALT,
  same,
  type Secret,
  SIGNATURE,
  TAG,
  U16,
  U32,
  U64,
  U8,
} from "./bytes.ts";
import {
  asciiWord,
  checkPadding,
  frame,
  pad,
  padme,
  readAsciiWord,
  readU16,
  readU32,
  readBound,
  readU8,
  u16,
  u32,
  u64,
  u8,
  unframe,
  unframePrefix,
} from "./encoding.ts";
import { draw, type Entropy } from "./entropy.ts";
import { BadCommitment, BadEncoding, WrongHeader } from "./errors.ts";
import { type SigningKey, verify } from "./signing.ts";
import { checkKey, hkdf, kdf, mac, openOnce, sealOnce, SUITE } from "./suite.ts";

export const CARD_KIND = "card";
const BODY_BYTES_MIN = 512;
/** The body of every card, so that its size does not tell which fields it shows. */
const CARD_BODY_BYTES = 6144;

/** What makes the seat tag of a message, given its header and its salt: `seatTag` with a seat's own part filled in. */
export type TagMaker = (headerBytes: Bytes, salt: Bytes) => Promise<Bytes>;

/** What a header says. */
export interface Header {
  readonly kind: string;
  readonly thread: Id;
  readonly epoch: number;
  readonly recordHash: Hash;
  readonly party: number;
  readonly msgId: Id;
}

/** A payload taken apart. Nothing in it is verified but its form. */
export interface MessageParts extends Header {
  readonly headerBytes: Bytes;
  readonly salt: Bytes;
  readonly commitment: Hash;
  readonly ciphertext: Bytes;
}

/** Where a message belongs, as its reader knows it; what its header must say. */
export interface Place {
  readonly thread: Id;
  readonly epoch: number;
  /** R_n of the epoch that was in force. */
  readonly recordHash: Hash;
  readonly party: number;
}

/** A message that verified. (kEnc, kF) are its opening keys: what a report would hand over. */
export interface OpenedMessage {
  readonly content: Bytes;
  readonly seenSeq: number;
  readonly seenHead: Hash;
  readonly tag: Bytes;
  readonly kEnc: Secret;
  readonly kF: Secret;
}

/** How a message is sealed. */
export interface Sealing {
  readonly epochSecret: Secret;
  /** The author's own pseudonym in this epoch. */
  readonly signing: SigningKey;
  /** The author's place in the log. */
  readonly seenSeq: number;
  readonly seenHead: Hash;
  /** Called once, with the header and the salt drawn here. */
  readonly tag: TagMaker;
  readonly entropy: Entropy;
}

/** Encodes a header (SPEC.md section 6.2). */
export const header = (kind: string, thread: Id, epoch: number, recordHash: Hash, party: number, msgId: Id): Bytes =>
  frame(
    "pli1/msg",
    u16(SUITE),
    asciiWord(kind),
    exactly(thread, ID, "the thread id"),
    u32(epoch),
    exactly(recordHash, HASH, "the epoch record's hash"),
    u8(party),
    exactly(msgId, ID, "the message id"),
  );

/** Decodes a header. Throws BadEncoding, or WrongHeader for a suite that does not exist. */
export function parseHeader(headerBytes: Bytes): Header {
  const widths = [U16, null, ID, U32, HASH, U8, ID] as const;
  const [suite, word, thread, epoch, recordHash, party, msgId] = unframe(headerBytes, "pli1/msg", widths);
  const kind = readAsciiWord(word);
  if (readU16(suite) !== SUITE) throw new WrongHeader(`suite ${readU16(suite)} does not exist`);
  return { kind, thread, epoch: readU32(epoch), recordHash, party: readU8(party), msgId };
}

/**
 * Takes a payload apart. Throws BadEncoding, or WrongHeader for a suite that does not exist.
 *
 * It checks the form only: labels, widths, lengths and the end. What the fields say is for the caller.
 */
export function parsePayload(payload: Bytes): MessageParts {
  const [headerBytes, salt, commitment, ciphertext] = unframe(payload, "pli1/message", [null, SALT, HASH, null]);
  return { headerBytes, ...parseHeader(headerBytes), salt, commitment, ciphertext };
}

/** The padded length of a body of `used` bytes (SPEC.md section 6.4). */
export const bodySize = (kind: string, used: number): number =>
  kind === CARD_KIND ? CARD_BODY_BYTES : Math.max(BODY_BYTES_MIN, padme(used));

/**
 * Seals a content under a header made by `header`; returns the payload to store, then send, then resend as it is.
 * Throws BadPadding when the content of a card does not fit.
 */
export async function sealMessage(headerBytes: Bytes, content: Bytes, sealing: Sealing): Promise<Bytes> {
  const epochSecret = checkKey(sealing.epochSecret, "the epoch secret");
  const { kind } = parseHeader(headerBytes);
  const salt = draw(sealing.entropy, SALT);
  const tag = await sealing.tag(headerBytes, salt);
  const plain = frame(
    "pli1/body",
    content,
    u64(sealing.seenSeq),
    exactly(sealing.seenHead, HASH, "the seen head"),
    exactly(tag, TAG, "the seat tag"),
  );
  const body = pad(plain, bodySize(kind, plain.length));
  const { kEnc, kF } = messageKeys(epochSecret, salt, headerBytes);
  const commitment = mac(kF, frame("pli1/commit", headerBytes, body));
  const signature = await sealing.signing.sign(frame("pli1/sig", headerBytes, commitment));
  const aad = frame("pli1/aad", headerBytes, salt, commitment);
  return frame("pli1/message", headerBytes, salt, commitment, await sealOnce(kEnc, concat(body, signature), aad));
}

/**
 * Opens and verifies a message at the place where it stands (SPEC.md section 6.7).
 *
 * `authorSignPk` is the signing pseudonym of `place.party` in the epoch record. Throws BadEncoding, WrongHeader, BadSeal,
 * BadCommitment, BadSignature or BadPadding; what it does not return must not be shown.
 */
export async function openMessage(
  payload: Bytes,
  epochSecret: Secret,
  authorSignPk: Bytes,
  place: Place,
): Promise<OpenedMessage> {
  checkKey(epochSecret, "the epoch secret");
  const parts = parsePayload(payload);
  checkPlace(parts, place);
  return openWithKeys(parts, messageKeys(epochSecret, parts.salt, parts.headerBytes), authorSignPk);
}

/** The opening keys of one message (SPEC.md section 6.3). */
export interface OpeningKeys {
  readonly kEnc: Secret;
  readonly kF: Secret;
}

/**
 * Opens and verifies a message whose place was checked, by its opening keys alone (SPEC.md sections 6.7 and 10.4).
 *
 * The body is the one that its author committed to and signed, whoever hands over the keys. Throws BadKey, BadEncoding,
 * BadSeal, BadCommitment, BadSignature or BadPadding.
 */
export async function openWithKeys(
  parts: MessageParts,
  { kEnc, kF }: OpeningKeys,
  authorSignPk: Bytes,
): Promise<OpenedMessage> {
  const { headerBytes, salt, commitment } = parts;
  const plaintext = await openOnce(kEnc, parts.ciphertext, frame("pli1/aad", headerBytes, salt, commitment));
  if (plaintext.length < SIGNATURE) throw new BadEncoding("the plaintext is shorter than a signature");
  const end = plaintext.length - SIGNATURE;
  const body = plaintext.slice(0, end);
  if (!same(mac(kF, frame("pli1/commit", headerBytes, body)), commitment)) {
    throw new BadCommitment("the body is not the one that its sender committed to");
  }
  await verify(authorSignPk, plaintext.slice(end), frame("pli1/sig", headerBytes, commitment));
  const [[content, seenSeq, seenHead, tag], used] = unframePrefix(body, "pli1/body", [null, U64, HASH, TAG]);
  checkPadding(body, used, bodySize(parts.kind, used));
  return { content, seenSeq: readBound(seenSeq), seenHead, tag, kEnc, kF };
}

/** Throws WrongHeader unless a message's header says what its reader knows. */
export function checkPlace(said: Place, place: Place): void {
  const isHere =
    same(said.thread, place.thread) &&
    said.epoch === place.epoch &&
    same(said.recordHash, place.recordHash) &&
    said.party === place.party;
  if (!isHere) throw new WrongHeader("the message belongs to another thread, epoch, record or party");
}

/** (k_enc, k_f) of one message (SPEC.md section 6.3). */
function messageKeys(epochSecret: Secret, salt: Bytes, headerBytes: Bytes): OpeningKeys {
  const messageKey = hkdf(epochSecret, salt, frame("pli1/mk", headerBytes));
  return { kEnc: kdf(messageKey, "pli1/enc"), kF: kdf(messageKey, "pli1/frank") };
}

/**
 * Says to colleagues, and to them only, which seat wrote and which roster it knew (SPEC.md section 6.5).
 *
 * The salt makes the key a new one each time that a message is sealed: the same header sealed again, after the roster
 * went on, must not put a second plaintext under one key and nonce.
 */
export function seatTag(seed: Secret, headerBytes: Bytes, salt: Bytes, seat: Id, rosterHead: Hash): Promise<Bytes> {
  const plain = frame("pli1/tag", exactly(seat, ID, "the seat id"), exactly(rosterHead, HASH, "the head"));
  return sealOnce(tagKey(seed, headerBytes, salt), plain, headerBytes);
}

/** Opens the seat tag of a colleague's message. Throws BadSeal when no colleague made it. */
export async function openSeatTag(
  seed: Secret,
  headerBytes: Bytes,
  salt: Bytes,
  tag: Bytes,
): Promise<{ seat: Id; rosterHead: Hash }> {
  const plain = await openOnce(tagKey(seed, headerBytes, salt), tag, headerBytes);
  const [seat, rosterHead] = unframe(plain, "pli1/tag", [ID, HASH]);
  return { seat, rosterHead };
}

const tagKey = (seed: Secret, headerBytes: Bytes, salt: Bytes): Secret =>
  kdf(checkKey(seed, "the mailbox seed"), "pli1/seat-tag", headerBytes, exactly(salt, SALT, "the salt"));
