/** The texts of the dialog in which a person consents, in English. */

import type { consentFr } from "./catalogue-consent.fr.ts";

export const consentEn: typeof consentFr = {
  title: "What you agree to show",
  intro:
    "Choose what will be shown to the other side, field by field. Nothing appears until both sides have consented; then everything appears at the same moment.",
  silence: "If you do not consent, the other side learns nothing of it.",
  final: "What was seen stays seen. Until then you may change your mind.",
  show: (field) => `Show: ${field}`,
  preview: "The other side will see",
  unattested: "The platform vouches for nothing: all of your card will be declared.",
  tooLong: "This field is too long for a card; shorten it.",
  nothing: "Tick at least one field.",
  give: "I consent",
  text: (shown) =>
    `I agree that these fields of my card are shown to the other side of this conversation, once both sides have consented: ${shown}.`,
  fieldsShown: (names) => names.join(", "),
};
