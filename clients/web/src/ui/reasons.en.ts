/** Why a conversation is closed, as people choose it and as the figures count it. */

import type { ClosingReason } from "../core/office.ts";

export const reasonsEn: Readonly<Record<ClosingReason, string>> = {
  filled: "The need is met",
  project_abandoned: "The project is abandoned",
  need_gone: "The need is gone",
  housing: "Housing",
  spouse_job: "The spouse’s job",
  school: "School",
  premises: "Premises",
  financing: "Financing",
  no_answer: "No answer",
  after_visit: "After a visit",
  team_change: "The team changed",
  abuse: "Abuse",
  other: "Another reason",
};
