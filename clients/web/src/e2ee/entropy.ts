/** Randomness is an argument: what draws it is chosen where the program is put together (SPEC.md section 2.5). */

import { branded, type Bytes, type Width } from "./bytes.ts";
import { BadKey } from "./errors.ts";

/** Gives that many random bytes. In a program `systemEntropy`, in a test a seeded stream. */
export type Entropy = (width: number) => Bytes;

/** Draws exactly `width` bytes; a source that gives another number throws BadKey rather than a short key. */
export function draw<T extends Bytes>(entropy: Entropy, width: Width<T>): T {
  const drawn = entropy(width);
  if (drawn.length !== width) {
    throw new BadKey(`the source of randomness gave ${drawn.length} bytes instead of ${width}`);
  }
  return branded(drawn);
}

/** The system's generator. */
// oxlint-disable-next-line no-restricted-properties -- here it becomes the argument
export const systemEntropy: Entropy = (width) => crypto.getRandomValues(new Uint8Array(width));
