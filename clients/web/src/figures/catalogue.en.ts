/** Every text of the page of figures, in English. */

import { reasonsEn } from "../ui/reasons.en.ts";
import type { FiguresText } from "./catalogue.fr.ts";

const suppressed = "Nothing of it is published: the relations or the parties are too few.";
const later = "These figures are published once the last relation of the period is 90 days old.";
const muchLater = "These figures are published once the last relation of the year is 365 days old.";

export const figuresEn: FiguresText = {
  lang: "en",
  title: "Figures of the relations",
  intro: "Relations are counted, never people. The name of each figure opens its definition.",
  loading: "The figures are coming…",
  signIn: "To read the figures, sign in on the platform.",
  signInGo: "Go to the platform",
  refused: "This account may not read the figures. The platform grants it to those in charge of them.",
  unreachable: "The service did not answer.",
  retry: "Try again",
  nothing: "Nothing is published yet. The first month is once its last relation is 90 days old.",
  filters: "Choose",
  period: "Period",
  years: "Years",
  months: "Months",
  by: "Of",
  is: "Which",
  csv: "Download as CSV",
  print: "Print",
  of: (what) => `Of: ${what}.`,
  indicator: (number) => `Indicator ${number}`,
  definitions: "Definitions",
  close: "Close",
  chart: (title) => `Chart: ${title}. The table says the same.`,
  table: (title) => `Table: ${title}`,
  map: {
    title: "Map of the départements, by their contacts. The table says the same.",
    range: (from, to) => `${from} to ${to} contacts`,
    untold: "not published, or no contact",
    overseas: "What lies overseas, and what is told only of several départements together, stands in the table.",
    origin: "Outlines: MapSVG, by svg-maps, licence",
  },
  firstOnes: (count) => `The first ${count}.`,
  rank: "Rank",
  unpublished: "n/p",
  unpublishedWhole: "not published",
  legend:
    "n/p: not published. A group is told from 5 relations, 3 territories and 3 projects on; a rate from 10. What would let one guess it is withheld with it.",
  corrected: (period) =>
    `At least one event was corrected since these relations were published (${period}). Published figures do not change.`,
  more: "more than 90 days",
  never: "no answer",
  rest: "The others, together",
  restOf: (region) => `${region}, the others together`,
  unknown: "not stated",
  pair: (what, value) => `${what}: ${value}`,
  everything: "all relations",
  sheets: {
    key: {
      title: "In short",
      about: "The three counts go together: contacts, reciprocal relations, identities revealed.",
      absent: later,
    },
    funnel: {
      title: "From the first contact to settling",
      about: "Each step counts relations, never people.",
      absent: later,
    },
    answers: { title: "Time to the first answer", about: "Each line contains the one before.", absent: later },
    trend: {
      title: "Month by month",
      about: "Each month counts the relations whose first contact it saw.",
      absent: later,
    },
    tiers: {
      title: "Size of the communes, month by month",
      about: "Contacts by the number of inhabitants.",
      absent: suppressed,
    },
    waiting: {
      title: "Who waits for an answer",
      about: "Relations open at the end of the month, by the side that waits. All relations are counted here.",
      absent: suppressed,
    },
    departement: {
      title: "Départements",
      about: "By the number of contacts. Nothing is published below the département.",
      absent: suppressed,
    },
    region: { title: "Régions", about: "By the number of contacts.", absent: suppressed },
    profession: { title: "Professions", about: "By the number of contacts.", absent: suppressed },
    plan: { title: "Plans", about: "By the plan of the local authority.", absent: suppressed },
    tier: {
      title: "Size of the communes",
      about: "By the number of inhabitants at the first contact.",
      absent: suppressed,
    },
    origin: { title: "Who writes first", about: "By the side that sent the first contact.", absent: suppressed },
    qualified: { title: "Qualified offer", about: "By whether the platform qualified the offer.", absent: suppressed },
    crossed: {
      title: "Contacts by two criteria at once",
      about: "A line that is missing is counted in the totals.",
      absent: suppressed,
    },
    contacts: {
      title: "Contacts before a first answer",
      about: "Projects by how many contacts they needed.",
      absent: later,
    },
    closing: { title: "Closings and reasons", about: "Relations by how they stand after 365 days.", absent: muchLater },
    moderation: { title: "Moderation", about: "Relations blocked for abuse are counted apart.", absent: later },
  },
  tables: {
    total: { name: "All of it", values: {} },
    measure: { name: "Step", values: { number: "Number", share: "Share" } },
    answer: { name: "Answer", values: { "90": "Answered within 90 days" } },
    month: { name: "Month", values: {} },
    region: { name: "Région", values: {} },
    departement: { name: "Département", values: {} },
    profession: { name: "Profession", values: {} },
    plan: { name: "Plan", values: {} },
    tier: {
      name: "Size of the commune",
      values: {
        "<500": "fewer than 500 inhabitants",
        "500-1999": "500 to 1,999 inhabitants",
        "2000-9999": "2,000 to 9,999 inhabitants",
        ">=10000": "10,000 inhabitants and more",
        EPCI: "intercommunal body",
      },
    },
    origin: {
      name: "First contact",
      values: { project: "a project holder", territory: "a local authority", partner: "a partner" },
    },
    qualified: { name: "Qualified offer", values: { yes: "yes", no: "no" } },
    waiting: {
      name: "Who waits",
      values: { project: "project holders", territory: "local authorities", partner: "partners", "*": "both sides" },
    },
    contacts: {
      name: "Contacts",
      values: {
        "1": "1 contact",
        "2": "2 contacts",
        "3-5": "3 to 5 contacts",
        "6+": "6 contacts and more",
        never: "no answer",
      },
    },
    closing: { name: "Reason", values: { ...reasonsEn, open: "Still open" } },
  },
};
