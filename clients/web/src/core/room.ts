/** How much of a text the mailbox's private log takes. */

import { LIMITS } from "../wire/constants.ts";

/** In UTF-8; the rest of an entry is what sealing adds, and which text of which conversation it is. */
const textBytesMax = LIMITS.desk_entry_bytes_max - 128;

/** Whether a draft or a private note finds room in one entry. */
export function fitsEntry(text: string): boolean {
  return new TextEncoder().encode(text).length <= textBytesMax;
}
