/**
 * Real Chromium for tests that stand beside the service: one JSON object a line, orders in and answers out. Each page is
 * a browser of its own, but for those of the same profile.
 *
 *     < {"id": 1, "do": "open", "page": "mayor", "profile": "mayor", "url": …, "width": 390, "height": 844}
 *     < {"id": 2, "do": "click", "page": "mayor", "role": "button", "name": "Envoyer"}
 *     > {"id": 2, "outcome": null}        {"id": 2, "failed": "…"}
 *
 * What a page writes to its console, and every request to another origin, is kept: `complaints` gives them.
 */

import { createInterface } from "node:readline";
import { type BrowserContext, chromium, type Frame, type FrameLocator, type Locator, type Page } from "playwright-core";
import { audit } from "./audit.ts";
import { reach } from "./keyboard.ts";
import { listening } from "./listening.ts";
import { countPresses, press } from "./pressing.ts";
import { withoutTunnels } from "./proxy.ts";

const waitMs = 30_000;
/** So many characters of a page are told where an order failed. */
const shownMax = 2_000;
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** What a person's browser does and Playwright's would not: a page that is left is kept, to be there at once on return. */
const ignoreDefaultArgs = ["--disable-back-forward-cache"];

interface Target {
  readonly page: string;
  /** Of a frame in the page: a part of its address. */
  readonly frame?: string;
  readonly role?: Parameters<Page["getByRole"]>[0];
  readonly name?: string;
  readonly label?: string;
  readonly text?: string;
  readonly css?: string;
}

type Order = { readonly id: number } & (
  | {
      readonly do: "open";
      readonly page: string;
      readonly profile: string;
      readonly url: string;
      readonly width: number;
      readonly height: number;
      /** Other origins that the page may ask, beside its own, with spaces between. */
      readonly beside?: string;
      /** Whether the network blocks WebSockets. */
      readonly blocked?: boolean;
      readonly dark?: boolean;
      /** Runs before the page's own scripts, in every page of the profile. */
      readonly script?: string;
    }
  | ({ readonly do: "click" | "check" | "see" | "gone" | "reach" } & Target)
  | ({ readonly do: "fill"; readonly value: string } & Target)
  | ({ readonly do: "read" | "value" } & Target)
  | { readonly do: "press"; readonly page: string; readonly key: string }
  | { readonly do: "type"; readonly page: string; readonly text: string }
  | { readonly do: "shot"; readonly page: string; readonly path: string; readonly print?: boolean }
  | { readonly do: "audit"; readonly page: string; readonly frame?: string }
  | { readonly do: "run"; readonly page: string; readonly script: string; readonly frame?: string }
  /** Whether notifications are shown is for the person to say. */
  | { readonly do: "permit"; readonly page: string }
  /** What a push service would hand to the page's service worker; and a script in that worker. */
  | { readonly do: "push"; readonly page: string; readonly data: string }
  | { readonly do: "runInWorker"; readonly page: string; readonly script: string }
  | { readonly do: "go"; readonly page: string; readonly url: string }
  | { readonly do: "before"; readonly profile: string; readonly script: string }
  | { readonly do: "slow"; readonly page: string; readonly times: number }
  | { readonly do: "offline"; readonly profile: string; readonly offline: boolean }
  | { readonly do: "reload" | "back" | "close" | "workers"; readonly page: string }
  | { readonly do: "complaints" }
);

const [, , executablePath = "chromium"] = process.argv;
const browser = await chromium.launch({ executablePath, headless: true, args: flags, ignoreDefaultArgs });
const profiles = new Map<string, BrowserContext>();
const pages = new Map<string, Page>();
const complaints: string[] = [];

async function newProfile(order: Order & { do: "open" }): Promise<BrowserContext> {
  const { width, height, dark = false, script = "" } = order;
  const context = await browser.newContext({
    viewport: { width, height },
    locale: "fr-FR",
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
    ...(order.blocked === true ? { proxy: { server: await withoutTunnels(), bypass: "<-loopback>" } } : {}),
  });
  await context.addInitScript(...listening);
  await context.addInitScript(countPresses);
  context.setDefaultTimeout(waitMs);
  if (script !== "") {
    await context.addInitScript(script);
  }
  return context;
}

async function open(order: Order & { do: "open" }): Promise<null> {
  const context = profiles.get(order.profile) ?? (await newProfile(order));
  profiles.set(order.profile, context);
  const page = pages.get(order.page) ?? (await context.newPage());
  if (!pages.has(order.page)) {
    watch(page, order.page, order.beside?.split(" ") ?? []);
    pages.set(order.page, page);
  }
  await page.goto(order.url);
  return null;
}

/** Chromium writes a line for each request that fails: those of a network that a test took away or blocks say nothing. */
function watch(page: Page, name: string, beside: readonly string[]): void {
  page.on("console", (message) => {
    const { url } = message.location();
    const isNetwork = /net::|a tunnel via proxy/u.test(message.text());
    if ((message.type() === "warning" || message.type() === "error") && !isNetwork) {
      complaints.push(`${name}: ${message.type()}: ${message.text()} (${url})`);
    }
  });
  page.on("request", (request) => {
    const { origin } = new URL(request.url());
    if (
      origin !== new URL(page.url()).origin &&
      !beside.includes(origin) &&
      origin !== "null" &&
      page.url() !== "about:blank"
    ) {
      complaints.push(`${name}: a request to ${origin}`);
    }
  });
  page.on("pageerror", (error) => complaints.push(`${name}: ${error.stack ?? error.message}`));
}

