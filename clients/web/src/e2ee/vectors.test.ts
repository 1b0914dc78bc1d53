/** Every frozen vector through the code (SPEC.md section 13): what Python accepts, with the same output, and no more. */

import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { sha256 } from "./suite.ts";
import { hex } from "./bytes.ts";
import { utf8 } from "./encoding.ts";
import { Input, type Operation, run, type VectorFile } from "./testing/case.ts";
import { OPERATIONS_KEYS } from "./testing/operations-keys.ts";
import { OPERATIONS_LOG } from "./testing/operations-log.ts";
import { OPERATIONS_MODERATION } from "./testing/operations-moderation.ts";
import { OPERATIONS_THIRD } from "./testing/operations-third.ts";
import { OPERATIONS_THREAD } from "./testing/operations-thread.ts";
import { LIST } from "./word-list.ts";

const FOLDER = new URL("../../../../tests/vectors/", import.meta.url);
const FILES = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
const OPERATIONS = new Map<string, Operation>(
  Object.entries({
    ...OPERATIONS_KEYS,
    ...OPERATIONS_THREAD,
    ...OPERATIONS_LOG,
    ...OPERATIONS_THIRD,
    ...OPERATIONS_MODERATION,
  }),
);
const VECTORS = FILES.map(
  (name) => [name, JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as VectorFile] as const,
);

describe.each(VECTORS)("%s", (_, { cases, shared }) => {
  test.each(cases.map((each) => [each.name, each] as const))("%s", async (_name, each) => {
    const operation = OPERATIONS.get(each.operation);
    if (operation === undefined) throw new Error(`nobody runs ${each.operation}`);
    const { outcome, output, why } = await run(operation, new Input(each.input, shared));
    expect({ outcome, output }).toEqual({ outcome: each.expect, output: each.output });
    expect(outcome === "accept" || why.length > 10, "an error says why").toBe(true);
  });
});

test("every operation that is run here is one of the vectors, and there are all files", () => {
  const named = VECTORS.flatMap(([, { cases }]) => cases.map(({ operation }) => operation));
  expect(new Set(OPERATIONS.keys())).toEqual(new Set(named));
  const sums = readFileSync(new URL("SHA256SUMS", FOLDER), "utf8").trim().split("\n");
  expect(FILES.toSorted()).toEqual(
    sums
      .map((line) => line.split("  ")[1] ?? "")
      .filter((name) => !name.includes("/"))
      .toSorted(),
  );
});

test("the words are the frozen ones", () => {
  expect(LIST).toHaveLength(2048);
  expect(hex(sha256(utf8(`${LIST.join("\n")}\n`)))).toBe(
    "431c1d074225d2b7e82db857d7c3ea58051df546e7c8b74c1f6dcab36351fd56",
  );
});
