/**
 * The recovery code: what a person writes down to get the vault back on a new device (SPEC.md section 3.2).
 *
 * 16 random bytes as 26 Crockford base32 characters (the last 2 bits are 0) and 2 check characters, shown in groups of 4:
 * XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX. It is 128 bits strong, so that no password stretching is needed.
 */

import { decodeBase32, encodeBase32, typedBase32 } from "./base32.ts";
import { type Bytes, byteAt, exactly, fromHex, hex, ID, type Id, NOTHING, type Secret } from "./bytes.ts";
import { frame } from "./encoding.ts";
import { draw, type Entropy } from "./entropy.ts";
import { WrongRecoveryCode } from "./errors.ts";
import { hkdf, sha256 } from "./suite.ts";

/** A code has as many bytes as an id. */
export const CODE = ID;
const CODE_CHARACTERS = 26;
const CHECK_CHARACTERS = 2;
const PAD_BITS = 2n;

/** Draws a recovery code and formats it. */
export const newCode = (entropy: Entropy): string => formatCode(draw(entropy, CODE));

/** Formats 16 bytes as seven groups of four characters. */
export function formatCode(code: Bytes): string {
  const value = BigInt(`0x${hex(exactly(code, CODE, "the recovery code"))}`) << PAD_BITS;
  const text = encodeBase32(value, CODE_CHARACTERS) + encodeBase32(BigInt(check(code)), CHECK_CHARACTERS);
  return (text.match(/.{4}/gu) ?? []).join("-");
}

/** Reads a code as a person typed it: any case, spaces, dashes, I and L for 1, O for 0. Throws WrongRecoveryCode. */
export function parseCode(typed: string): Bytes {
  const kept = typedBase32(typed);
  if (kept === null) throw new WrongRecoveryCode("the code holds a character that no code has");
  if (kept.length !== CODE_CHARACTERS + CHECK_CHARACTERS) {
    throw new WrongRecoveryCode(`the code has ${kept.length} characters instead of 28`);
  }
  const value = decodeBase32(kept.slice(0, CODE_CHARACTERS));
  const checked = decodeBase32(kept.slice(CODE_CHARACTERS));
  if (value === null || checked === null) throw new WrongRecoveryCode("the code holds a character that no code has");
  if (value % (1n << PAD_BITS) !== 0n) throw new WrongRecoveryCode("the code is mistyped");
  const code = fromHex((value >> PAD_BITS).toString(16).padStart(2 * CODE, "0"));
  if (BigInt(check(code)) !== checked) {
    throw new WrongRecoveryCode("the code is mistyped: its check characters do not match");
  }
  return code;
}

/** The key that wraps the vault key for the method `recovery`: 32 bytes, of this account only. */
export function recoveryKey(code: Bytes, account: Id): Secret {
  exactly(code, CODE, "the recovery code");
  return hkdf(code, NOTHING, frame("pli1/recovery", exactly(account, ID, "the account id")));
}

/** The first 10 bits of the hash of the code: what the two check characters hold. */
function check(code: Bytes): number {
  const hashed = sha256(frame("pli1/recovery-check", code));
  return (byteAt(hashed, 0) << 2) | (byteAt(hashed, 1) >> 6);
}
