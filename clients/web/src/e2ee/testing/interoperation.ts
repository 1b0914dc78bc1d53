/**
 * What `tests/web/test_interoperation.py` runs with Node.js alone: `make` writes a conversation, `read` reads the one on
 * its standard input, and `refusal` says by which error that one is refused.
 */

import { text } from "node:stream/consumers";

import { E2EEError } from "../errors.ts";
import { make } from "./conversation-make.ts";
import { read } from "./conversation-read.ts";
import type { Found, Made } from "./conversation.ts";

async function given(): Promise<Found> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test on the other side writes this form
  return read(JSON.parse(await text(process.stdin)) as Made);
}

async function refusal(): Promise<string> {
  try {
    await given();
  } catch (error) {
    if (error instanceof E2EEError) return error.name;
    throw error;
  }
  return "accept";
}

async function written(): Promise<string> {
  const { made, expected } = await make();
  return JSON.stringify({ made, expected });
}

const COMMANDS: Readonly<Record<string, () => Promise<string>>> = {
  make: written,
  read: async () => JSON.stringify(await given()),
  refusal,
};

const command = COMMANDS[process.argv[2] ?? ""];
if (command === undefined) throw new TypeError("make, read or refusal");
process.stdout.write(`${await command()}\n`);
