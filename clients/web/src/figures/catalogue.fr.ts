/** Every text of the page of figures, in French; what a measure says comes with the figures. */

import { reasonsFr } from "../ui/reasons.fr.ts";

/** A part of the page: `about` says what it shows, `absent` why nothing of it is there. */
interface SheetText {
  readonly title: string;
  readonly about: string;
  readonly absent: string;
}

const suppressed = "Rien n’en est publié : les relations ou les parties sont trop peu nombreuses.";
const later = "Ces chiffres sont publiés quand la dernière relation de la période a 90 jours.";
const muchLater = "Ces chiffres sont publiés quand la dernière relation de l’année a 365 jours.";
const sheets = {
  key: {
    title: "En bref",
    about: "Les trois décomptes vont ensemble : contacts, mises en relation, identités échangées.",
    absent: later,
  },
  funnel: {
    title: "Du premier contact à l’installation",
    about: "Chaque étape compte des relations, jamais des personnes.",
    absent: later,
  },
  answers: { title: "Délai de la première réponse", about: "Chaque ligne comprend la précédente.", absent: later },
  trend: {
    title: "Mois par mois",
    about: "Chaque mois compte les relations dont il a vu le premier contact.",
    absent: later,
  },
  tiers: {
    title: "Taille des communes, mois par mois",
    about: "Contacts selon le nombre d’habitants.",
    absent: suppressed,
  },
  waiting: {
    title: "Qui attend une réponse",
    about: "Relations ouvertes à la fin du mois, selon le côté qui attend. Ce décompte vaut pour toutes les relations.",
    absent: suppressed,
  },
  departement: {
    title: "Départements",
    about: "Classés par nombre de contacts. Rien n’est publié en dessous du département.",
    absent: suppressed,
  },
  region: { title: "Régions", about: "Classées par nombre de contacts.", absent: suppressed },
  profession: { title: "Métiers", about: "Classés par nombre de contacts.", absent: suppressed },
  plan: { title: "Formules", about: "Selon la formule de la collectivité.", absent: suppressed },
  tier: {
    title: "Taille des communes",
    about: "Selon le nombre d’habitants au moment du premier contact.",
    absent: suppressed,
  },
  origin: {
    title: "Qui écrit en premier",
    about: "Selon le côté qui a envoyé le premier contact.",
    absent: suppressed,
  },
  qualified: { title: "Offre qualifiée", about: "Selon que la plateforme a qualifié l’offre.", absent: suppressed },
  crossed: {
    title: "Contacts, deux critères à la fois",
    about: "Une ligne absente est comptée dans les totaux.",
    absent: suppressed,
  },
  contacts: {
    title: "Contacts avant une première réponse",
    about: "Projets selon le nombre de contacts qu’il leur a fallu.",
    absent: later,
  },
  closing: { title: "Clôtures et motifs", about: "Relations selon leur état après 365 jours.", absent: muchLater },
  moderation: { title: "Modération", about: "Les relations bloquées pour abus sont comptées à part.", absent: later },
} satisfies Record<string, SheetText>;

const tables: Readonly<Record<string, { readonly name: string; readonly values: Readonly<Record<string, string>> }>> = {
  total: { name: "L’ensemble", values: {} },
  measure: { name: "Étape", values: { number: "Nombre", share: "Part" } },
  answer: { name: "Réponse", values: { "90": "Réponse sous 90 jours" } },
  month: { name: "Mois", values: {} },
  region: { name: "Région", values: {} },
  departement: { name: "Département", values: {} },
  profession: { name: "Métier", values: {} },
  plan: { name: "Formule", values: {} },
  tier: {
    name: "Taille de la commune",
    values: {
      "<500": "moins de 500 habitants",
      "500-1999": "500 à 1 999 habitants",
      "2000-9999": "2 000 à 9 999 habitants",
      ">=10000": "10 000 habitants et plus",
      EPCI: "intercommunalité",
    },
  },
  origin: {
    name: "Premier contact",
    values: { project: "un porteur de projet", territory: "une collectivité", partner: "un partenaire" },
  },
  qualified: { name: "Offre qualifiée", values: { yes: "oui", no: "non" } },
  waiting: {
    name: "Qui attend",
    values: {
      project: "des porteurs de projet",
      territory: "des collectivités",
      partner: "des partenaires",
      "*": "les deux côtés",
    },
  },
  contacts: {
    name: "Contacts",
    values: {
      "1": "1 contact",
      "2": "2 contacts",
      "3-5": "3 à 5 contacts",
      "6+": "6 contacts et plus",
      never: "aucune réponse",
    },
  },
  closing: { name: "Motif", values: { ...reasonsFr, open: "Toujours ouvertes" } },
};

export const figuresFr = {
  lang: "fr",
  title: "Chiffres des mises en relation",
  intro: "Des relations comptées, jamais des personnes. Chaque nom de chiffre ouvre sa définition.",
  loading: "Les chiffres arrivent…",
  signIn: "Pour lire les chiffres, connectez-vous sur la plateforme.",
  signInGo: "Aller sur la plateforme",
  refused: "Ce compte n’a pas accès aux chiffres. La plateforme l’accorde à qui en a la charge.",
  unreachable: "Le service n’a pas répondu.",
  retry: "Réessayer",
  nothing: "Rien n’est publié pour l’instant. Le premier mois l’est quand sa dernière relation a 90 jours.",
  filters: "Choisir",
  period: "Période",
  years: "Années",
  months: "Mois",
  by: "Sur",
  is: "Lequel",
  csv: "Télécharger en CSV",
  print: "Imprimer",
  of: (what: string): string => `Sur : ${what}.`,
  indicator: (number: number): string => `Indicateur ${number}`,
  definitions: "Définitions",
  close: "Fermer",
  chart: (title: string): string => `Graphique : ${title}. Le tableau dit la même chose.`,
  table: (title: string): string => `Tableau : ${title}`,
  map: {
    title: "Carte des départements, selon le nombre de contacts. Le tableau dit la même chose.",
    range: (from: string, to: string): string => `${from} à ${to} contacts`,
    untold: "non publié, ou aucun contact",
    overseas: "L’outre-mer, et ce qui n’est publié que pour plusieurs départements ensemble, sont dans le tableau.",
    origin: "Fond de carte : MapSVG, par svg-maps, licence",
  },
  firstOnes: (count: number): string => `Les ${count} premiers.`,
  rank: "Rang",
  unpublished: "n. p.",
  unpublishedWhole: "non publié",
  legend:
    "n. p. : non publié. Un groupe n’est dit qu’à partir de 5 relations, 3 territoires et 3 projets ; un taux, à partir de 10. Avec lui sont tus ceux qui permettraient de le deviner.",
  corrected: (period: string): string =>
    `Depuis que ces relations ont été publiées, un événement au moins a été corrigé (${period}). Les chiffres publiés ne changent pas.`,
  more: "plus de 90 jours",
  never: "pas de réponse",
  rest: "Les autres, ensemble",
  restOf: (region: string): string => `${region}, les autres ensemble`,
  unknown: "non précisé",
  pair: (what: string, value: string): string => `${what} : ${value}`,
  everything: "toutes les relations",
  sheets,
  tables,
};

export type FiguresText = Omit<typeof figuresFr, "sheets"> & {
  readonly sheets: Readonly<Record<keyof typeof sheets, SheetText>>;
};
