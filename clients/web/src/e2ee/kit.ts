/**
 * The printed kit of a mailbox: a code from which one of its administrators can be made again (SPEC.md section 4.6).
 *
 * The code is written like a recovery code (`recovery.newCode`, `recovery.parseCode`). The mailbox's root is part of the
 * derivation: on a roster that begins otherwise, made up by whoever, the code gives keys that nobody seated.
 */

import { type Bytes, exactly, HASH, type Hash, ID, type Id, NOTHING, type Secret } from "./bytes.ts";
import { frame } from "./encoding.ts";
import { CODE } from "./recovery.ts";
import { hkdf } from "./suite.ts";

/** The account seed of a kit: `account.seatKeys` gives its seat's keys in this mailbox. 32 bytes. */
export function kitSeed(code: Bytes, mailbox: Id, root: Hash): Secret {
  exactly(code, CODE, "the kit's code");
  exactly(mailbox, ID, "the mailbox id");
  return hkdf(code, NOTHING, frame("pli1/kit", mailbox, exactly(root, HASH, "the roster's root")));
}
