/**
 * The vault: what an account must not lose, sealed by its own key and kept by the server (SPEC.md section 3.3).
 *
 * It holds the account seed, pins (what was seen once and may never be replaced) and checkpoints (how far a log was
 * seen). The vault key VK seals it; VK itself is wrapped once per method: by a device's key, and by the recovery code.
 */

import {
  type Bytes,
  exactly,
  fromHex,
  HASH,
  type Hash,
  hex,
  ID,
  type Id,
  same,
  SECRET,
  type Secret,
  U64,
} from "./bytes.ts";
import { asciiWord, frame, readAsciiWord, readU64, u32, u64, unframe, unframeList } from "./encoding.ts";
import type { Entropy } from "./entropy.ts";
import { BadEncoding, BadSeal, BadVault, type E2EEError, refusedAs, RolledBack, WrongRecoveryCode } from "./errors.ts";
import { checkKey, openSealed, seal, type SealKey } from "./suite.ts";

export const DEVICE = "device";
export const RECOVERY = "recovery";

/** How far a log was seen: its position there (a seq or an index) and the head at it. */
export interface Checkpoint {
  readonly position: number;
  readonly head: Hash;
}

/** What a pin or a checkpoint is about: a kind, such as `roster` or `thread`, and an id. The key of a Map. */
export type Subject = `${string}:${string}`;

export const subject = (kind: string, id: Id): Subject => `${kind}:${hex(exactly(id, ID, "the id"))}`;

function parts(about: Subject): [kind: Bytes, id: Id] {
  const [kind = "", id = ""] = about.split(":");
  return [asciiWord(kind), exactly(fromHex(id), ID, "the id")];
}

/** In the order of (kind, id): `:` comes before every character that a kind may go on with. */
const inOrder = <V>(entries: ReadonlyMap<Subject, V>): [Subject, V][] =>
  [...entries].sort(([one], [other]) => Number(one > other) - Number(one < other));

/** The opened vault. Pins are 32-byte values, such as the root of a mailbox's roster. */
export interface Vault {
  readonly accountSeed: Secret;
  readonly pins: ReadonlyMap<Subject, Bytes>;
  readonly checkpoints: ReadonlyMap<Subject, Checkpoint>;
}

/** Encodes a vault; pins and checkpoints stand in the order of (kind, id). */
export function encode(vault: Vault): Bytes {
  checkKey(vault.accountSeed, "the account seed");
  const pins = inOrder(vault.pins).map(([about, value]) =>
    frame("pli1/pin", ...parts(about), exactly(value, HASH, "the pin")),
  );
  const checkpoints = inOrder(vault.checkpoints).map(([about, point]) =>
    frame("pli1/checkpoint", ...parts(about), u64(point.position), exactly(point.head, HASH, "the head")),
  );
  return frame(
    "pli1/vault-content",
    vault.accountSeed,
    frame("pli1/pins", ...pins),
    frame("pli1/checkpoints", ...checkpoints),
  );
}

/** Decodes an opened vault. Throws BadEncoding. */
export function decode(data: Bytes): Vault {
  const [accountSeed, pins, checkpoints] = unframe(data, "pli1/vault-content", [SECRET, null, null]);
  const vault = { accountSeed, pins: decodePins(pins), checkpoints: decodeCheckpoints(checkpoints) };
  if (!same(encode(vault), data)) throw new BadEncoding("pins and checkpoints must be in order and unique");
  return vault;
}

function decodePins(data: Bytes): ReadonlyMap<Subject, Bytes> {
  return new Map(
    unframeList(data, "pli1/pins").map((item) => {
      const [kind, id, value] = unframe(item, "pli1/pin", [null, ID, HASH]);
      return [subject(readAsciiWord(kind), id), value];
    }),
  );
}

function decodeCheckpoints(data: Bytes): ReadonlyMap<Subject, Checkpoint> {
  return new Map(
    unframeList(data, "pli1/checkpoints").map((item) => {
      const [kind, id, position, head] = unframe(item, "pli1/checkpoint", [null, ID, U64, HASH]);
      return [subject(readAsciiWord(kind), id), { position: readU64(position), head }];
    }),
  );
}

