/**
 * By which a facilitator is invited: the code of a target of theirs, to be read out, copied and typed. It is no secret.
 *
 * The target's 16 bytes as 26 characters of base32 (the last 2 bits are 0) and 4 check characters, in groups of five. It has
 * another length and other check characters than a recovery code, which nobody may hand in here by mistake: the service
 * would learn it.
 */

import { decodeBase32, encodeBase32, typedBase32 } from "../e2ee/base32.ts";
import { branded, byteAt, fromHex, hex, type Id as IdBytes } from "../e2ee/bytes.ts";
import { frame } from "../e2ee/encoding.ts";
import { sha256 } from "../e2ee/suite.ts";
import type { Id } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";

const targetCharacters = 26;
const checkCharacters = 4;
const padBits = 2n;

export function targetCode(target: Id): string {
  const bytes = fromBase64<IdBytes>(target);
  const value = BigInt(`0x${hex(bytes)}`) << padBits;
  const text = encodeBase32(value, targetCharacters) + encodeBase32(check(bytes), checkCharacters);
  return (text.match(/.{5}/gu) ?? []).join("-");
}

/** The target of a code as a person typed or pasted it, or of the 32 hex digits that a platform has; null: mistyped. */
export function targetOf(typed: string): Id | null {
  const plain = typed.trim().toLowerCase();
  if (/^[0-9a-f]{32}$/u.test(plain)) {
    return toBase64<16>(fromHex(plain));
  }
  const kept = typedBase32(typed);
  if (kept?.length !== targetCharacters + checkCharacters) {
    return null;
  }
  const value = decodeBase32(kept.slice(0, targetCharacters));
  if (value === null || value % (1n << padBits) !== 0n) {
    return null;
  }
  const bytes = branded<IdBytes>(fromHex((value >> padBits).toString(16).padStart(32, "0")));
  return decodeBase32(kept.slice(targetCharacters)) === check(bytes) ? toBase64<16>(bytes) : null;
}

/** The first 20 bits of the hash of the target. */
function check(target: IdBytes): bigint {
  const hashed = sha256(frame("pli1/target-code", target));
  return BigInt((byteAt(hashed, 0) << 12) | (byteAt(hashed, 1) << 4) | (byteAt(hashed, 2) >> 4));
}
