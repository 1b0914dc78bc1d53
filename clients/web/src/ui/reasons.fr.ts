/** Why a conversation is closed, as people choose it and as the figures count it. */

import type { ClosingReason } from "../core/office.ts";

export const reasonsFr: Readonly<Record<ClosingReason, string>> = {
  filled: "Le besoin est pourvu",
  project_abandoned: "Le projet est abandonné",
  need_gone: "Le besoin n’existe plus",
  housing: "Le logement",
  spouse_job: "L’emploi du conjoint",
  school: "L’école",
  premises: "Les locaux",
  financing: "Le financement",
  no_answer: "Sans réponse",
  after_visit: "Après une visite",
  team_change: "L’équipe a changé",
  abuse: "Propos déplacés",
  other: "Autre raison",
};
