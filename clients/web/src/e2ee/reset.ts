/**
 * The event that says: this side begins anew, and the platform attests it (SPEC.md section 4.7).
 *
 * payload = frame("pli1/reset", u8 party, u32 n, jwt)
 *
 * A mailbox without any administrator left gets a new roster with a new root. In each of its threads the platform's word
 * stands first; only then may that side's next epoch record come without a signature by the pseudonym that nobody has any
 * more. The token names no mailbox: two peers cannot tell by it that they talk to the same one.
 */

import { type Bytes, hex, type SignPublic, U32, U8 } from "./bytes.ts";
import { readU32, readU8, readUtf8, unframe } from "./encoding.ts";
import type { EpochRecord } from "./epoch.ts";
import { BadRecord } from "./errors.ts";
import { verifyJwt } from "./jwt.ts";

export const RESET = "reset";
const TYPE = "pli-reset+jwt";

/** A parsed reset: whose side, which epoch it ends, and the platform's word. */
export interface Reset {
  readonly party: number;
  readonly n: number;
  readonly jwt: string;
}

/** The platform's pinned Ed25519 key, and the audience that its tokens for clients have. */
export interface PlatformKey {
  readonly public: SignPublic;
  readonly audience: string;
}

/** Throws BadEncoding; verifies nothing. */
export function parseReset(payload: Bytes): Reset {
  const [party, n, jwt] = unframe(payload, "pli1/reset", [U8, U32, null]);
  return { party: readU8(party), n: readU32(n), jwt: readUtf8(jwt) };
}

/**
 * Checks a reset against the record in force and returns whose side begins anew.
 *
 * Throws BadEncoding, BadRecord (another party or epoch than in force), BadAttestation (the platform did not say so).
 */
export async function verifyReset(payload: Bytes, record: EpochRecord, platform: PlatformKey): Promise<number> {
  const reset = parseReset(payload);
  if (reset.party > 1 || reset.n !== record.n) throw new BadRecord("the reset is of another party or epoch");
  const said = await verifyJwt(reset.jwt, TYPE, platform.public, platform.audience);
  const expected = { thread: hex(record.thread), party: reset.party, record: hex(record.hash) };
  for (const [name, value] of Object.entries(expected)) {
    if (said[name] !== value) throw new BadRecord(`the platform's word is for another ${name}`);
  }
  if (typeof said["iat"] !== "number") throw new BadRecord("the platform's word has no time");
  return reset.party;
}
