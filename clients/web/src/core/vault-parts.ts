/** What a vault is about, and what its keeper works with. */

import type { Secret } from "../e2ee/bytes.ts";
import type { Entropy } from "../e2ee/entropy.ts";
import type { Vault } from "../e2ee/vault.ts";
import type { VaultWrap } from "../wire/types.ts";
import type { Api } from "./api.ts";
import type { Storage } from "./storage.ts";

export const rosterKind = "roster";
export const seatKind = "seat";
/** By the first 16 bytes of a root that is followed no more: the one that is followed instead. */
export const resetKind = "reset";
export const threadKind = "thread";
export const deviceKind = "device";
/** A checkpoint whose position is how many vault keys followed the first one; its head is 32 zero bytes. */
export const keysKind = "keys";

/**
 * How the person and their recovery code meet. `show` is called with a new code before anything is stored, and returns
 * once the person has it; `code` is what the person typed, on a device that is new to the account.
 */
export interface Recovery {
  readonly show: (code: string) => Promise<void>;
  readonly code: string | null;
}

export interface KeeperParts {
  readonly api: Api;
  readonly storage: Storage;
  readonly entropy: Entropy;
  readonly clock: () => number;
  /** What the person calls this device, at most 24 bytes: only their own devices see it. */
  readonly deviceName: string;
}

/** A version of the vault, opened. */
export interface Opened {
  readonly version: number;
  readonly vault: Vault;
  readonly vk: Secret;
  readonly wraps: readonly VaultWrap[];
}
