/** What is wrong with the typography of a text, for the tests of catalogues. */

/** Every text of a catalogue, those that are made called with a sample. */
export function textsOf(value: unknown): string[] {
  if (typeof value === "string") {
    return [value];
  }
  if (isMaking(value)) {
    return [true, false].map((flag) => String(value(value.name === "fieldsShown" ? ["x"] : flag)));
  }
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

function isMaking(value: unknown): value is (argument: unknown) => unknown {
  return typeof value === "function";
}

/** No space that breaks where French wants one that does not, no straight apostrophe; and nobody is called « tu ». */
export const wrongInFrench = [
  /[ \u00a0][;!?]| :|« | »|[a-zà-ü]'[a-zà-ü]|\.\.\./iu,
  /(?<!\p{L})(?:tu|ton|ta|tes|toi)(?!\p{L})/iu,
] as const;

export const wrongInEnglish = /\s[;:!?]|[a-z]'[a-z]|\.\.\./iu;
