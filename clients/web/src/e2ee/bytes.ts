/**
 * Bytes as types. A brand says what 16, 32 or 64 bytes are, so that the compiler finds a head given for a key; a
 * `Width` is the number of bytes and the brand together, so that a decoder's fields come out branded.
 *
 * Brands exist for the compiler only: every function that takes secrets or ids checks their widths again when it runs.
 */

import { BadEncoding } from "./errors.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

declare const brand: unique symbol;
type Branded<Name extends string> = Bytes & { readonly [brand]: Name };

/** 16 random bytes: account, mailbox, seat, target, thread, message, card, desk entry, wrap, report, service. */
export type Id = Branded<"id">;
/** 32 bytes that nobody else may know: a key, a seed, a share. */
export type Secret = Branded<"secret">;
/** 32 bytes that anybody may know and nobody can find again: a hash, a head, a commitment, a check such as sc or kc. */
export type Hash = Branded<"hash">;
/** An Ed25519 public key, 32 bytes. */
export type SignPublic = Branded<"sign-public">;
/** An X-Wing public key, 1216 bytes: ML-KEM-768 (1184) || X25519 (32). */
export type KemPublic = Branded<"kem-public">;
/** An Ed25519 signature, 64 bytes. */
export type Signature = Branded<"signature">;
/** A 32-byte secret sealed to a KEM key, 1168 bytes. */
export type Wrap = Branded<"wrap">;

declare const field: unique symbol;
/** The width of a field in bytes, and what a field of that width is. */
export type Width<T extends Bytes = Bytes> = number & { readonly [field]: T };

/** Says what a number of bytes is for. The brands are given here and in `branded`, and nowhere else. */
export function wide<T extends Bytes = Bytes>(size: number): Width<T> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a width stands for is known to the compiler only
  return size as Width<T>;
}

/** Says what bytes are. Only for who has checked it, or just made them. */
export function branded<T extends Bytes>(value: Bytes): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  return value as T;
}

export const ID = wide<Id>(16);
export const SECRET = wide<Secret>(32);
export const HASH = wide<Hash>(32);
export const SALT = wide(32);
export const SIGN_PUBLIC = wide<SignPublic>(32);
export const KEM_PUBLIC = wide<KemPublic>(1216);
export const WRAP = wide<Wrap>(1168);
export const SIGNATURE = wide<Signature>(64);
export const NONCE = wide(12);
/** A seat tag (SPEC.md section 6.5). */
export const TAG = wide(84);
/** The sealed binding and the sealed attestation of a card (SPEC.md section 9.2). */
export const BINDING_SEALED = wide(141);
export const ATTESTATION_SEALED = wide(2064);
/** What names a stamp key (SPEC.md section 8). */
export const KEY_ID = wide(8);
export const U8 = wide(1);
export const U16 = wide(2);
export const U32 = wide(4);
export const U64 = wide(8);

export const NOTHING: Bytes = new Uint8Array(0);

/** `value` when it has that width; else throws BadEncoding naming what it was for. */
export function exactly<T extends Bytes>(value: Bytes, width: Width<T>, what: string): T {
  if (value.length !== width) throw new BadEncoding(`${what} has ${value.length} bytes instead of ${width}`);
  return branded(value);
}

/** Whether two values are the same, in time that does not depend on their contents. */
export function same(left: Bytes, right: Bytes): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let at = 0; at < left.length; at++) difference |= byteAt(left, at) ^ byteAt(right, at);
  return difference === 0;
}

/** The byte at an offset; 0 beyond the end. */
export function byteAt(data: Bytes, at: number): number {
  return data[at] ?? 0;
}

export function concat(...parts: readonly Bytes[]): Bytes {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hex: how bytes are written in URLs and logs, and the key of bytes in a Map. */
export function hex(data: Bytes): string {
  let text = "";
  for (const byte of data) text += HEX[byte] ?? "";
  return text;
}

/** Reads lower- or upper-case hex. Throws BadEncoding. */
export function fromHex(text: string): Bytes {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) throw new BadEncoding("not hex");
  const data = new Uint8Array(text.length / 2);
  for (let at = 0; at < data.length; at++) data[at] = Number.parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return data;
}

/** Compares as unsigned bytes, the shorter of two equal beginnings first: for `sort`. */
export function compareBytes(left: Bytes, right: Bytes): number {
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = byteAt(left, at) - byteAt(right, at);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** A little-endian number, as Ed25519 and X25519 write theirs. */
export function littleEndian(data: Bytes): bigint {
  return BigInt(`0x${hex(data.toReversed()) || "0"}`);
}
