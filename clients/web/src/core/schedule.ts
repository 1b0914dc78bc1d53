/**
 * When a side of a thread renews its keys (SPEC.md section 5.5). Pure: keys, times and counts in, times out.
 *
 * Peers who pool their logs must not tell a removal from a rotation, nor two threads of one party from two of strangers.
 * Hence every time is drawn for each thread apart, out of the mailbox's seed, so that all colleagues draw the same: a
 * pseudonym rests for a while drawn from a cut exponential distribution, then a window opens in which the keys are
 * renewed just before one's own next message, or at its end. A removal, or many events, opens the window at once.
 */

import type { Bytes, Id as IdBytes, Secret } from "../e2ee/bytes.ts";
import { u32 } from "../e2ee/encoding.ts";
import { kdf } from "../e2ee/suite.ts";
import type { Standing } from "./local.ts";

export const dayMs = 86_400_000;
const restMeanMs = 7 * dayMs;
const restMaxMs = 23 * dayMs;
const windowMaxMs = 7 * dayMs;
/** Of the time online until an overdue window is taken up: for somebody who comes for an hour a day, four days. */
const overdueMeanMs = dayMs / 6;
/** Events of the log under one own pseudonym. */
export const eventsMax = 500;

/** From `opens` (ms) on the keys are renewed with one's own next message, at `due` in any case. */
export interface Window {
  readonly opens: number;
  readonly due: number;
}

/** The window of a pseudonym that nothing cuts short; `seed` is the one that it was derived from. */
export function routine(seed: Secret, thread: IdBytes, standing: Standing): Window {
  const [rest, openFor] = drawn(seed, thread, standing.n);
  const opens = standing.at + Math.floor(-restMeanMs * Math.log1p(rest * Math.expm1(-restMaxMs / restMeanMs)));
  return { opens, due: opens + Math.floor(openFor * windowMaxMs) };
}

/** The window where there was a reason to renew at `at` (ms); `seed` is in force then. */
export function cutShort(usual: Window, at: number, seed: Secret, thread: IdBytes, standing: Standing): Window {
  if (at >= usual.opens) {
    return usual;
  }
  const [, openFor] = drawn(seed, thread, standing.n);
  return { opens: at, due: at + Math.floor(openFor * windowMaxMs) };
}

/** Whether a window's end, by `now`, came while this device watched. One that did not is overdue. */
export function isPunctual(window: Window, watchedSince: number | null): boolean {
  return watchedSince !== null && window.due > watchedSince;
}

/**
 * Whether an overdue window is taken up in a turn of so many ms online, given a fraction drawn for it alone: each thread
 * waits by itself and without a memory, or else coming home would link threads.
 */
export function isTakenUp(fraction: number, turnMs: number): boolean {
  return fraction < turnMs / overdueMeanMs;
}

/** Two fractions, at least 0 and below 1. */
function drawn(seed: Secret, thread: IdBytes, n: number): readonly [number, number] {
  const raw = kdf(seed, "pli1/rotation-time", thread, u32(n));
  return [fractionAt(raw, 0), fractionAt(raw, 8)];
}

/** The first 53 bits of the 8 bytes there, over 2^53. */
function fractionAt(raw: Bytes, at: number): number {
  const bits = new DataView(raw.buffer, raw.byteOffset).getBigUint64(at) >> 11n;
  return Number(bits) / 2 ** 53;
}
