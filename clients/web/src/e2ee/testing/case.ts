/**
 * A test vector as data: how a case is read, run and judged (SPEC.md section 13).
 *
 * In a file, bytes are hex; `{"text": "..."}` is text; `"$name"` stands for the bytes under that name in the file's
 * `shared` part. An operation is a function from a case's input to its output.
 */

import { branded, type Bytes, fromHex, hex, type Width, wide } from "../bytes.ts";
import { E2EEError } from "../errors.ts";
import { Real } from "../strict-json.ts";

export interface Case {
  readonly name: string;
  readonly operation: string;
  readonly expect: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output?: unknown;
}

export interface VectorFile {
  readonly shared: Readonly<Record<string, string>>;
  readonly cases: readonly Case[];
}

export type Output = Readonly<Record<string, unknown>>;
export type Operation = (given: Input) => Output | Promise<Output>;

/** The input of a case, read by type. Widths are what the functions under test check: here bytes get any brand. */
export class Input {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #shared: Readonly<Record<string, string>>;

  constructor(fields: Readonly<Record<string, unknown>>, shared: Readonly<Record<string, string>>) {
    this.#fields = fields;
    this.#shared = shared;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name);
  }

  raw<T extends Bytes = Bytes>(name: string): T {
    return this.#decode(this.#fields[name]);
  }

  raws<T extends Bytes = Bytes>(name: string): T[] {
    return this.list(name).map((item) => this.#decode<T>(item));
  }

  number(name: string): number {
    return checked(this.#fields[name], (value) => typeof value === "number", name);
  }

  flag(name: string): boolean {
    return checked(this.#fields[name], (value) => typeof value === "boolean", name);
  }

  text(name: string): string {
    return new Input(checked(this.#fields[name], isRecord, name), {}).#plain("text");
  }

  list(name: string): readonly unknown[] {
    return checked(this.#fields[name], (value) => Array.isArray(value), name);
  }

  widths(name: string): (Width | null)[] {
    return this.list(name).map((item) => (typeof item === "number" ? wide(item) : null));
  }

  inputs(name: string): Input[] {
    return this.list(name).map((item) => this.#inner(item));
  }

  /** A list of lists of objects. */
  inputLists(name: string): Input[][] {
    return this.list(name).map((items) =>
      checked<readonly unknown[]>(items, (value) => Array.isArray(value), name).map((item) => this.#inner(item)),
    );
  }

  #inner(item: unknown): Input {
    return new Input(checked(item, isRecord, "an object"), this.#shared);
  }

  #plain(name: string): string {
    return checked(this.#fields[name], (value) => typeof value === "string", name);
  }

  #decode<T extends Bytes>(given: unknown): T {
    const written: string = checked(given, (value) => typeof value === "string", "bytes");
    return branded(fromHex(written.startsWith("$") ? (this.#shared[written.slice(1)] ?? "missing") : written));
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function checked<T>(value: unknown, is: (value: unknown) => value is T & {}, what: string): T {
  if (!is(value)) throw new TypeError(`the case gives something else for ${what}`);
  return value;
}

/** Makes an output ready to be compared with JSON. */
export function encodeOutput(value: unknown): unknown {
  if (value instanceof Uint8Array) return hex(new Uint8Array(value));
  if (value instanceof Real) return value.value;
  if (Array.isArray(value)) return value.map(encodeOutput);
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, encodeOutput(item)]));
  return value;
}

/** Runs a case; gives "accept" and the output, or the name of the refusal and why. */
export async function run(
  operation: Operation,
  input: Input,
): Promise<{ outcome: string; output: unknown; why: string }> {
  try {
    return { outcome: "accept", output: encodeOutput(await operation(input)), why: "" };
  } catch (error) {
    if (!(error instanceof E2EEError)) throw error;
    return { outcome: error.name, output: undefined, why: error.message };
  }
}
