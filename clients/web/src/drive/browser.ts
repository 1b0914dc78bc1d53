/**
 * Real Chromium for tests that stand beside the service. It says at which port of this machine it listens, and each
 * connection is a visit of one test: one JSON object a line, orders in and answers out.
 *
 *     node src/drive/browser.ts /usr/bin/chromium
 *     > {"port": 40123}
 *
 *     > {"welcome": "156.0.8078.114"}
 *     < {"id": 1, "do": "open", "page": "mayor", "profile": "mayor", "url": …, "width": 390, "height": 844}
 *     < {"id": 2, "do": "click", "page": "mayor", "role": "button", "name": "Envoyer"}
 *     > {"id": 2, "outcome": null}        {"id": 2, "failed": "…"}
 *
 * What a page writes to its console, and every request to another origin, is kept: `complaints` gives them. A visit that
 * says that nothing more comes is ended, and then told so by the end of the connection: nothing of it is left. A visit
 * that cannot be ended takes the program with it, and whoever comes next starts another. It ends with its input, which
 * whoever started it holds, and so also where that was killed.
 */

import { type AddressInfo, createServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as after } from "node:timers/promises";
import { chromium } from "playwright-core";
import { obey } from "./obeying.ts";
import { Visit } from "./visit.ts";

const endMs = 15_000;
/** The last list counts, so that this one holds Playwright's too. */
const withoutFeatures = [
  // As Playwright.
  ..."AvoidUnnecessaryBeforeUnloadCheckSync DestroyProfileOnBrowserClose HttpsUpgrades".split(" "),
  ..."HttpsFirstBalancedModeAutoEnable LensOverlay MediaRouter PaintHolding ThirdPartyStoragePartitioning".split(" "),
  ..."AvoidCorsURLLoaderRestartOnRedirect OptimizationHints NetworkTimeServiceQuerying AimEnabled".split(" "),
  ..."PreconnectToSearch".split(" "),
  // Pages of the browser's own, which each window loads for an address bar that nobody sees: an eighth of all work.
  ..."WebUIOmniboxPopup WebUIOmniboxAimPopup WebUIOmniboxFullPopup PreloadTopChromeWebUI".split(" "),
];
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  `--disable-features=${withoutFeatures.join(",")}`,
];
/** What a person's browser does and Playwright's would not: a page that is left is kept, to be there at once on return. */
const ignoreDefaultArgs = ["--disable-back-forward-cache"];

const [, , executablePath = "chromium"] = process.argv;
const browser = await chromium.launch({ executablePath, headless: true, args: flags, ignoreDefaultArgs });

/** Does it, or takes the program with it. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  const isDone = work.then(() => true);
  if (!(await Promise.race([isDone, after(ms, false, { ref: false })]))) {
    process.exit(1);
  }
}

function receive(socket: Socket): void {
  if (!browser.isConnected()) {
    socket.destroy();
    return;
  }
  socket.write(`${JSON.stringify({ welcome: browser.version() })}\n`);
  const visit = new Visit(browser);
  const lines = createInterface({ input: socket });
  lines.on("line", (line) => {
    void obey(visit, line).then((answer) => socket.writable && socket.write(`${JSON.stringify(answer)}\n`));
  });
  lines.on("close", () => {
    void within(endMs, visit.end()).then(() => socket.end());
  });
  socket.on("error", () => socket.destroy());
}

const server = createServer({ allowHalfOpen: true }, receive);
server.listen(0, "127.0.0.1", () => {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of a server that listens on a port
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});
// Also where it crashed: whoever comes next starts another.
browser.on("disconnected", () => process.exit());
process.stdin.on("end", () => {
  void within(endMs, browser.close());
});
process.stdin.resume();
