/** The texts about the recovery code, in English. */

import type { firstFr } from "./catalogue-first.fr.ts";

export const firstEn: typeof firstFr = {
  codeIntro:
    "This code opens your messages on a new device. Nobody else has it, not even the service: print it or write it down, and keep it in a safe place.",
  codeLost: "Without it, and without this device, your messages could not be read any more.",
  print: "Print",
  copied: "I keep this code in a safe place",
  go: "Continue",
  kitTitle: "Pli recovery kit",
  kitAbout: "This paper opens the messages of the person who printed it. Keep it locked away.",
  kitDate: (date) => `Printed on ${date}`,
  needIntro: "This device does not know your messages yet. Enter your recovery code to read them.",
  needLabel: "Recovery code",
  needHint: "28 characters in groups of four. Capitals and dashes do not matter.",
  needWrong: "This is not the code of this account. Check every character.",
  needGo: "Open",
  withoutTitle: "I do not have this code any more",
  without:
    "If another of your devices is still open, ask for a new code in its settings. If not, a colleague who administers the mailbox can admit you again: the history stays with them. Tell the platform, which will open a new account for you.",
};
