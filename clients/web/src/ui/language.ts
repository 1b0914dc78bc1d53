/** The texts of a page in the language of its reader. */

import { type Catalogue, fr } from "./catalogue.fr.ts";
import { languageOf } from "./wanted-language.ts";

/** Few read English here: it is loaded for them. */
export async function catalogueFor(wanted: readonly string[]): Promise<Catalogue> {
  return languageOf(wanted) === "en" ? (await import("./catalogue.en.ts")).en : fr;
}
