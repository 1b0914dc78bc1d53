/** Which mailbox is behind a pseudonym: what moderators are shown when two of them ask for it (SPEC.md section 10.5). */

import type { Bytes, Hash, Id } from "./bytes.ts";
import { BadSignature } from "./errors.ts";
import { type PublicPseudonym, verifyOwn } from "./pseudonym.ts";
import { replay } from "./roster.ts";

/** What the evidence proves. */
export interface Unmasked {
  /** Of the mailbox's roster: to be compared with what is known of the mailbox by another way. */
  readonly root: Hash;
  /** The generation whose identity signed for the pseudonym. */
  readonly g: number;
}

/**
 * Checks that a mailbox said of a pseudonym, when it began to use it, that it is its own.
 *
 * `signedRecords` is its roster, from record 0; `pseudonym` is of an excerpt that verified. Throws BadEncoding, BadRoster,
 * BadSignature.
 */
export async function verifyUnmasking(
  signedRecords: readonly Bytes[],
  mailbox: Id,
  pseudonym: PublicPseudonym,
  own: Bytes,
): Promise<Unmasked> {
  const state = await replay(signedRecords, mailbox);
  for (const { g, identitySign } of state.generations.toReversed()) {
    try {
      await verifyOwn(identitySign, mailbox, pseudonym.sign, pseudonym.kem, own);
      return { root: state.root, g };
    } catch (error) {
      if (!(error instanceof BadSignature)) throw error;
    }
  }
  throw new BadSignature("no generation of this mailbox signed for the pseudonym");
}
