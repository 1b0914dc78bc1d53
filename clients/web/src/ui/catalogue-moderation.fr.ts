/** What participants and moderators are told alike of reports, cases and decisions, in French. */

import type { Ground, Measure, ReportCategory } from "../core/office.ts";

const categories: Readonly<Record<ReportCategory, string>> = {
  posing: "Recruteur qui se présente comme un candidat",
  payment: "Demande d’argent",
  harassment: "Harcèlement ou insultes",
  false_diploma: "Faux diplôme",
  contact_pressure: "Pression pour obtenir des coordonnées",
  other: "Autre",
};

const measures: Readonly<Record<Measure, string>> = {
  none: "Aucune mesure",
  warning: "Avertissement",
  freeze: "Conversation suspendue",
  block: "Contact bloqué",
  suspension: "Messagerie suspendue",
};

const grounds: Readonly<Record<Ground, string>> = {
  terms: "Contraire aux conditions d’utilisation",
  law: "Contenu illicite au regard de la loi",
};

export const moderationFr = {
  categories,
  measures,
  grounds,
  /** Where a case stands, as its sides are told; a newer service may know more. */
  progress: {
    received: "Reçu",
    in_review: "En cours d’examen",
    decided: "Décidé",
    appealed: "Recours en cours d’examen",
    upheld: "Décision confirmée sur recours",
    overturned: "Décision annulée sur recours",
    closed: "Clos",
  } as Readonly<Record<string, string>>,
};
