/**
 * Who was a third party in a thread, from which event to which: what a reader keeps of joinings and leavings.
 *
 * One at a time (SPEC.md section 7.6). Nothing is verified here; a list of stays is never changed, but replaced.
 */

import { type Hash, same } from "./bytes.ts";
import type { Third } from "./third.ts";

/** A third party's time in a thread, by seq; `left` null: it did not end. */
export interface Stay {
  readonly third: Third;
  readonly joined: number;
  readonly left: number | null;
}

export type Stays = readonly Stay[];

/** The third party that was in when the event of that seq came; its leaving is the last one. null: none. */
export const presentAt = (stays: Stays, seq: number): Third | null =>
  stays.find(({ joined, left }) => joined < seq && (left === null || seq <= left))?.third ?? null;

/** Whether the joining that stands there let somebody in. */
export const begunAt = (stays: Stays, seq: number): boolean => stays.some(({ joined }) => joined === seq);

/** Whether a stay of that name began before the event of that seq. */
export const knewBefore = (stays: Stays, id: Hash, seq: number): boolean =>
  stays.some(({ third, joined }) => same(third.id, id) && joined < seq);

/** The seq of the newest leaving; 0 if there was none. */
export const lastLeft = (stays: Stays): number => Math.max(0, ...stays.map(({ left }) => left ?? 0));

/** The one that is in leaves. */
export const leaving = (stays: Stays, seq: number): Stays =>
  stays.map((stay) => (stay.left === null ? { ...stay, left: seq } : stay));
