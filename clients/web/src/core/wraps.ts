/** The wraps of the vault key: one for each device, one for the recovery code (SPEC.md section 3.4). */

import { ID, type Id as IdBytes, type Secret } from "../e2ee/bytes.ts";
import { draw, type Entropy } from "../e2ee/entropy.ts";
import { BadVault } from "../e2ee/errors.ts";
import { parseCode, recoveryKey } from "../e2ee/recovery.ts";
import { unwrapKey, wrapKey } from "../e2ee/vault.ts";
import type { VaultWrap } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import type { Device } from "./local.ts";
import type { Storage } from "./storage.ts";

const wrapsMax = 16;

interface Own {
  readonly storage: Storage;
  readonly entropy: Entropy;
}

/** Under this browser's own key, which cannot leave it. */
export async function wrapForDevice(vk: Secret, device: Device, own: Own): Promise<VaultWrap> {
  const account = fromBase64<IdBytes>(device.account);
  const id = fromBase64<IdBytes>(device.wrap);
  const blob = await wrapKey(vk, own.storage.wrappingKey, account, "device", id, own.entropy);
  return { method: "device", id: device.wrap, blob: toBase64(blob) };
}

export async function wrapForRecovery(
  vk: Secret,
  code: string,
  account: IdBytes,
  entropy: Entropy,
): Promise<VaultWrap> {
  const id = draw(entropy, ID);
  const blob = await wrapKey(vk, recoveryKey(parseCode(code), account), account, "recovery", id, entropy);
  return { method: "recovery", id: toBase64<16>(id), blob: toBase64(blob) };
}

/** The wrap of this device among these; null where it was taken out, or never was one. */
export function wrapOf(device: Device, wraps: readonly VaultWrap[]): VaultWrap | null {
  return wraps.find((wrap) => wrap.method === "device" && wrap.id === device.wrap) ?? null;
}

/** The vault key, by this browser's own wrap. @throws BadVault */
export async function keyByDevice(wrap: VaultWrap, device: Device, storage: Storage): Promise<Secret> {
  const account = fromBase64<IdBytes>(device.account);
  return unwrapKey(fromBase64(wrap.blob), storage.wrappingKey, account, "device", fromBase64<IdBytes>(wrap.id));
}

/** The vault key, by the code. @throws WrongRecoveryCode, BadVault */
export async function keyByCode(code: string, account: IdBytes, wraps: readonly VaultWrap[]): Promise<Secret> {
  const key = recoveryKey(parseCode(code), account);
  const wrap = wraps.find((each) => each.method === "recovery");
  if (wrap === undefined) {
    throw new BadVault("the vault has no recovery code");
  }
  return unwrapKey(fromBase64(wrap.blob), key, account, "recovery", fromBase64<IdBytes>(wrap.id));
}

/** Where there are as many wraps as may be, the device that came first has to give its code again. */
export function withRoom(wraps: readonly VaultWrap[]): readonly VaultWrap[] {
  if (wraps.length < wrapsMax) {
    return wraps;
  }
  const oldest = wraps.find((wrap) => wrap.method === "device");
  return wraps.filter((wrap) => wrap !== oldest);
}