/** Seals a vault as `version` of an account's vault: nonce || ciphertext. */
export const sealVault = (vault: Vault, vk: Secret, account: Id, version: number, entropy: Entropy): Promise<Bytes> =>
  seal(vk, encode(vault), vaultAad(account, version), entropy);

/**
 * Opens a vault that the server gave as `version`. Throws RolledBack below `seenVersion`, the version seen before (0 if
 * none was), or BadVault.
 */
export async function openVault(
  blob: Bytes,
  vk: Secret,
  account: Id,
  version: number,
  seenVersion: number,
): Promise<Vault> {
  if (version < seenVersion) {
    throw new RolledBack(`version ${version} of the vault is older than version ${seenVersion}, seen before`);
  }
  return refusedAs(
    [BadSeal, BadEncoding],
    async () => decode(await openSealed(vk, blob, vaultAad(account, version))),
    (cause) => new BadVault("the vault does not open for this account, version and key", { cause }),
  );
}

const vaultAad = (account: Id, version: number): Bytes =>
  frame("pli1/vault", exactly(account, ID, "the account id"), u32(version));

/** Wraps the vault key under a device's key or `recovery.recoveryKey`: nonce || ciphertext, 60 bytes. */
export const wrapKey = (
  vk: Secret,
  wrappingKey: SealKey,
  account: Id,
  method: string,
  wrapId: Id,
  entropy: Entropy,
): Promise<Bytes> => seal(wrappingKey, checkKey(vk, "the vault key"), wrapAad(account, method, wrapId), entropy);

/** Unwraps the vault key. Throws WrongRecoveryCode for the method `recovery`, BadVault for any other. */
export async function unwrapKey(
  blob: Bytes,
  wrappingKey: SealKey,
  account: Id,
  method: string,
  wrapId: Id,
): Promise<Secret> {
  const opened = await refusedAs(
    [BadSeal],
    () => openSealed(wrappingKey, blob, wrapAad(account, method, wrapId)),
    (cause): E2EEError =>
      method === RECOVERY
        ? new WrongRecoveryCode("the code is well-formed, but not this account's", { cause })
        : new BadVault("the vault key does not unwrap under this key", { cause }),
  );
  return checkKey(opened, "the vault key");
}

function wrapAad(account: Id, method: string, wrapId: Id): Bytes {
  exactly(account, ID, "the account id");
  return frame("pli1/vk", account, asciiWord(method), exactly(wrapId, ID, "the wrap's id"));
}

/**
 * Merges two versions of one vault: the union of their pins, the furthest of their checkpoints.
 *
 * Throws BadVault when they contradict each other: a pin is never replaced, and two heads at one position are a fork.
 */
export function merge(a: Vault, b: Vault): Vault {
  if (!same(a.accountSeed, b.accountSeed)) throw new BadVault("two vaults of different accounts");
  return {
    accountSeed: a.accountSeed,
    pins: mergePins(a.pins, b.pins),
    checkpoints: mergeCheckpoints(a.checkpoints, b.checkpoints),
  };
}

function mergePins(a: Vault["pins"], b: Vault["pins"]): Vault["pins"] {
  const pins = new Map(a);
  for (const [about, value] of b) {
    const known = pins.get(about);
    if (known !== undefined && !same(known, value)) throw new BadVault(`two devices pinned different values: ${about}`);
    pins.set(about, value);
  }
  return pins;
}

function mergeCheckpoints(a: Vault["checkpoints"], b: Vault["checkpoints"]): Vault["checkpoints"] {
  const checkpoints = new Map(a);
  for (const [about, point] of b) {
    const known = checkpoints.get(about);
    if (known?.position === point.position && !same(known.head, point.head)) {
      throw new BadVault(`two devices saw different histories: ${about}`);
    }
    if (known === undefined || known.position < point.position) checkpoints.set(about, point);
  }
  return checkpoints;
}
