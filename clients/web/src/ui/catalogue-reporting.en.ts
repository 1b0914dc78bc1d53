/** The texts about telling moderators something, and about where a case stands, in English. */

import type { reportingFr } from "./catalogue-reporting.fr.ts";

const messages = (count: number): string => (count === 1 ? "one of your messages" : `${count} of your messages`);

export const reportingEn: typeof reportingFr = {
  telling: {
    titles: {
      report: "Report to the moderators",
      answer: "Answer the moderators",
      appeal: "Contest the decision",
    },
    sees: "The moderators will read",
    seesMessages: "the messages that you tick, with their date and the side that wrote them;",
    seesWords: { report: "the reason and the words that you add;", answer: "the words that you add;" },
    seesPlaces: "that other messages stand right beside them, and not what those say.",
    seesNot: "They will not read",
    seesNotRest: "the rest of the conversation;",
    seesNotCards: "identity cards, exchanged ones neither;",
    seesNotNames:
      "who you are, nor who the other side is. Two moderators would have to ask for that in writing, and both of you would be told.",
    guess:
      "The other side is not told, and will never read your words. But if the moderators ask them about their messages, they can guess who reported them: there are only two of you.",
    guessThree:
      "The others are not told, and will never read your words. But if the moderators ask one of them about their messages, they can guess who reported them: there are only three of you.",
    private: "The other side will not read what you write here, and will not know which messages you show.",
    refused:
      "The moderators’ key does not verify: somebody else could read in their place. Nothing is sent from here. Tell the platform.",
    none: "This service has no moderators at the moment. Tell the platform.",
    unknown:
      "Offline. What you prepare is kept on this device and does not go out by itself: send it once you are connected again.",
    choose: { report: "Messages to show", answer: "Further messages to show (optional)" },
    chooseHint: "Those that you do not tick stay closed.",
    older: "Earlier messages",
    tooMany: "That is too much for one report: 64 messages at most, and close enough to each other.",
    category: "What is it about?",
    pick: "Choose a reason",
    about: "Whom do you report?",
    otherSide: "The other side",
    opener: "The side that opened the conversation",
    opened: "The side that it was opened with",
    third: "The third party",
    words: {
      report: "Your words for the moderators (optional)",
      answer: "Your answer",
      appeal: "Why you contest it",
    },
    tooLong: "This text is too long.",
    next: "Read it over before sending",
    preview: "This is what will be handed over, and nothing else",
    reason: "Reason",
    yourWords: "Your words",
    noWords: "No words of yours.",
    noMessages: "No message.",
    closed: "Closed message: the moderators see that it exists, not what it says.",
    closedCards: "Exchange of identities: the cards stay closed.",
    you: "Your side",
    sealed: "Sealed on this device: only the moderators can open it.",
    send: "Send to the moderators",
    change: "Change it",
    cancel: "Cancel",
    failed: {
      offline:
        "Nothing was sent: the service does not answer. Your text is kept here; try again once you are connected.",
      too_many: "You reached today’s limit. Your text is kept here.",
      conflict: "That is no longer possible: the case is closed, or the time is over.",
      not_found: "That is no longer possible: the service does not have the conversation any more.",
      BadReport: "One of these messages cannot be shown. Choose others.",
      other: "Nothing was sent. Your text is kept here; try again.",
    },
    done: {
      report: "Your report was received",
      answer: "Your answer was received",
      appeal: "Your appeal was received",
    },
    doneHint: {
      report: "The moderators will look at it. You can follow it in this conversation and under “Reports”.",
      answer: "The moderators will read it before they decide.",
      appeal: "Another moderator will look at the decision. You will read the outcome here.",
    },
    receipt: (date: string, reference: string) => `Received on ${date}. Reference ${reference}.`,
    close: "Close",
    outside: "Report without showing a message",
  },
  cases: {
    title: "Reports",
    intro: "Where your reports stand, and what the moderators ask or tell you.",
    none: "No reports.",
    outside: "Report something without being in the conversation",
    outsideHint: "A public form, without an account.",
    sides: {
      reporter: "Your report",
      accused: "The moderators are looking at your messages",
      unmasked: "The moderators looked at which mailbox is yours",
    },
    asked: (count: number) => `The moderators ask you about ${messages(count)}.`,
    inQuestion: "Your messages in question",
    never:
      "You will learn neither who reported them nor what was said of them. The moderators read only what they are shown.",
    until: (date: string) => `You can answer until ${date}. After that they can decide without your answer.`,
    more: "You can also show them other messages of this conversation.",
    answer: "Answer",
    answered: (count: number) => (count === 1 ? "You answered." : `You answered ${count} times.`),
    appeal: "Contest this decision",
    appealUntil: (date: string) => `Until ${date}, free of charge: another moderator will look at it.`,
    reportedAt: (date: string) => `Reported on ${date}`,
    toldAt: (date: string) => `You have known of it since ${date}`,
    reference: (reference: string) => `Reference ${reference}`,
    shown: (count: number) => (count === 1 ? "You showed one message." : `You showed ${count} messages.`),
    steps: "Where the case stands",
    now: "current step",
    measure: (measure: string, until: string | null) =>
      until === null ? `Measure: ${measure}.` : `Measure: ${measure}, until ${until}.`,
    reasons: "Reasons",
    reasonsAt: (date: string) => `On ${date}`,
    see: "See the case",
    open: "Open the conversation",
    news: {
      reporter: {
        received: "Your report was received.",
        in_review: "The moderators are looking at your report.",
        decided: "The moderators took a decision about your report.",
        appealed: "An appeal is being looked at.",
        upheld: "The outcome of the appeal is known.",
        overturned: "The outcome of the appeal is known.",
        closed: "This report is closed.",
      },
      accused: {
        in_review: "The moderators are looking at your messages.",
        decided: "The moderators took a decision about your messages.",
        appealed: "An appeal is being looked at.",
        upheld: "The outcome of the appeal is known.",
        overturned: "The outcome of the appeal is known.",
        closed: "This case is closed.",
      },
    },
    unmaskedOwn: (date: string) =>
      `On ${date}, two moderators looked at which mailbox is behind your pseudonym in this conversation.`,
    unmaskedOther: (date: string) =>
      `On ${date}, two moderators looked at which mailbox is behind another pseudonym of this conversation.`,
    unmaskedHint: "They had to say why; it stands in a log that nobody can rewrite.",
  },
  stopped: {
    frozen: "The moderators froze this conversation: everybody can read it, and nobody can write in it any more.",
    blocked:
      "The moderators blocked this contact: everybody can read the conversation, nobody can write in it, and these two mailboxes cannot open another one.",
    suspended: "The moderators suspended your mailbox: you can read everything, and write nothing.",
    until: (date: string) => `Until ${date}.`,
    why: "Read the reasons, and how to contest them",
    toSides: "The reasons are sent to both sides.",
    soon: "The reasons are sent to you under “Reports”.",
  },
};
