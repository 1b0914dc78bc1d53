/**
 * Ed25519 on noble's points, where WebCrypto has none or another rule. noble's own `verify` multiplies by the cofactor:
 * here is the cofactorless comparison of SPEC.md section 2.4 instead. `signing` checks the encodings before.
 */

import { ed25519 } from "@noble/curves/ed25519.js";
import { sha512 } from "@noble/hashes/sha2.js";

import {
  type Bytes,
  concat,
  exactly,
  littleEndian,
  SIGN_PUBLIC,
  SIGNATURE,
  same,
  type Secret,
  type Signature,
  type SignPublic,
} from "./bytes.ts";
import { BadSignature } from "./errors.ts";

const { Point } = ed25519;

export function keyPair(seed: Secret): Promise<{ public: SignPublic; sign: (message: Bytes) => Promise<Signature> }> {
  return Promise.resolve({
    public: exactly(ed25519.getPublicKey(seed), SIGN_PUBLIC, "an Ed25519 public key"),
    sign: (message: Bytes) => Promise.resolve(exactly(ed25519.sign(message, seed), SIGNATURE, "a signature")),
  });
}

export async function check(publicKey: SignPublic, signature: Signature, message: Bytes): Promise<void> {
  const a = point(publicKey);
  const r = signature.slice(0, 32);
  const s = littleEndian(signature.slice(32));
  const k = littleEndian(sha512(concat(r, publicKey, message))) % Point.Fn.ORDER;
  const computed = new Uint8Array(Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k)).toBytes());
  if (!same(computed, r)) await Promise.reject(new BadSignature("the signature does not verify"));
}

function point(publicKey: SignPublic): InstanceType<typeof Point> {
  try {
    return Point.fromBytes(publicKey, false);
  } catch (cause) {
    throw new BadSignature("the public key is no point of the curve", { cause });
  }
}
