/**
 * Runs every frozen vector in a browser: the page takes the files from `/vectors.json`, and tells `/result` which cases
 * came out otherwise than they should, and whether this browser's own Ed25519 is good enough to be used.
 */

import * as webcrypto from "../ed25519-webcrypto.ts";
import { passes } from "../signing.ts";
import { type Case, Input, type Operation, run, type VectorFile } from "./case.ts";
import { OPERATIONS_KEYS } from "./operations-keys.ts";
import { OPERATIONS_LOG } from "./operations-log.ts";
import { OPERATIONS_MODERATION } from "./operations-moderation.ts";
import { OPERATIONS_THIRD } from "./operations-third.ts";
import { OPERATIONS_THREAD } from "./operations-thread.ts";

const ROUNDS = 10;
const RUNS = 10;

const OPERATIONS = new Map<string, Operation>(
  Object.entries({
    ...OPERATIONS_KEYS,
    ...OPERATIONS_THREAD,
    ...OPERATIONS_LOG,
    ...OPERATIONS_THIRD,
    ...OPERATIONS_MODERATION,
  }),
);

async function isRight(each: Case, shared: VectorFile["shared"]): Promise<boolean> {
  const operation = OPERATIONS.get(each.operation);
  if (operation === undefined) return false;
  const { outcome, output } = await run(operation, new Input(each.input, shared));
  return outcome === each.expect && JSON.stringify(sorted(output)) === JSON.stringify(sorted(each.output));
}

/** With the names of every object in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([name, item]) => [name, sorted(item)] as const)
      .sort(([one], [other]) => Number(one > other) - Number(one < other)),
  );
}

/** On average of some, as a browser's clock is coarse; the best of many rounds, as the machine may be busy. */
async function openingMs(files: readonly VectorFile[]): Promise<number> {
  const file = files.find(({ cases }) => cases.some(isOpening));
  const each = file?.cases.find(isOpening);
  if (file === undefined || each === undefined) throw new TypeError("no message to open");
  let best = Number.POSITIVE_INFINITY;
  for (let rounds = 0; rounds < ROUNDS; rounds++) {
    const begun = performance.now();
    for (let runs = 0; runs < RUNS; runs++) await isRight(each, file.shared);
    best = Math.min(best, (performance.now() - begun) / RUNS);
  }
  return best;
}

const isOpening = (each: Case): boolean => each.operation === "open_message" && each.expect === "accept";

async function report(): Promise<object> {
  // oxlint-disable-next-line no-restricted-globals -- a test page, which has its cases from somewhere
  const given: unknown = await (await fetch("/vectors.json")).json();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the frozen files
  const files = given as VectorFile[];
  const wrong: string[] = [];
  let ran = 0;
  for (const { cases, shared } of files) {
    for (const each of cases) {
      ran += 1;
      if (!(await isRight(each, shared))) wrong.push(`${each.operation}: ${each.name}`);
    }
  }
  return { ran, wrong, usesWebCrypto: await passes(webcrypto), openingMs: await openingMs(files) };
}

async function told(): Promise<object> {
  try {
    return await report();
  } catch (error) {
    return { ran: 0, wrong: [String(error)] };
  }
}

// oxlint-disable-next-line no-restricted-globals -- as above
await fetch("/result", { method: "POST", body: JSON.stringify(await told()) });
