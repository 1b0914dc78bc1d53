/** What a client is told beforehand and never asks the service for. */

import type { Base64, Ed25519Public, Id } from "../wire/types.ts";

/** Pinned by the page's configuration. */
export interface Trust {
  /** The deployment. */
  readonly service: Id;
  /** Stamps its logs. */
  readonly stampKey: Ed25519Public;
  /** Signs attestations and resets; null: none of them is believed. */
  readonly platformKey: Base64<32> | null;
  readonly attestationAudience: string;
  /** Certifies the keys that reports are sealed to; null: nothing is reported. */
  readonly moderationRoot: Base64<32> | null;
  /** Signs the checkpoints of the moderators' audit log; null: a moderator is shown nothing. */
  readonly auditKey: Base64<32> | null;
}
