/** The words of moderation, and how a statement of reasons is shown: its fields apart, as article 17 of Regulation (EU) 2022/2065 names them. */

import { moderationEn } from "./catalogue-moderation.en.ts";
import { moderationFr } from "./catalogue-moderation.fr.ts";

/** What participants and moderators are told alike, in the languages of the pages. */
export const moderationTexts = { fr: moderationFr, en: moderationEn };

export interface Reasons {
  /** What stands before the fields. */
  readonly opening: string;
  /** Each with its name, in the order in which they stand. */
  readonly fields: readonly (readonly [name: string, text: string])[];
}

/** The names with which the service begins the fields of a statement, and of an outcome; both languages. */
const names = [
  "Décision sur le recours|Motifs|Décision|Faits|Fondement|Étendue|Durée|Moyens automatisés|Recours",
  "Decision on the appeal|Reasons|Decision|Facts|Ground|Scope|Duration|Automated means|Redress",
];
const field = new RegExp(`^(${names.join("|")})\\. `, "mu");

/** A text that has no such field is all opening: nothing of it is lost. */
export function reasonsIn(statement: string): Reasons {
  const [opening = "", ...parts] = statement.split(field);
  const fields: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < parts.length; at += 2) {
    fields.push([parts[at] ?? "", (parts[at + 1] ?? "").trim()]);
  }
  return { opening: opening.trim(), fields };
}
