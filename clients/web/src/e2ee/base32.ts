/** Crockford's base32, as people write codes down and type them (SPEC.md section 3.2). */

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** White space, as SPEC.md section 3.2 lists it: what a language calls white space is not the same everywhere. */
// oxlint-disable-next-line no-control-regex -- tab to carriage return are white space
const DROPPED = /[\u0009-\u000d\u0020\u00a0\u2000-\u200a\u202f\u205f\u3000\u002d\u2010-\u2014\u2212_]/gu;
// oxlint-disable-next-line no-control-regex -- all of ASCII, control characters too
const ASCII = /^[\u0000-\u007f]*$/u;

/** What a person typed, in the letters of a code: any case, spaces, dashes, I and L for 1, O for 0. null: none of a code. */
export function typedBase32(typed: string): string | null {
  const dropped = typed.replaceAll(DROPPED, "");
  // Before the case is changed: some letters of other scripts become ASCII by that.
  if (!ASCII.test(dropped)) return null;
  return dropped.toUpperCase().replaceAll("O", "0").replaceAll(/[IL]/gu, "1");
}

export function encodeBase32(value: bigint, characters: number): string {
  let text = "";
  for (let place = characters - 1; place >= 0; place--) text += ALPHABET[Number((value >> BigInt(5 * place)) % 32n)];
  return text;
}

/** null for a character that no code has. */
export function decodeBase32(text: string): bigint | null {
  let value = 0n;
  for (const character of text) {
    const digit = ALPHABET.indexOf(character);
    if (digit < 0) return null;
    value = value * 32n + BigInt(digit);
  }
  return value;
}
