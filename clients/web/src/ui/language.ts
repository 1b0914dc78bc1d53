/** The language of a page: French, unless its reader's browser asks for English before it. */

import { en } from "./catalogue.en.ts";
import { type Catalogue, fr } from "./catalogue.fr.ts";

/** `wanted`: what the reader's browser asks for, or what the platform's page says, the first first. */
export function catalogueFor(wanted: readonly string[]): Catalogue {
  const known = wanted.map((each) => each.slice(0, 2).toLowerCase()).find((each) => each === "fr" || each === "en");
  return known === "en" ? en : fr;
}
