/**
 * Public-key encryption: HPKE base mode with MLKEM768-X25519, HKDF-SHA256 and AES-256-GCM (SPEC.md section 2.3).
 *
 * The library draws its own randomness here, which is why HPKE vectors are open-only.
 */

import {
  branded,
  type Bytes,
  KEM_PUBLIC,
  type KemPublic,
  littleEndian,
  NOTHING,
  type Secret,
  type Wrap,
} from "./bytes.ts";
import { frame } from "./encoding.ts";
import { BadKey, BadSeal } from "./errors.ts";
import type * as Hpke from "./hpke.ts";
import { checkKey, TAG_BYTES } from "./suite.ts";

const P = 2n ** 255n - 19n;
const ML_KEM_PUBLIC_BYTES = 1184;

/** Loaded apart: it is large, and a page that only reads does not need it at once. */
const hpke = (): Promise<typeof Hpke> => import("./hpke.ts");

/** A MLKEM768-X25519 (X-Wing) key pair from its 32-byte seed. */
export class KemKey {
  readonly public: KemPublic;
  readonly #seed: Secret;

  private constructor(publicKey: KemPublic, seed: Secret) {
    this.public = publicKey;
    this.#seed = seed;
  }

  static async fromSeed(seed: Secret): Promise<KemKey> {
    checkKey(seed, "a KEM seed");
    return new KemKey(await (await hpke()).publicKey(seed), seed);
  }

  /** Opens what `hpkeSeal` sealed to this key with this info. Throws BadSeal. */
  async open(sealed: Bytes, info: Bytes): Promise<Bytes> {
    const library = await hpke();
    if (sealed.length < library.ENCAPSULATED_BYTES + TAG_BYTES) {
      throw new BadSeal("an HPKE message shorter than its encapsulated key and tag");
    }
    try {
      return await library.open(this.#seed, sealed, info);
    } catch (cause) {
      if (!library.isRefusal(cause)) throw cause;
      throw new BadSeal("the HPKE message does not open under this key and info", { cause });
    }
  }
}

/** Seals to a 1216-byte public key: enc (1120) || ciphertext || tag (16). Throws BadKey for a key of bad form. */
export async function hpkeSeal(publicKey: Bytes, plaintext: Bytes, info: Bytes): Promise<Bytes> {
  if (publicKey.length !== KEM_PUBLIC) {
    throw new BadKey(`a KEM public key has ${publicKey.length} bytes instead of ${KEM_PUBLIC}`);
  }
  // X25519 would take it for a smaller number, but the KEM hashes it as it stands: its owner could not open.
  if (littleEndian(publicKey.slice(ML_KEM_PUBLIC_BYTES)) >= P) {
    throw new BadKey("the X25519 part is not encoded canonically");
  }
  const library = await hpke();
  try {
    return await library.seal(branded(publicKey), plaintext, info);
  } catch (cause) {
    if (!library.isRefusal(cause)) throw cause;
    throw new BadKey("not a usable KEM public key", { cause });
  }
}

/** Seals a 32-byte secret to a public key: 1168 bytes. */
export const hpkeWrap = async (publicKey: Bytes, secret: Secret, info: Bytes): Promise<Wrap> =>
  branded(await hpkeSeal(publicKey, checkKey(secret), info));

/**
 * Throws BadKey for a KEM key that nobody could seal to: wrong width, coefficient >= q, an X25519 part that is not
 * canonical or of low order. It encapsulates once, the only way to find the last.
 */
export async function checkKemPublic(publicKey: Bytes): Promise<void> {
  await hpkeSeal(publicKey, NOTHING, frame("pli1/check"));
}
