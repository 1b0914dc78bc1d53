/** What the actions of an office give, and how it is told apart. */

import type { Attested } from "./attesting.ts";
import type { Moderated } from "./moderation-views.ts";
import type { Stretch } from "./office.ts";
import type { Found } from "./searching.ts";
import type { Begun, Told } from "./telling.ts";

/**
 * What an action gives: words for `askSeat`, own targets for `readTargets`, a card's id for `consent`, a thread, `toCases`
 * or none for `openAlert`, what `items`, `search`, `telling` and `moderate` ask for; else nothing.
 */
export type Outcome =
  | readonly string[]
  | Stretch
  | Found
  | Attested
  | { readonly moderated: Moderated }
  | { readonly told: Begun | Told }
  | null;

/** What `openAlert` gives instead of a conversation where a mail's link leads to the cases. */
export const toCases = "cases";

/** The words, or an id; null where an action gave something else. */
export const textsIn = (outcome: Outcome): readonly string[] | null => (isTexts(outcome) ? outcome : null);

const isTexts = (outcome: Outcome): outcome is readonly string[] => Array.isArray(outcome);

/** What a moderator's act gave. */
export const moderatedIn = (outcome: Outcome): Moderated =>
  outcome !== null && "moderated" in outcome ? outcome.moderated : {};

/** What `attest` gave; null: nothing. */
export const attestedIn = (outcome: Outcome): Attested | null =>
  outcome !== null && "claims" in outcome ? outcome : null;

/** The stretch that `items` gave. */
export const stretchIn = (outcome: Outcome): Stretch | null =>
  outcome !== null && "items" in outcome ? outcome : null;

/** What `search` found. */
export const foundIn = (outcome: Outcome): Found | null => (outcome !== null && "hits" in outcome ? outcome : null);
