/** HPKE with its KEM: the part of `kem` that is large, and is loaded when the first key is needed. */

import { Aes256Gcm, CipherSuite, HkdfSha256, HpkeError, NotSupportedError } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";

import { branded, type Bytes, concat, type KemPublic, type Secret } from "./bytes.ts";

const KEM = new XWing();
const SUITE = new CipherSuite({ kem: KEM, kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** The KEM's output, in bytes: what stands before the ciphertext. */
export const ENCAPSULATED_BYTES = 1120;

/** Whether the library refused what it was given, as against failing itself. */
export const isRefusal = (error: unknown): boolean =>
  error instanceof HpkeError && !(error instanceof NotSupportedError);

/** The public key of a 32-byte seed, imported as it stands: DeriveKeyPair would make another key of it. */
export async function publicKey(seed: Secret): Promise<KemPublic> {
  const pair = await KEM.generateKeyPairDerand(seed.slice());
  return branded(new Uint8Array(await KEM.serializePublicKey(pair.publicKey)));
}

export async function open(seed: Secret, sealed: Bytes, info: Bytes): Promise<Bytes> {
  const recipientKey = await KEM.importKey("raw", seed.slice().buffer, false);
  const enc = sealed.slice(0, ENCAPSULATED_BYTES);
  return new Uint8Array(await SUITE.open({ recipientKey, enc, info }, sealed.slice(ENCAPSULATED_BYTES)));
}

export async function seal(recipient: KemPublic, plaintext: Bytes, info: Bytes): Promise<Bytes> {
  const recipientPublicKey = await KEM.importKey("raw", recipient.slice().buffer, true);
  const { enc, ct } = await SUITE.seal({ recipientPublicKey, info }, plaintext);
  return concat(new Uint8Array(enc), new Uint8Array(ct));
}
