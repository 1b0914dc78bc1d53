/** The texts about third parties, in English. */

import type { guestFr } from "./catalogue-guest.fr.ts";

export const guestEn: typeof guestFr = {
  invite: "Invite a third party",
  intro:
    "A third party, a facilitator say, can read this conversation and write in it. They come in only if the other side accepts too.",
  target: "Invitation code of the third party",
  targetHint: "30 characters, which the organisation to invite finds in its settings.",
  targetWrong: "This is no complete invitation code: check each character.",
  history: "Let them read what was written until now, too",
  noCards: "Identity cards are never shown to them.",
  propose: "Propose",
  cancel: "Cancel",
  proposed: (name) => `The other side proposes to invite: ${name}.`,
  verified: "Verified by the platform.",
  readsAll: "They would read the whole conversation, from its beginning, and could write in it.",
  readsOn: "They would read what follows in this conversation, nothing of what came before, and could write in it.",
  accept: "Accept",
  decline: "Do not answer",
  leave: "Leave the conversation",
  leaveHint: "You can neither read it nor write in it afterwards. Both sides learn it; only they can invite you again.",
  leaveGo: "Leave",
};
