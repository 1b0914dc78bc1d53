/** How a search compares: without accents, ligatures, capitals, and the differences between apostrophes. */
export function folded(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll("œ", "oe")
    .replaceAll("æ", "ae")
    .replaceAll("ß", "ss")
    .replaceAll(/[’‘ʼ`´]/gu, "'")
    .replaceAll(/\s+/gu, " ")
    .trim();
}
