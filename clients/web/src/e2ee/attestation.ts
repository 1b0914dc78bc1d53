/**
 * Attestations: the platform's word, as a JWT, for what a card claims (SPEC.md section 9.4).
 *
 * The client fetches it from the platform, not through this service, and seals it into the card. It vouches for one
 * identity key I_g, by RFC 7638 thumbprint; a card whose attestation names another key is refused.
 */

import { exactly, SIGN_PUBLIC, type SignPublic } from "./bytes.ts";
import { ascii } from "./encoding.ts";
import { BadAttestation } from "./errors.ts";
import { toBase64Url, verifyJwt } from "./jwt.ts";
import { isObject, type JsonObject } from "./strict-json.ts";
import { sha256 } from "./suite.ts";

const TYPE = "pli-attest+jwt";
const LIFE_S_MAX = 90 * 86_400;
const CLOCK_SKEW_S = 300;

/** The RFC 7638 thumbprint of I_g as an OKP JWK (RFC 8037), in base64url: what `cnf.jkt` holds. */
export function thumbprint(identityPublic: SignPublic): string {
  const x = toBase64Url(exactly(identityPublic, SIGN_PUBLIC, "I_g"));
  return toBase64Url(sha256(ascii(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`)));
}

/**
 * Verifies an attestation against the platform's pinned Ed25519 key and returns its claims.
 *
 * `nowS` is the time of the release in seconds, `identityPublic` the key I_g of the card's binding. Throws
 * BadAttestation: another type or algorithm, signature, audience, key, or outside its time.
 */
export async function verifyAttestation(
  jwt: string,
  publicKey: SignPublic,
  audience: string,
  nowS: number,
  identityPublic: SignPublic,
): Promise<JsonObject> {
  const claims = await verifyJwt(jwt, TYPE, publicKey, audience);
  checkTime(claims, nowS);
  const cnf = claims["cnf"];
  if (!isObject(cnf) || cnf["jkt"] !== thumbprint(identityPublic)) {
    throw new BadAttestation("the attestation vouches for another key than the card's");
  }
  return claims;
}

function checkTime(claims: JsonObject, nowS: number): void {
  const { iat: issued, exp: expires } = claims;
  if (typeof issued !== "number" || typeof expires !== "number") {
    throw new BadAttestation("the attestation has no time of issue or of expiry");
  }
  const life = expires - issued;
  if (!(life > 0 && life <= LIFE_S_MAX)) {
    throw new BadAttestation("the attestation lives longer than 90 days, or not at all");
  }
  if (nowS >= expires) throw new BadAttestation("the attestation has expired");
  if (issued > nowS + CLOCK_SKEW_S) throw new BadAttestation("the attestation is issued in the future");
}
