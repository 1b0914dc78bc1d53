/** Pseudonyms: the key pairs under which a mailbox appears in one thread, and in no other (SPEC.md section 5.1). */

import {
  type Bytes,
  exactly,
  ID,
  type Id,
  type KemPublic,
  same,
  type Secret,
  type Signature,
  type SignPublic,
} from "./bytes.ts";
import { ascii, frame, u32 } from "./encoding.ts";
import { KemKey } from "./kem.ts";
import { SigningKey, verify } from "./signing.ts";
import { checkKey, kdf } from "./suite.ts";

/** What the peer and the server see of a pseudonym: Ed25519 (32 bytes) and X-Wing (1216 bytes) public keys. */
export interface PublicPseudonym {
  readonly sign: SignPublic;
  readonly kem: KemPublic;
}

/** A pseudonym whose keys are at hand. */
export interface Pseudonym {
  readonly sign: SigningKey;
  readonly kem: KemKey;
  readonly public: PublicPseudonym;
}

export const samePseudonym = (one: PublicPseudonym, other: PublicPseudonym): boolean =>
  same(one.sign, other.sign) && same(one.kem, other.kem);

/** Derives the pseudonym of a slot from a mailbox seed: any seat of the mailbox finds it again. */
export async function derive(seed: Secret, slot: Bytes): Promise<Pseudonym> {
  checkKey(seed, "the mailbox seed");
  const sign = await SigningKey.fromSeed(kdf(seed, "pli1/pseudonym", slot, ascii("sign")));
  const kem = await KemKey.fromSeed(kdf(seed, "pli1/pseudonym", slot, ascii("kem")));
  return { sign, kem, public: { sign: sign.public, kem: kem.public } };
}

/** The slot of the index-th prekey published for a target. */
export const prekeySlot = (target: Id, index: number): Bytes =>
  frame("pli1/slot-prekey", exactly(target, ID, "the target id"), u32(index));

/** The slot of one's own pseudonym from epoch n of a thread on: the initiator's at n = 0, a rotator's after. */
export const threadSlot = (thread: Id, n: number): Bytes =>
  frame("pli1/slot-thread", exactly(thread, ID, "the thread id"), u32(n));

const own = (mailbox: Id, sign: Bytes, kem: Bytes): Bytes =>
  frame("pli1/own", exactly(mailbox, ID, "the mailbox id"), sign, kem);

/** Signs, with the mailbox's identity I_g, that a pseudonym is its own. The server keeps it; no peer sees it. */
export const ownSignature = (identity: SigningKey, mailbox: Id, pseudonym: PublicPseudonym): Promise<Signature> =>
  identity.sign(own(mailbox, pseudonym.sign, pseudonym.kem));

/** Checks an `own` signature against the mailbox's identity key. Throws BadSignature. */
export const verifyOwn = (
  identityPublic: Bytes,
  mailbox: Id,
  pkSign: Bytes,
  pkKem: Bytes,
  signature: Bytes,
): Promise<void> => verify(identityPublic, signature, own(mailbox, pkSign, pkKem));
