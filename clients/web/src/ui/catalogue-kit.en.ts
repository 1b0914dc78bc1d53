/** The texts about a mailbox's printed kit, in English. */

import type { kitFr } from "./catalogue-kit.fr.ts";

export const kitEn: typeof kitFr = {
  title: "Rescue kit of the mailbox",
  hint: "A sheet to lock away. When no administrator is left, it opens the mailbox, with its whole history, to somebody whom the platform names for it.",
  existing: (count) => `Kits in use: ${count}.`,
  make: "Prepare a kit",
  made: "The kit is ready. Print it now: this code will never be shown again.",
  print: "Print the kit",
  done: "I put it away",
  about: (kind) =>
    `This paper opens the mailbox of your ${kind} with its whole history. It serves only somebody whom the platform names for it. Lock it away.`,
  steps: [
    "Sign in on the platform and open the inbox.",
    "Choose “I have the rescue kit” and copy this code.",
    "Remove the people who must no longer read, and this kit, in the settings.",
    "Print a new one.",
  ],
  have: "I have the rescue kit",
  enterHint: "You will come in as an administrator, with the whole history, without a colleague.",
  code: "Code of the kit",
  enter: "Come in with the kit",
  mistyped: "This is not a whole code. Check every character.",
  unknown: "This kit is not, or no longer, one of this mailbox.",
};
