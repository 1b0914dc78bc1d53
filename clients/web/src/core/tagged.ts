/** Values with bytes in them as JSON holds them, for what a device keeps: bytes become `{"b64": …}`. */

import { fromBase64, toBase64 } from "./base64.ts";
import type { Base64 } from "../wire/types.ts";

const tag = "b64";

/** `value`: of numbers, texts, bytes, and lists and plain objects of them. */
export function tagged(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return { [tag]: toBase64(new Uint8Array(value)) };
  }
  if (Array.isArray(value)) {
    return value.map(tagged);
  }
  return typeof value === "object" && value !== null ? mapped(value, tagged) : value;
}

/** What `tagged` wrote; the caller says by the type what it is. */
export function untagged<T>(value: unknown): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- sealed by this device, which put in what it takes out
  return plain(value) as T;
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  return isTagged(value) ? fromBase64(value[tag]) : mapped(value, plain);
}

function isTagged(value: object): value is { readonly [tag]: Base64 } {
  return tag in value && typeof value[tag] === "string" && Object.keys(value).length === 1;
}

function mapped(value: object, map: (part: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, map(part)]));
}
