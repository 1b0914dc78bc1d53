/**
 * JSON as every reader reads it alike: no name twice in an object, no NaN nor Infinity. JavaScript's own parser takes the
 * last of two equal names, and makes 2.0 and 2e9 whole numbers: here a number with a fraction or an exponent is a `Real`,
 * so that nobody takes it for a time.
 */

import { BadEncoding } from "./errors.ts";

/** A number that was written with a fraction or an exponent. */
export class Real {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

export type Json = null | boolean | number | string | Real | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

const SPACE = /[ \t\n\r]*/uy;
// oxlint-disable-next-line no-control-regex -- JSON has no control characters in a string
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy;
const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/uy;
const CONSTANTS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Real);

/** Reads one JSON object. Throws BadEncoding for anything else. */
export function parseObject(text: string): JsonObject {
  const reader = new Reader(text);
  let value: Json;
  try {
    value = reader.value();
  } catch (cause) {
    // Nesting is as deep as whoever wrote it likes.
    if (cause instanceof RangeError) throw new BadEncoding("the JSON is nested too deeply", { cause });
    throw cause;
  }
  reader.end();
  if (!isObject(value)) throw new BadEncoding("not a JSON object");
  return value;
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): Json {
    this.#take(SPACE);
    const found = this.#something();
    this.#take(SPACE);
    return found;
  }

  end(): void {
    if (this.#at !== this.#text.length) throw new BadEncoding("something stands after the JSON");
  }

  #something(): Json {
    const next = this.#text[this.#at];
    if (next === "{") return this.#object();
    if (next === "[") return this.#array();
    if (next === '"') return this.#string();
    for (const [name, constant] of CONSTANTS) {
      if (this.#text.startsWith(name, this.#at)) {
        this.#at += name.length;
        return constant;
      }
    }
    return this.#number();
  }

  #object(): JsonObject {
    const members = new Map<string, Json>();
    this.#list("{", "}", () => {
      this.#take(SPACE);
      const name = this.#string();
      if (members.has(name)) throw new BadEncoding("an object names something twice");
      this.#take(SPACE);
      this.#expect(":");
      members.set(name, this.value());
    });
    return Object.fromEntries(members);
  }

  #array(): readonly Json[] {
    const items: Json[] = [];
    this.#list("[", "]", () => {
      items.push(this.value());
    });
    return items;
  }

  #list(open: string, close: string, item: () => void): void {
    this.#expect(open);
    this.#take(SPACE);
    if (this.#text[this.#at] !== close) {
      item();
      while (this.#text[this.#at] === ",") {
        this.#at += 1;
        item();
      }
    }
    this.#expect(close);
  }

  #string(): string {
    const found: unknown = JSON.parse(this.#matched(STRING)[0]);
    return String(found);
  }

  #number(): number | Real {
    const [written, fraction, exponent] = this.#matched(NUMBER);
    return fraction === undefined && exponent === undefined ? Number(written) : new Real(Number(written));
  }

  #expect(character: string): void {
    if (this.#text[this.#at] !== character) throw new BadEncoding("not JSON");
    this.#at += 1;
  }

  #matched(pattern: RegExp): RegExpExecArray {
    const found = this.#take(pattern);
    if (found === null) throw new BadEncoding("not JSON");
    return found;
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    this.#at += found?.[0].length ?? 0;
    return found;
  }
}
