/** How a search compares: without accents, ligatures, capitals, and the differences between apostrophes and spaces. */

const others: Readonly<Record<string, string>> = { œ: "oe", æ: "ae", ß: "ss", ς: "σ", ø: "o", ł: "l", đ: "d" };

export function folded(text: string): string {
  return pieceOf(text).replaceAll(/\s+/gu, " ").trim();
}

/** The words of a search, each once; none for a blank one. */
export function wordsOf(searched: string): readonly string[] {
  return [...new Set(folded(searched).split(" "))].filter((word) => word !== "");
}

/** Whether all of these folded words are in a text. */
export function holds(text: string, words: readonly string[]): boolean {
  const whole = folded(text);
  return words.every((word) => whole.includes(word));
}

/** Where a folded word first stands in a text, in UTF-16 units of the text itself; null: nowhere. */
export function placeOf(text: string, word: string): { readonly start: number; readonly end: number } | null {
  let whole = "";
  const starts: number[] = [];
  let at = 0;
  for (const character of text) {
    const piece = pieceOf(character).replaceAll(/\s+/gu, " ");
    const added = piece === " " && whole.endsWith(" ") ? "" : piece;
    starts.push(...Array.from({ length: added.length }, () => at));
    whole += added;
    at += character.length;
  }
  const found = whole.indexOf(word);
  if (found === -1) {
    return null;
  }
  const last = starts[found + word.length - 1] ?? 0;
  return { start: starts[found] ?? 0, end: last + ((text.codePointAt(last) ?? 0) > 0xffff ? 2 : 1) };
}

function pieceOf(text: string): string {
  return text
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[œæßςøłđ]/gu, (letter) => others[letter] ?? letter)
    .replaceAll(/[’‘ʼ`´]/gu, "'");
}
