/** Which part of a conversation moderators get for the messages that are opened (SPEC.md section 10.2). */

/** So many events on either side stay closed, and show that nothing was cut. */
const around = 2;
export const spanEventsMax = 256;
export const openedMax = 64;

/** From `first` to `last`, both in it. */
export interface Span {
  readonly first: number;
  readonly last: number;
}

/**
 * The span of these messages in a log from `start` to `end`: a little wider than they are, as far as there is room.
 * Words alone have none, which 0 and 0 say. null: more than one statement can show.
 */
export function spanOf(seqs: readonly number[], start: number, end: number): Span | null {
  if (seqs.length === 0) {
    return { first: 0, last: 0 };
  }
  const [first, last] = [Math.min(...seqs), Math.max(...seqs)];
  const room = spanEventsMax - (last - first + 1);
  if (room < 0 || seqs.length > openedMax) {
    return null;
  }
  const before = Math.min(around, room, first - start);
  return { first: first - before, last: Math.min(end, last + Math.min(around, room - before)) };
}
