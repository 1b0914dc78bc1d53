/**
 * Tokens that the platform signs for clients to check, as JWT in compact form (SPEC.md sections 4.7 and 9.4).
 *
 * Whoever hands such a token over may have written any text: it is refused before anything is done with a part of it.
 */

import type { Bytes, SignPublic } from "./bytes.ts";
import { ascii, readUtf8 } from "./encoding.ts";
import { BadAttestation, BadEncoding, BadSignature, refusedAs } from "./errors.ts";
import { verify } from "./signing.ts";
import { type JsonObject, parseObject } from "./strict-json.ts";

/**
 * The claims of a token of this type (`typ`), signed by this Ed25519 key, for this audience.
 *
 * Throws BadAttestation: another form, type, algorithm, signature or audience.
 */
export async function verifyJwt(
  jwt: string,
  kind: string,
  publicKey: SignPublic,
  audience: string,
): Promise<JsonObject> {
  const parts = jwt.split(".");
  // All three before anything is done with one of them: the text comes from the peer, and may hold any character.
  const [header, payload, signature, ...more] = parts.map(fromBase64Url);
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) {
    throw new BadAttestation("not a signed JWT");
  }
  checkHeader(await jsonObject(header), kind);
  await refusedAs(
    [BadSignature],
    () => verify(publicKey, signature, ascii(parts.slice(0, 2).join("."))),
    (cause) => new BadAttestation(`the platform's signature does not verify: ${cause.message}`, { cause }),
  );
  const claims = await jsonObject(payload);
  if (claims["aud"] !== audience) throw new BadAttestation("the token is meant for another audience");
  return claims;
}

function checkHeader(header: JsonObject, kind: string): void {
  if (header["typ"] !== kind) throw new BadAttestation("another type of token");
  if (header["alg"] !== "EdDSA") {
    throw new BadAttestation("the platform's tokens are signed with EdDSA and nothing else");
  }
  if (Object.hasOwn(header, "crit")) {
    throw new BadAttestation("the token asks for an extension that is not understood");
  }
}

const jsonObject = (part: Bytes): Promise<JsonObject> =>
  refusedAs(
    [BadEncoding],
    () => parseObject(readUtf8(part)),
    (cause) => new BadAttestation(`a part of the token is not a JSON object: ${cause.message}`, { cause }),
  );

function fromBase64Url(part: string): Bytes {
  if (!/^[A-Za-z0-9_-]*$/u.test(part) || part.length % 4 === 1) {
    throw new BadAttestation("a part of the token is not base64url");
  }
  const binary = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
  const decoded = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  if (toBase64Url(decoded) !== part) throw new BadAttestation("a part of the token is not canonical base64url");
  return decoded;
}

/** Without padding. */
export function toBase64Url(data: Bytes): string {
  let binary = "";
  for (const byte of data) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
