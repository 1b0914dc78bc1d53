/** The account: one 32-byte seed, from which the keys of every seat derive (SPEC.md section 3.1). */

import type { Id, Secret } from "./bytes.ts";
import { ascii } from "./encoding.ts";
import { KemKey } from "./kem.ts";
import { SigningKey } from "./signing.ts";
import { checkKey, kdf } from "./suite.ts";

/** The keys of one account's seat in one mailbox: what signs for it, and what is sealed to it. */
export interface SeatKeyPair {
  readonly sign: SigningKey;
  readonly kem: KemKey;
}

/** Derives the keys of this account's seat in a mailbox. Two mailboxes get keys that nobody can link. */
export async function seatKeys(accountSeed: Secret, mailbox: Id): Promise<SeatKeyPair> {
  checkKey(accountSeed, "the account seed");
  return {
    sign: await SigningKey.fromSeed(kdf(accountSeed, "pli1/seat", mailbox, ascii("sign"))),
    kem: await KemKey.fromSeed(kdf(accountSeed, "pli1/seat", mailbox, ascii("kem"))),
  };
}
