/** The texts about what a restored backup cost, in English. */

import type { lostFr } from "./catalogue-lost.fr.ts";

export const lostEn: typeof lostFr = {
  title: "The service was restored from a backup and has no more these messages that you had sent:",
  again: "Send them again",
  letGo: "Do not send them",
  whole: (who) => `Conversation lost: ${who}`,
  wholeOpened:
    "The service was restored from a backup and has this conversation no more. This device keeps what your side wrote; you can begin it again.",
  wholeTheirs:
    "The service was restored from a backup and has this conversation no more. The other side opened it and can begin it again. This is what your side wrote:",
  wholeErased: "The service has this conversation no more. This is what you wrote there and what was not sent:",
  beginAgain: "Begin it again",
  letGoWhole: "Forget this conversation",
};
