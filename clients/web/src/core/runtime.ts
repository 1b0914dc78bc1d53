/** What the parts of one client share: line, storage, keys, clock, and what the application is told. */

import { type Entropy, draw } from "../e2ee/entropy.ts";
import { ID } from "../e2ee/bytes.ts";
import type { Base64, Id } from "../wire/types.ts";
import type { Api } from "./api.ts";
import { toBase64 } from "./base64.ts";
import type { Heavy } from "./heavy.ts";
import type { Link } from "./link.ts";
import type { Storage } from "./storage.ts";
import type { Trust } from "./trust.ts";
import type { VaultKeeper } from "./vault.ts";
import type { Notice } from "./views.ts";

/**
 * Gives the platform's word for the key of a mailbox's identity, as a JWT (SPEC.md section 9.4), each time that a card is
 * sealed; null where it has none to give.
 */
export type Attest = (identity: Base64<32>) => Promise<string | null>;

export const answerMs = 20_000;

/** Tells the application that something changed, or what it should hear of once. */
export interface Ears {
  readonly changed: () => void;
  readonly notice: (notice: Notice) => void;
}

/** One client's parts. */
export interface Runtime extends Ears {
  readonly api: Api;
  readonly link: Link;
  readonly keeper: VaultKeeper;
  readonly storage: Storage;
  readonly heavy: Heavy;
  readonly trust: Trust;
  /** Without it, cards are sealed without attestation. */
  readonly attest: Attest | undefined;
  readonly entropy: Entropy;
  /** ms since 1970, by this device's clock. */
  readonly clock: () => number;
  /** What the service said last of itself. */
  readonly service: ServiceClock;
}

/** By how much the service's clock is ahead, and which history it has: another epoch means a restored backup. */
export interface ServiceClock {
  skewMs: number;
  streamEpoch: number | null;
}

/** Ms by the service's clock: for what is counted from the times that it gave to events. */
export function serviceNow(runtime: Runtime): number {
  return runtime.clock() + runtime.service.skewMs;
}

export function newId(runtime: { readonly entropy: Entropy }): Id {
  return toBase64<16>(draw(runtime.entropy, ID));
}

/** A fraction, at least 0 and below 1. */
export function drawnFraction(entropy: Entropy): number {
  const drawn = entropy(4);
  return new DataView(drawn.buffer, drawn.byteOffset, 4).getUint32(0) / 2 ** 32;
}
