/**
 * The key that reports are sealed to, and the offline root's certificate that vouches for it (SPEC.md section 10.1).
 *
 * certificate = frame("pli1/modkey-cert", kem_pk, u32 g, u64 not_before, u64 not_after, sig)
 * sig         = Ed25519(moderation root, frame("pli1/modkey", kem_pk, u32 g, u64 not_before, u64 not_after))
 *
 * Clients pin the root; what the service hands them vouches for nothing by itself.
 */

import {
  branded,
  type Bytes,
  type Hash,
  ID,
  type Id,
  KEM_PUBLIC,
  type KemPublic,
  same,
  SIGNATURE,
  U32,
  U64,
} from "./bytes.ts";
import { frame, readU32, readU64, unframe } from "./encoding.ts";
import { BadModerationKey } from "./errors.ts";
import { checkKemPublic } from "./kem.ts";
import { verify } from "./signing.ts";
import { sha256 } from "./suite.ts";
import type { Checkpoint } from "./vault.ts";

/** The longest time between notBefore and notAfter, in ms. */
const CERTIFICATE_MS_MAX = 400 * 86_400_000;
/** By how much a reader's clock may be behind. */
const CLOCK_MS_MAX = 300_000;

/** What a certificate says. */
export interface ModerationKey {
  /** K_g of the moderation mailbox. */
  readonly kem: KemPublic;
  readonly g: number;
  /** ms since 1970, UTC; as `notAfter`. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Names the key in reports: SHA256(kem_pk). */
export const keyHash = ({ kem }: ModerationKey): Hash => sha256(kem);

/** What a vault keeps of the newest key that it saw. */
export const keyCheckpoint = (key: ModerationKey): Checkpoint => ({ position: key.g, head: keyHash(key) });

/** The id of a root in vaults. */
export const rootId = (rootPublic: Bytes): Id => branded(sha256(frame("pli1/modroot", rootPublic)).slice(0, ID));

/**
 * Verifies a certificate under the pinned root; `now` in ms, `seen` the newest key that this account saw.
 *
 * Throws BadEncoding, BadSignature (not by this root), BadModerationKey (out of its time, older than `seen`, or another
 * key of the same generation), BadKey (nobody could seal to it).
 */
export async function openCertificate(
  certificate: Bytes,
  rootPublic: Bytes,
  { now, seen }: { now: number; seen: Checkpoint | null },
): Promise<ModerationKey> {
  const widths = [KEM_PUBLIC, U32, U64, U64, SIGNATURE] as const;
  const [kem, g, notBefore, notAfter, signature] = unframe(certificate, "pli1/modkey-cert", widths);
  await verify(rootPublic, signature, frame("pli1/modkey", kem, g, notBefore, notAfter));
  const key = { kem, g: readU32(g), notBefore: readU64(notBefore), notAfter: readU64(notAfter) };
  const span = key.notAfter - key.notBefore;
  if (span <= 0 || span > CERTIFICATE_MS_MAX) {
    throw new BadModerationKey("a moderation certificate holds for 1 ms to 400 days");
  }
  if (key.notBefore > now + CLOCK_MS_MAX || key.notAfter <= now) {
    throw new BadModerationKey("the moderation key is not in its time");
  }
  if (seen !== null && key.g < seen.position) throw new BadModerationKey("a newer moderation key was seen before");
  if (seen !== null && key.g === seen.position && !same(keyHash(key), seen.head)) {
    throw new BadModerationKey("another moderation key of this generation was seen before");
  }
  await checkKemPublic(kem);
  return key;
}
