/**
 * The core without a page, for tests that stand beside the service: one JSON object a line, orders in and news out.
 *
 *     node src/drive/driver.ts '{"url": …, "tokenFile": …, "trust": {…}}'
 *     < {"id": 1, "do": "open", "code": null}
 *     < {"id": 2, "do": "act", "action": {"type": "send", …}}
 *     > {"picture": {…}}   {"notice": {…}}   {"id": 2, "outcome": …}   {"id": 2, "failed": "ProblemError", "code": …}
 *
 * What a browser would keep is in memory: `close` and `open` are a reload, `leave` and `open` one in the midst of
 * everything, the end of the process another browser.
 */

// oxlint-disable-next-line import/no-unassigned-import -- it gives Node.js an IndexedDB
import "fake-indexeddb/auto";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { registerHooks } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { systemFetch } from "../core/api.ts";
import { type Heavy, here } from "../core/heavy.ts";
import { LeaderOffice } from "../core/leader.ts";
import type { Action } from "../core/office.ts";
import { ActionFailed } from "../core/office.ts";
import { openStorage } from "../core/storage.ts";
import { StreamCarrier } from "../core/streaming.ts";
import type { Trust } from "../core/trust.ts";
import { systemEntropy } from "../e2ee/entropy.ts";
import type { Id } from "../wire/types.ts";

// What Vite does for the word list: a file imported as its text.
registerHooks({
  load: (url, context, next) => {
    if (!url.endsWith("?raw")) {
      return next(url, context);
    }
    const text = readFileSync(fileURLToPath(url.slice(0, -"?raw".length)), "utf8");
    return { format: "module", source: `export default ${JSON.stringify(text)};`, shortCircuit: true };
  },
});

interface Configuration {
  readonly url: string;
  /** Holds a token of the platform; read each time that one is asked for. */
  readonly tokenFile: string;
  readonly trust: Trust;
  /** Whether the network lets no WebSocket through. */
  readonly blocksWebSocket: boolean;
}

type Order =
  | { readonly id: number; readonly do: "open"; readonly code: string | null }
  | { readonly id: number; readonly do: "close" }
  | { readonly id: number; readonly do: "leave" }
  /** Gives the names of what is kept. */
  | { readonly id: number; readonly do: "kept" }
  /** Gives how many messages were opened since the last asking. */
  | { readonly id: number; readonly do: "opened" }
  | { readonly id: number; readonly do: "act"; readonly action: Action };

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test that starts this wrote it
const configuration = JSON.parse(process.argv[2] ?? "{}") as Configuration;
let office: LeaderOffice | null = null;
let lastAccount: Id | null = null;

let opened = 0;
const counting: Heavy = {
  ...here,
  open: async (messages) => {
    opened += messages.length;
    return here.open(messages);
  },
};

function say(news: object): void {
  process.stdout.write(`${JSON.stringify(news)}\n`);
}

function newOffice(): LeaderOffice {
  const made = new LeaderOffice({
    url: configuration.url,
    token: async () => (await readFile(configuration.tokenFile, "utf8")).trim(),
    trust: configuration.trust,
    spreadMs: 0,
    ...(configuration.blocksWebSocket
      ? { carrier: new StreamCarrier(configuration.url, systemFetch, systemEntropy) }
      : {}),
    heavy: counting,
    lastAccount,
    onAccount: (account) => {
      lastAccount = account;
    },
  });
  made.onPicture((picture) => say({ picture }));
  made.onNotice((notice) => say({ notice }));
  return made;
}

/** Of all accounts. */
async function kept(): Promise<string[]> {
  const names: string[] = [];
  for (const { name } of await indexedDB.databases()) {
    const storage = await openStorage(name ?? "");
    names.push(...(await storage.names("")));
    storage.close();
  }
  return names;
}

async function carryOut(order: Order): Promise<unknown> {
  if (order.do === "open") {
    office ??= newOffice();
    await office.open(order.code);
    return null;
  }
  if (order.do === "kept") {
    return kept();
  }
  if (order.do === "opened") {
    const count = opened;
    opened = 0;
    return count;
  }
  if (office === null) {
    throw new ActionFailed("Ended", null);
  }
  if (order.do === "close" || order.do === "leave") {
    await (order.do === "close" ? office.close() : office.abandon());
    office = null;
    return null;
  }
  return office.act(order.action);
}

async function obey(line: string): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as above
  const order = JSON.parse(line) as Order;
  try {
    say({ id: order.id, outcome: await carryOut(order) });
  } catch (error) {
    if (!(error instanceof ActionFailed)) {
      throw error;
    }
    say({ id: order.id, failed: error.reason, code: error.code });
  }
}

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => void obey(line));
lines.on("close", () => process.exit(0));
