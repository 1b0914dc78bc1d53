/** Bytes as they stand in JSON (base64 with padding, RFC 4648 section 4) and in addresses (hex). */

import { branded, type Bytes, fromHex, hex } from "../e2ee/bytes.ts";
import type { Base64, Id } from "../wire/types.ts";

const chunk = 8_192;

/** The caller says by the type how many bytes these are. */
export function toBase64<Length extends number = number>(bytes: Bytes): Base64<Length> {
  let binary = "";
  for (let at = 0; at < bytes.length; at += chunk) {
    binary += String.fromCodePoint(...bytes.subarray(at, at + chunk));
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what base64 is made of has no type of its own
  return btoa(binary) as Base64<Length>;
}

/** Whether this is base64 in its one canonical form: what names something must have one name only. */
export function isBase64(text: string): boolean {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/u.test(text)) {
    return false;
  }
  return !text.endsWith("=") || btoa(atob(text.slice(-4))) === text.slice(-4);
}

/** The bytes of a base64 text that was checked when it came in; the caller says by the type what they are. */
export function fromBase64<T extends Bytes = Bytes>(text: Base64): T {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at += 1) {
    bytes[at] = binary.charCodeAt(at);
  }
  return branded<T>(bytes);
}

/** An id, which JSON has in base64, as an address and a Map of bytes have it. */
export function hexOfId(id: Id): string {
  return hex(fromBase64(id));
}

/** The id of an address. @throws BadEncoding, RangeError */
export function idOfHex(text: string): Id {
  const bytes = fromHex(text);
  if (bytes.length !== 16) {
    throw new RangeError("not an id");
  }
  return toBase64<16>(bytes);
}

/** Whether a text is 32 bytes in base64, as a public key is written. */
export function isKey(text: string): text is Base64<32> {
  return text.length === 44 && text.endsWith("=") && !text.endsWith("==") && isBase64(text);
}