function pageOf(name: string): Page {
  const page = pages.get(name);
  if (page === undefined) {
    throw new Error(`no page ${name}`);
  }
  return page;
}

/** The page itself, or the frame in it whose address has this part. */
function frameOf(name: string, part: string | undefined): Frame {
  const page = pageOf(name);
  const frame = part === undefined ? page.mainFrame() : page.frames().find((each) => each.url().includes(part));
  if (frame === undefined) {
    throw new Error(`no frame ${part ?? ""}`);
  }
  return frame;
}

function find(target: Target): Locator {
  const page = pageOf(target.page);
  const scope = target.frame === undefined ? page : page.frameLocator(`iframe[src*="${target.frame}"]`);
  return locate(scope, target).filter({ visible: true }).first();
}

function locate(scope: Page | FrameLocator, target: Target): Locator {
  if (target.css !== undefined) {
    return scope.locator(target.css);
  }
  if (target.label !== undefined) {
    return scope.getByLabel(target.label);
  }
  if (target.role !== undefined) {
    return scope.getByRole(target.role, target.name === undefined ? {} : { name: target.name });
  }
  return scope.getByText(target.text ?? "");
}

async function push({ page, data }: Order & { do: "push" }): Promise<null> {
  const { origin } = new URL(pageOf(page).url());
  const session = await pageOf(page).context().newCDPSession(pageOf(page));
  const registrationId = await new Promise<string>((resolve) => {
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations: [registration] }) => {
      if (registration !== undefined) {
        resolve(registration.registrationId);
      }
    });
    void session.send("ServiceWorker.enable");
  });
  await session.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data });
  await session.detach();
  return null;
}

async function pressed(order: Target): Promise<void> {
  const part = find(order);
  await (order.frame === undefined ? part.click() : press(frameOf(order.page, order.frame), part));
}

type Doing = { readonly [K in Order["do"]]: (order: Order & { do: K }) => Promise<unknown> };

const doing: Doing = {
  open,
  click: pressed,
  check: async (order) => ((await find(order).isChecked()) ? null : pressed(order)),
  see: async (order) => find(order).waitFor({ state: "visible" }),
  gone: async (order) => find(order).waitFor({ state: "hidden" }),
  fill: async (order) => find(order).fill(order.value),
  read: async (order) => find(order).innerText(),
  value: async (order) => find(order).inputValue(),
  reach: async (order) => reach(pageOf(order.page), find(order)),
  type: async (order) => pageOf(order.page).keyboard.type(order.text),
  press: async (order) => pageOf(order.page).keyboard.press(order.key),
  shot: async ({ page, path, print = false }) => {
    await pageOf(page).emulateMedia({ media: print ? "print" : "screen" });
    await pageOf(page).screenshot({ path });
    await pageOf(page).emulateMedia({ media: "screen" });
  },
  audit: async (order) => audit(pageOf(order.page), frameOf(order.page, order.frame)),
  run: async (order) => frameOf(order.page, order.frame).evaluate(order.script),
  permit: async ({ page }) =>
    pageOf(page)
      .context()
      .grantPermissions(["notifications"], { origin: new URL(pageOf(page).url()).origin }),
  push,
  runInWorker: async ({ page, script }) => pageOf(page).context().serviceWorkers()[0]?.evaluate(script),
  go: async (order) => nothingFrom(pageOf(order.page).goto(order.url)),
  before: async (order) => nothingFrom(Promise.resolve(profiles.get(order.profile)?.addInitScript(order.script))),
  slow: async (order) => {
    const page = pageOf(order.page);
    const session = await page.context().newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: order.times });
    return null;
  },
  workers: async (order) =>
    Promise.resolve(
      pageOf(order.page)
        .workers()
        .map((worker) => worker.url()),
    ),
  offline: async (order) => profiles.get(order.profile)?.setOffline(order.offline),
  back: async (order) => nothingFrom(pageOf(order.page).goBack()),
  reload: async (order) => nothingFrom(pageOf(order.page).reload()),
  close: async (order) => {
    await pageOf(order.page).close();
    return pages.delete(order.page);
  },
  complaints: async () => Promise.resolve(complaints.splice(0)),
};

async function nothingFrom(work: Promise<unknown>): Promise<null> {
  await work;
  return null;
}

async function carryOut<K extends Order["do"]>(order: Order & { readonly do: K }): Promise<unknown> {
  return doing[order.do](order);
}

/** What stood there instead, for whoever reads of a failed order: the open dialog, or else the page. */
async function shownBy(order: Order): Promise<string> {
  try {
    const frame = frameOf("page" in order ? order.page : "", "frame" in order ? order.frame : undefined);
    const shown: string = await frame.evaluate("(document.querySelector('dialog[open]') ?? document.body).innerText");
    return `It shows: ${shown.slice(0, shownMax)}`;
  } catch {
    return "";
  }
}

async function obey(line: string): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test that starts this wrote it
  const order = JSON.parse(line) as Order;
  let answer: object;
  try {
    answer = { id: order.id, outcome: (await carryOut(order)) ?? null };
  } catch (error) {
    const why = error instanceof Error ? error.message : "failed";
    answer = { id: order.id, failed: `${why}\n${await shownBy(order)}` };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => void obey(line));
lines.on("close", () => void browser.close());
