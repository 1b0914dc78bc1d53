/**
 * Suite 1, the only one: hash, derivation and authenticated encryption (SPEC.md sections 2.1 and 2.2). Signatures are
 * in `signing`, public-key encryption in `kem`.
 *
 * AES-GCM is WebCrypto's; the hash functions are noble's, since WebCrypto has none that answers at once. What is added
 * here are the widths that they would let through.
 */

import { hkdf as nobleHkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";

import { branded, type Bytes, concat, type Hash, NONCE, NOTHING, SECRET, type Secret } from "./bytes.ts";
import { frame } from "./encoding.ts";
import { draw, type Entropy } from "./entropy.ts";
import { BadKey, BadSeal } from "./errors.ts";

export const SUITE = 1;
export const TAG_BYTES = 16;
const ZERO_NONCE: Bytes = new Uint8Array(NONCE);

/** What AES-GCM seals under: 32 bytes, or a key of the browser that shows its bytes to nobody. */
export type SealKey = Secret | CryptoKey;

export const sha256 = (data: Bytes): Hash => branded(nobleSha256(data));

/** HMAC-SHA256 under a 32-byte key: 32 bytes. */
export const mac = (key: Secret, data: Bytes): Hash => branded(hmac(nobleSha256, checkKey(key), data));

/** HKDF-SHA256 (RFC 5869), 32 bytes out. */
export const hkdf = (ikm: Bytes, salt: Bytes, info: Bytes): Secret =>
  branded(nobleHkdf(nobleSha256, ikm, salt, info, SECRET));

/** KDF(key, label, fields...) of SPEC.md section 2.1: a 32-byte key for one named use. */
export const kdf = (key: Secret, label: string, ...fields: readonly Bytes[]): Secret =>
  hkdf(key, NOTHING, frame(label, ...fields));

/**
 * A 32-byte secret as it is; throws BadKey naming what it was for when it has another width.
 *
 * AES-GCM would take 16 or 24 bytes and HMAC any number: only 32 is a key here.
 */
export function checkKey(key: Bytes, what = "a key"): Secret {
  if (key.length !== SECRET) throw new BadKey(`${what} has ${key.length} bytes instead of ${SECRET}`);
  return branded(key);
}

/** AES-256-GCM with nonce 0, for a key that seals one plaintext in its life (SPEC.md section 2.2). */
export const sealOnce = (key: Secret, plaintext: Bytes, aad: Bytes): Promise<Bytes> =>
  encrypt(key, ZERO_NONCE, plaintext, aad);

/** Opens what `sealOnce` made. Throws BadSeal. */
export const openOnce = (key: Secret, sealed: Bytes, aad: Bytes): Promise<Bytes> =>
  decrypt(key, ZERO_NONCE, sealed, aad);

/** AES-256-GCM with a random 12-byte nonce, prepended: nonce || ciphertext || tag. */
export async function seal(key: SealKey, plaintext: Bytes, aad: Bytes, entropy: Entropy): Promise<Bytes> {
  const nonce = draw(entropy, NONCE);
  return concat(nonce, await encrypt(key, nonce, plaintext, aad));
}

/** Opens what `seal` made. Throws BadSeal. */
export const openSealed = (key: SealKey, sealed: Bytes, aad: Bytes): Promise<Bytes> =>
  decrypt(key, sealed.slice(0, NONCE), sealed.slice(NONCE), aad);

async function aesKey(key: SealKey, usage: "encrypt" | "decrypt"): Promise<CryptoKey> {
  if (key instanceof CryptoKey) return key;
  return crypto.subtle.importKey("raw", checkKey(key), "AES-GCM", false, [usage]);
}

async function encrypt(key: SealKey, iv: Bytes, plaintext: Bytes, additionalData: Bytes): Promise<Bytes> {
  const aes = await aesKey(key, "encrypt");
  return new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, aes, plaintext));
}

async function decrypt(key: SealKey, iv: Bytes, sealed: Bytes, additionalData: Bytes): Promise<Bytes> {
  const aes = await aesKey(key, "decrypt");
  if (iv.length !== NONCE || sealed.length < TAG_BYTES) {
    throw new BadSeal("a ciphertext shorter than its nonce and tag");
  }
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, aes, sealed));
  } catch (cause) {
    throw new BadSeal("the ciphertext does not open under this key and associated data", { cause });
  }
}
