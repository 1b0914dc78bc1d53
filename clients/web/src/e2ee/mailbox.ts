/**
 * A mailbox's secrets: its seed, what derives from it, how it reaches the seats (SPEC.md sections 4.1, 4.2, 4.5).
 *
 * Generation g of a mailbox has a random seed S_g. Whoever holds it reads the mailbox and speaks for it; the roster
 * (`roster`) says who may hold it, and its seed check sc says which seed is the right one.
 */

import {
  branded,
  type Bytes,
  exactly,
  HASH,
  type Hash,
  ID,
  type Id,
  same,
  SECRET,
  type Secret,
  type Wrap,
} from "./bytes.ts";
import { ascii, frame, u32 } from "./encoding.ts";
import { draw, type Entropy } from "./entropy.ts";
import { BadSeed } from "./errors.ts";
import { hpkeWrap, KemKey } from "./kem.ts";
import { SigningKey } from "./signing.ts";
import { checkKey, kdf, openOnce, openSealed, seal, sealOnce } from "./suite.ts";

/** The long-term identity of one generation of a mailbox: I_g signs, K_g is sealed to. */
export interface Identity {
  readonly sign: SigningKey;
  readonly kem: KemKey;
}

/** Draws S_g: 32 bytes. */
export const newSeed = (entropy: Entropy): Secret => draw(entropy, SECRET);

/** Derives (I_g, K_g) of a mailbox. */
export async function identity(seed: Secret, mailbox: Id, g: number): Promise<Identity> {
  exactly(mailbox, ID, "the mailbox id");
  checkKey(seed, "the mailbox seed");
  return {
    sign: await SigningKey.fromSeed(kdf(seed, "pli1/identity", mailbox, u32(g), ascii("sign"))),
    kem: await KemKey.fromSeed(kdf(seed, "pli1/identity", mailbox, u32(g), ascii("kem"))),
  };
}

/** sc: tells a seed from another without telling the seed; stands in the roster. */
export const seedCheck = (seed: Secret, mailbox: Id, g: number): Hash =>
  branded(kdf(checkKey(seed, "the mailbox seed"), "pli1/gen", exactly(mailbox, ID, "the mailbox id"), u32(g)));

/** Throws BadSeed unless this is the seed of generation g that `sc`, of a verified roster, stands for. */
export function checkSeed(seed: Bytes, mailbox: Id, g: number, sc: Hash): Secret {
  if (seed.length !== SECRET || !same(seedCheck(branded(seed), mailbox, g), sc)) {
    throw new BadSeed("the seed is not the one that the roster vouches for");
  }
  return branded(seed);
}

/** Seals S_{g-1} under S_g, so that one wrap gives a new seat all of the history. 48 bytes. */
export const sealPrev = (seed: Secret, previousSeed: Secret, mailbox: Id, g: number): Promise<Bytes> =>
  sealOnce(prevKey(seed, mailbox, g), checkKey(previousSeed, "the previous seed"), frame("pli1/prev", mailbox, u32(g)));

/** Opens S_{g-1} with S_g. Throws BadSeal, or BadSeed when it does not match the roster's sc of g - 1. */
export async function openPrev(seed: Secret, prev: Bytes, mailbox: Id, g: number, previousSc: Hash): Promise<Secret> {
  const opened = await openOnce(prevKey(seed, mailbox, g), prev, frame("pli1/prev", mailbox, u32(g)));
  return checkSeed(opened, mailbox, g - 1, previousSc);
}

const prevKey = (seed: Secret, mailbox: Id, g: number): Secret =>
  kdf(checkKey(seed, "the mailbox seed"), "pli1/prev", mailbox, u32(g));

function wrapInfo(mailbox: Id, g: number, seat: Id, recordHash: Hash): Bytes {
  exactly(mailbox, ID, "the mailbox id");
  exactly(seat, ID, "the seat id");
  exactly(recordHash, HASH, "the record's hash");
  return frame("pli1/seedwrap", mailbox, u32(g), seat, recordHash);
}

/** Wraps S_g to a seat of a verified roster; `recordHash` names the record that gives it the right. 1168 bytes. */
export const wrapSeed = (
  seed: Secret,
  seatKemPublic: Bytes,
  mailbox: Id,
  g: number,
  seat: Id,
  recordHash: Hash,
): Promise<Wrap> => hpkeWrap(seatKemPublic, checkKey(seed, "the mailbox seed"), wrapInfo(mailbox, g, seat, recordHash));

/**
 * Unwraps S_g. Throws BadSeal for a wrap made for another seat, generation or record, BadSeed for another seed.
 *
 * `sc` comes from a verified roster: without it anyone could wrap a seed of their own to a public key.
 */
export async function openSeed(
  kem: KemKey,
  wrapped: Bytes,
  mailbox: Id,
  g: number,
  seat: Id,
  recordHash: Hash,
  sc: Hash,
): Promise<Secret> {
  return checkSeed(await kem.open(wrapped, wrapInfo(mailbox, g, seat, recordHash)), mailbox, g, sc);
}

/** Seals an entry of the mailbox's desk: nonce || ciphertext (SPEC.md section 4.5). */
export const sealEntry = (
  seed: Secret,
  mailbox: Id,
  g: number,
  entry: Id,
  content: Bytes,
  entropy: Entropy,
): Promise<Bytes> => seal(deskKey(seed, mailbox, g), content, entryAad(mailbox, entry, g), entropy);

/** Opens a desk entry. Throws BadSeal. */
export const openEntry = (seed: Secret, mailbox: Id, g: number, entry: Id, blob: Bytes): Promise<Bytes> =>
  openSealed(deskKey(seed, mailbox, g), blob, entryAad(mailbox, entry, g));

const deskKey = (seed: Secret, mailbox: Id, g: number): Secret =>
  kdf(checkKey(seed, "the mailbox seed"), "pli1/desk", mailbox, u32(g));

function entryAad(mailbox: Id, entry: Id, g: number): Bytes {
  exactly(mailbox, ID, "the mailbox id");
  return frame("pli1/desk-entry", mailbox, exactly(entry, ID, "the entry id"), u32(g));
}
