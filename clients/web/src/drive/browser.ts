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

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type BrowserContext, chromium, type FrameLocator, type Locator, type Page } from "playwright-core";

const waitMs = 30_000;
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

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
      /** Another origin that the page may ask, beside its own. */
      readonly beside?: string;
      readonly dark?: boolean;
    }
  | ({ readonly do: "click" | "check" | "see" | "gone" } & Target)
  | ({ readonly do: "fill"; readonly value: string } & Target)
  | ({ readonly do: "read" } & Target)
  | { readonly do: "press"; readonly page: string; readonly key: string }
  | { readonly do: "shot"; readonly page: string; readonly path: string }
  | { readonly do: "axe"; readonly page: string; readonly frame?: string }
  | { readonly do: "run"; readonly page: string; readonly script: string }
  | { readonly do: "offline"; readonly profile: string; readonly offline: boolean }
  | { readonly do: "reload" | "close"; readonly page: string }
  | { readonly do: "complaints" }
);

const [, , executablePath = "chromium"] = process.argv;
const axe = readFileSync(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf8");
const browser = await chromium.launch({ executablePath, headless: true, args: flags });
const profiles = new Map<string, BrowserContext>();
const pages = new Map<string, Page>();
const complaints: string[] = [];

async function open(order: Order & { do: "open" }): Promise<null> {
  const { width, height, dark = false } = order;
  const context =
    profiles.get(order.profile) ??
    (await browser.newContext({
      viewport: { width, height },
      locale: "fr-FR",
      colorScheme: dark ? "dark" : "light",
      reducedMotion: "reduce",
    }));
  context.setDefaultTimeout(waitMs);
  profiles.set(order.profile, context);
  const page = pages.get(order.page) ?? (await context.newPage());
  if (!pages.has(order.page)) {
    watch(page, order.page, order.beside ?? null);
    pages.set(order.page, page);
  }
  await page.goto(order.url);
  return null;
}

/**
 * Chromium writes a line for each request that fails: those of a network that a test took away (`net::`), the asking for
 * the vault of an account that has none yet, and for the prekeys of who is not there yet, say nothing of the page.
 */
function watch(page: Page, name: string, beside: string | null): void {
  page.on("console", (message) => {
    const { url } = message.location();
    const isExpected = message.text().includes("net::") || /\/v1\/(?:vault|targets\/\w+\/claims)$/u.test(url);
    if ((message.type() === "warning" || message.type() === "error") && !isExpected) {
      complaints.push(`${name}: ${message.type()}: ${message.text()} (${url})`);
    }
  });
  page.on("request", (request) => {
    const { origin } = new URL(request.url());
    if (
      origin !== new URL(page.url()).origin &&
      origin !== beside &&
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

type Doing = { readonly [K in Order["do"]]: (order: Order & { do: K }) => Promise<unknown> };

const doing: Doing = {
  open,
  click: async (order) => find(order).click(),
  check: async (order) => find(order).check(),
  see: async (order) => find(order).waitFor({ state: "visible" }),
  gone: async (order) => find(order).waitFor({ state: "hidden" }),
  fill: async (order) => find(order).fill(order.value),
  read: async (order) => find(order).innerText(),
  press: async (order) => pageOf(order.page).keyboard.press(order.key),
  shot: async (order) => nothingFrom(pageOf(order.page).screenshot({ path: order.path })),
  axe: async (order) => {
    const page = pageOf(order.page);
    const { frame } = order;
    const scope = frame === undefined ? page : page.frames().find((each) => each.url().includes(frame));
    await scope?.evaluate(axe);
    return scope?.evaluate(
      "axe.run().then(({ violations }) => violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).join(' | ')}`))",
    );
  },
  run: async (order) => pageOf(order.page).evaluate(order.script),
  offline: async (order) => profiles.get(order.profile)?.setOffline(order.offline),
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

async function obey(line: string): Promise<void> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test that starts this wrote it
  const order = JSON.parse(line) as Order;
  let answer: object;
  try {
    answer = { id: order.id, outcome: (await carryOut(order)) ?? null };
  } catch (error) {
    answer = { id: order.id, failed: error instanceof Error ? error.message : "failed" };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => void obey(line));
lines.on("close", () => void browser.close());
