/**
 * The devices of an account, as its vault knows them: a wrap of the vault key each, and a pin that names it (SPEC.md
 * section 3.4). The pin is inside the vault, so that the service sees neither name nor time.
 */

import { type Bytes, concat } from "../e2ee/bytes.ts";
import { readU64, u64 } from "../e2ee/encoding.ts";
import type { Entropy } from "../e2ee/entropy.ts";
import type { Id } from "../wire/types.ts";
import { type Device, shelves } from "./local.ts";
import { newId } from "./runtime.ts";
import type { Storage } from "./storage.ts";

const nameBytesMax = 24;

export interface KnownDevice {
  readonly id: Id;
  /** As its person called it; empty where nobody did. */
  readonly name: string;
  /** ms since 1970, by that device's clock; null where it is not known. */
  readonly addedAt: number | null;
  readonly isThis: boolean;
}

/** 32 bytes. A name that is too long is cut at a character. */
export function encodePin(name: string, addedAt: number): Bytes {
  const whole = new Uint8Array(nameBytesMax);
  // `encodeInto` writes whole characters only.
  new TextEncoder().encodeInto(name, whole);
  return concat(u64(addedAt), whole);
}

/** A device from its pin, which another version may have written otherwise. */
export function readDevice(id: Id, pin: Bytes | null, isThis: boolean): KnownDevice {
  if (pin === null) {
    return { id, name: "", addedAt: null, isThis };
  }
  const name = new TextDecoder().decode(pin.slice(8)).replace(/\0+$/u, "");
  return { id, name, addedAt: readU64(pin.slice(0, 8)), isThis };
}

/** What this storage knows of the device; drawn and kept at its first use. */
export async function thisDevice(storage: Storage, account: Id, entropy: Entropy): Promise<Device> {
  const kept = await shelves.device.load(storage);
  if (kept !== undefined) {
    return kept;
  }
  const drawn = { account, device: newId({ entropy }), wrap: newId({ entropy }) };
  await shelves.device.save(storage, drawn);
  return drawn;
}
