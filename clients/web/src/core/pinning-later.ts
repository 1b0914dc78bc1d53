/** The moderators' root, for a browser that knew the service before it had one: its first word of it is held from then on. */

import { BadModerationKey } from "../e2ee/errors.ts";
import type { Base64, ServiceInfo } from "../wire/types.ts";
import { decodeAnswer } from "./decoding.ts";
import { pinnedName, serviceInfo } from "./pinning.ts";

/**
 * null: there is none yet. @throws Malformed, TypeError without a network, BadModerationKey (the service names its root
 * beside another audit key than the one pinned here)
 */
export async function laterRoot(): Promise<Base64<32> | null> {
  const kept = globalThis.localStorage?.getItem(pinnedName);
  if (kept === undefined || kept === null) {
    return null;
  }
  const pinned = decodeAnswer("ServiceInfo", kept);
  if (pinned.moderation_root !== null && pinned.moderation_root !== undefined) {
    return pinned.moderation_root;
  }
  const now = await serviceInfo();
  const root = now.moderation_root ?? null;
  if (root === null || now.service !== pinned.service || now.stamp_key !== pinned.stamp_key) {
    return null;
  }
  const log = auditKey(pinned, now);
  localStorage.setItem(pinnedName, JSON.stringify({ ...pinned, moderation_root: root, audit_key: log }));
  return root;
}

/** That of the first visit, if there was one then. */
function auditKey(pinned: ServiceInfo, now: ServiceInfo): ServiceInfo["audit_key"] {
  const log = pinned.audit_key ?? now.audit_key;
  if (now.audit_key !== log) {
    throw new BadModerationKey("the service names another audit key than the one pinned here");
  }
  return log;
}
