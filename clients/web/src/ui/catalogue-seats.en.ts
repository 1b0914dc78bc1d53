/** The texts about opening and joining mailboxes, in English. */

import type { seatsFr } from "./catalogue-seats.fr.ts";

export const seatsEn: typeof seatsFr = {
  foundTitle: "Open the mailbox",
  found: (kind) => `Your ${kind} has no mailbox yet. You will be its first administrator.`,
  foundGo: "Open the mailbox",
  askTitle: "Join the mailbox",
  ask: (kind) => `The mailbox of your ${kind} exists already. An administrator has to admit you.`,
  askGo: "Ask to join",
  wordsTitle: "Your twelve words",
  wordsIntro:
    "Call an administrator and read these twelve words out. If their screen shows the same, they admit you; if not, do not go on.",
  wordsWait: "Waiting for the administrator…",
  wordsAgain: "The words changed: start again",
  pendingTitle: "Somebody asks to join the mailbox",
  pending: (role) => `${role} asks for a seat.`,
  pendingIntro:
    "By phone or in person, compare these twelve words with those of their screen. All of them must be the same.",
  pendingSame: "The twelve words are the same",
  pendingAdmin: "Make them an administrator",
  pendingGo: "Admit",
  anewTitle: "The mailbox begins anew",
  anew: (kind) => `The platform reset the mailbox of your ${kind}; it begins again without its history.`,
  anewWarning:
    "What was written there until now stays closed: nobody has its keys any more. Go on only if you know of this from the platform or your town hall, and not from this page.",
  anewKnown: "I was told so in person or in writing",
  anewFound: "Open the mailbox again",
  anewAccept: "Accept and ask for a seat",
};
