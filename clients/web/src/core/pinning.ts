/** The service that a browser knows: its first word is believed, and held from then on. */

import { ID } from "../e2ee/bytes.ts";
import { draw, systemEntropy } from "../e2ee/entropy.ts";
import type { Id, ServiceInfo } from "../wire/types.ts";
import { systemFetch } from "./api.ts";
import { isBase64, toBase64 } from "./base64.ts";
import { decodeAnswer } from "./decoding.ts";
import type { Trust } from "./trust.ts";

/** Under which a browser keeps it. */
export const pinnedName = "pli-trust";

/**
 * Another stamp key than the one pinned is refused by everything that is read. `platformKey`: as the page that embeds this
 * one has it, or null: then the service's word is held there too. @throws Malformed, TypeError without a network
 */
export async function pinnedTrust(platformKey: Trust["platformKey"]): Promise<Trust> {
  const kept = localStorage.getItem(pinnedName);
  const text = kept ?? (await fetched());
  const info = decodeAnswer("ServiceInfo", text);
  if (kept === null) {
    localStorage.setItem(pinnedName, text);
  }
  return {
    service: info.service,
    stampKey: info.stamp_key,
    platformKey: platformKey ?? info.platform_key,
    attestationAudience: info.attestation_audience,
    moderationRoot: info.moderation_root ?? null,
    auditKey: info.audit_key ?? null,
  };
}

/** What the service says of itself now. @throws Malformed, TypeError without a network */
export async function serviceInfo(): Promise<ServiceInfo> {
  return decodeAnswer("ServiceInfo", await fetched());
}

async function fetched(): Promise<string> {
  const answer = await systemFetch("/v1/service", { credentials: "omit", cache: "no-store" });
  return answer.text();
}

/** An id for what is to be done once, however often it is asked for. */
export function drawnId(): Id {
  return toBase64<16>(draw(systemEntropy, ID));
}

export function isId(text: string): text is Id {
  return text.length === 24 && isBase64(text);
}
