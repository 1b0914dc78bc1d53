/** What a person is told once the messaging service ended for this page, and what they can do about it. */

import type { Catalogue } from "./catalogue.fr.ts";

export interface Ending {
  readonly why: string;
  /** null: nothing that would help. */
  readonly button: "again" | "reload" | null;
}

/** The close code (PROTOCOL.md section 7) with which the platform ended an account's access. */
const revoked = "4503";

export function endingFor(reason: string, code: string | null, { ended }: Catalogue): Ending {
  if (reason === "SignInNeeded") {
    return { why: ended.signIn, button: "again" };
  }
  if (reason === "Ended" && code === revoked) {
    return { why: ended.revoked, button: null };
  }
  if (reason === "Forgotten") {
    return { why: ended.signedOut, button: "reload" };
  }
  return { why: reason === "Unreachable" || reason === "TimedOut" ? ended.unreachable : ended.other, button: "reload" };
}
