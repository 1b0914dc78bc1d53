/** What a value of the service is checked with: a service that lies must not make this client fail in ways of its choosing. */

import { isBase64 } from "./base64.ts";
import { Unreachable } from "./errors.ts";

/** Not of this protocol. */
export class Malformed extends Unreachable {}

/** Whether a value is of one type. */
export type Check = (value: unknown) => boolean;

export const text: Check = (value) => typeof value === "string";
export const flag: Check = (value) => typeof value === "boolean";
export const whole: Check = (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
export const base64: Check = (value) => typeof value === "string" && isBase64(value);
export const list =
  (item: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(item);
export const pair =
  (item: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length === 2 && value.every(item);
export const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
export const orAbsent =
  (check: Check): Check =>
  (value) =>
    value === undefined || value === null || check(value);

export function bytes(length: number): Check {
  const characters = Math.ceil(length / 3) * 4;
  return (value) => typeof value === "string" && value.length === characters && isBase64(value) && sized(value, length);
}

function sized(value: string, length: number): boolean {
  const padding = value.endsWith("==") ? 2 : value.endsWith("=") ? 1 : 0;
  return (value.length / 4) * 3 - padding === length;
}

export function struct(fields: Record<string, Check>): Check {
  const checks = Object.entries(fields);
  return (value) => {
    if (typeof value !== "object" || value === null) {
      return false;
    }
    const given = new Map<string, unknown>(Object.entries(value));
    return checks.every(([name, check]) => check(given.get(name)));
  };
}

export const id = bytes(16);
export const hash = bytes(32);
export const signPublic = bytes(32);
export const kemPublic = bytes(1_216);
export const wrapped = bytes(1_168);
export const signature = bytes(64);

export const presentation = struct({ group: text, area: text, verified: flag, words: text });
export const entryFields = { seq: whole, at: whole, kind: text, party: whole, payload: base64, proof: base64 };

/** @throws Malformed */
export function parse(body: string): unknown {
  try {
    const parsed: unknown = JSON.parse(body);
    return parsed;
  } catch {
    throw new Malformed("not JSON");
  }
}
