/**
 * The event by which a service says that moderators froze a thread, or that the freeze ended (SPEC.md section 7.1).
 *
 * frozen: frame("pli1/frozen", u8 frozen)
 */

import { type Bytes, U8 } from "./bytes.ts";
import { readU8, unframe } from "./encoding.ts";
import { BadEncoding, WrongHeader } from "./errors.ts";
import { SERVICE } from "./log-rules.ts";

export const FROZEN = "frozen";

/** Whether the thread is frozen from this event on. Throws BadEncoding, or WrongHeader for a side that says so. */
export function openFrozen(payload: Bytes, party: number): boolean {
  const [value] = unframe(payload, "pli1/frozen", [U8]);
  const frozen = readU8(value);
  if (frozen > 1) throw new BadEncoding("a thread is frozen or it is not");
  if (party !== SERVICE) throw new WrongHeader("only the service says that moderators froze a thread");
  return frozen === 1;
}
