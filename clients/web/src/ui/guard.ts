/**
 * The self-reveal guard: what in a text could tell its author's identity before consent. It warns and never blocks; what
 * is typed stays in this page.
 */

import { folded } from "../core/folding.ts";

export type Hint = "phone" | "email" | "url" | "card";

// Every part is bounded: this runs with each key that is pressed.
const email = /[^\s@]{1,64}\s?(?:@|\barobase\b)\s?[^\s@]{1,255}\.[a-z]{2,}/iu;
const url = /\bhttps?:\/\/|\bwww\.|\b[a-z0-9-]{1,63}\.(?:fr|com|org|net|eu|bzh|info|re|alsace|paris)\b/iu;
/** Eight digits or more, however they are grouped: a French number has ten. */
const phone = /(?:\+|00)?\d(?:[\s.\-/()\u00a0\u202f]{0,2}\d){7,}/u;
const cardLengthMin = 4;

/** `card`: what the author's own card says. */
export function hintFor(text: string, card: Iterable<string>): Hint | null {
  if (email.test(text)) {
    return "email";
  }
  if (url.test(text)) {
    return "url";
  }
  if (phone.test(text)) {
    return "phone";
  }
  const typed = folded(text);
  const shows = [...card].some((value) => value.trim().length >= cardLengthMin && typed.includes(folded(value)));
  return shows ? "card" : null;
}
