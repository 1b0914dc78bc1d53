/** The texts about alerts, in the languages of the pages. */

import { alertsEn } from "../ui/catalogue-alerts.en.ts";
import { alertsFr } from "../ui/catalogue-alerts.fr.ts";

export const alertTexts = { fr: alertsFr, en: alertsEn };
