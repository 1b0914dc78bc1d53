/** The platform's word for what a card claims, as texts; and for the own mailbox, before it is sealed into a card. */

import { verifyAttestation } from "../e2ee/attestation.ts";
import type { SignPublic } from "../e2ee/bytes.ts";
import type { Base64 } from "../wire/types.ts";
import { fromBase64 } from "./base64.ts";
import type { Attest } from "./runtime.ts";
import { claimsOf } from "./token.ts";
import type { Trust } from "./trust.ts";

/** What the platform vouches for, and what the peer will read of it. */
export interface Attested {
  readonly jwt: string;
  readonly claims: Readonly<Record<string, string>>;
}

/** What a token says of itself, and not of its bearer. */
const registered: ReadonlySet<string> = new Set(["iss", "aud", "sub", "jti"]);

/** The claims that are text. */
export function textsOf(claims: object): Record<string, string> {
  const texts = Object.entries(claims).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(texts.filter(([name]) => !registered.has(name)));
}

/**
 * The attestation for the key of the own mailbox's identity; null where the platform gives none. A platform that does not
 * answer keeps nobody from consenting, nor does one whose word would not verify: the card is then declared.
 */
export async function ownAttestation(
  attest: Attest | undefined,
  identity: Base64<32>,
  trust: Trust,
  now: number,
): Promise<Attested | null> {
  try {
    const jwt = (await attest?.(identity)) ?? null;
    return jwt === null ? null : { jwt, claims: textsOf(await claimed(jwt, identity, trust, now)) };
  } catch {
    return null;
  }
}

/** Verified, where this client knows by which key. @throws BadAttestation */
async function claimed(jwt: string, identity: Base64<32>, trust: Trust, now: number): Promise<object> {
  if (trust.platformKey === null) {
    return claimsOf(jwt) ?? {};
  }
  const key = fromBase64<SignPublic>(trust.platformKey);
  const nowS = Math.floor(now / 1_000);
  return verifyAttestation(jwt, key, trust.attestationAudience, nowS, fromBase64<SignPublic>(identity));
}
