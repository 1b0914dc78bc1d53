/** Which of the two languages a reader wants: French, unless their browser asks for English before it. */

/** `wanted`: what the reader's browser asks for, or what the platform's page says, the first first. */
export function languageOf(wanted: readonly string[]): "fr" | "en" {
  const known = wanted.map((each) => each.slice(0, 2).toLowerCase()).find((each) => each === "fr" || each === "en");
  return known === "en" ? "en" : "fr";
}
