/** Ed25519 by WebCrypto. `signing` checks the encodings before, and decides whether this implementation may be used. */

import {
  type Bytes,
  concat,
  exactly,
  fromHex,
  SIGN_PUBLIC,
  SIGNATURE,
  type Secret,
  type Signature,
  type SignPublic,
} from "./bytes.ts";
import { BadSignature } from "./errors.ts";

/** RFC 8410: what stands before the seed in a PKCS #8 key, which is the only form of a private key that WebCrypto takes. */
const PKCS8 = fromHex("302e020100300506032b657004220420");

export async function keyPair(
  seed: Secret,
): Promise<{ public: SignPublic; sign: (message: Bytes) => Promise<Signature> }> {
  const key = await crypto.subtle.importKey("pkcs8", concat(PKCS8, seed), "Ed25519", true, ["sign"]);
  const { x } = await crypto.subtle.exportKey("jwk", key);
  const publicKey = Uint8Array.from(atob((x ?? "").replaceAll("-", "+").replaceAll("_", "/")), (each) =>
    each.charCodeAt(0),
  );
  return {
    public: exactly(publicKey, SIGN_PUBLIC, "an Ed25519 public key"),
    sign: async (message) =>
      exactly(new Uint8Array(await crypto.subtle.sign("Ed25519", key, message)), SIGNATURE, "a signature"),
  };
}

export async function check(publicKey: SignPublic, signature: Signature, message: Bytes): Promise<void> {
  let verified: boolean;
  try {
    const key = await crypto.subtle.importKey("raw", publicKey, "Ed25519", false, ["verify"]);
    verified = await crypto.subtle.verify("Ed25519", key, signature, message);
  } catch (cause) {
    throw new BadSignature("the public key is no point of the curve", { cause });
  }
  if (!verified) throw new BadSignature("the signature does not verify");
}
