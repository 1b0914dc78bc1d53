/** What participants and moderators are told alike of reports, cases and decisions, in English. */

import type { moderationFr } from "./catalogue-moderation.fr.ts";

export const moderationEn: typeof moderationFr = {
  categories: {
    posing: "Recruiter who poses as a candidate",
    payment: "Asking for money",
    harassment: "Harassment or insults",
    false_diploma: "False diploma",
    contact_pressure: "Pressure for contact data",
    other: "Other",
  },
  measures: {
    none: "No measure",
    warning: "Warning",
    freeze: "Conversation frozen",
    block: "Contact blocked",
    suspension: "Mailbox suspended",
  },
  grounds: {
    terms: "Against the terms of use",
    law: "Illegal content",
  },
  progress: {
    received: "Received",
    in_review: "Being looked at",
    decided: "Decided",
    appealed: "Appeal being looked at",
    upheld: "Decision upheld on appeal",
    overturned: "Decision overturned on appeal",
    closed: "Closed",
  },
};
