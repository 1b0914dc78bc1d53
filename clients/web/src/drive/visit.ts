/**
 * What one test has in the browser that many share: profiles and pages of its own, and what they complained of. Each page
 * is a browser of its own to whoever uses it, but for those of the same profile.
 */

import type { Browser, BrowserContext, Frame, FrameLocator, Locator, Page } from "playwright-core";
import { listening } from "./listening.ts";
import type { OrderTo, Target } from "./order.ts";
import { countPresses } from "./pressing.ts";
import { type Proxy, withoutTunnels } from "./proxy.ts";

const waitMs = 30_000;
/** A worker that is asked for and still on its way: pages are drawn and used as before their first one came. */
const noWorkerYet =
  "navigator.serviceWorker && (navigator.serviceWorker.register = () => new Promise(() => undefined));";

export class Visit {
  readonly #browser: Browser;
  /** Kept from the moment that one is asked for: a visit may end while it is made. */
  readonly #profiles = new Map<string, Promise<BrowserContext>>();
  readonly #pages = new Map<string, Page>();
  readonly #proxies: Proxy[] = [];
  readonly #complaints: string[] = [];

  constructor(browser: Browser) {
    this.#browser = browser;
  }

  async open(order: OrderTo<"open">): Promise<null> {
    const made = this.#profiles.get(order.profile) ?? this.#newProfile(order);
    this.#profiles.set(order.profile, made);
    const context = await made;
    const page = this.#pages.get(order.page) ?? (await context.newPage());
    if (!this.#pages.has(order.page)) {
      this.#watch(page, order.page, order.beside?.split(" ") ?? []);
      this.#pages.set(order.page, page);
    }
    await page.goto(order.url);
    return null;
  }

  async profile(name: string): Promise<BrowserContext> {
    const context = await this.#profiles.get(name);
    if (context === undefined) {
      throw new Error(`no profile ${name}`);
    }
    return context;
  }

  page(name: string): Page {
    const page = this.#pages.get(name);
    if (page === undefined) {
      throw new Error(`no page ${name}`);
    }
    return page;
  }

  /** The page itself, or the frame in it whose address has this part. */
  frame(name: string, part: string | undefined): Frame {
    const page = this.page(name);
    const frame = part === undefined ? page.mainFrame() : page.frames().find((each) => each.url().includes(part));
    if (frame === undefined) {
      throw new Error(`no frame ${part ?? ""}`);
    }
    return frame;
  }

  find(target: Target): Locator {
    const page = this.page(target.page);
    const scope = target.frame === undefined ? page : page.frameLocator(`iframe[src*="${target.frame}"]`);
    return locate(scope, target).filter({ visible: true }).first();
  }

  async closePage(name: string): Promise<boolean> {
    await this.page(name).close();
    return this.#pages.delete(name);
  }

  /** What was said since the last asking. */
  complaints(): string[] {
    return this.#complaints.splice(0);
  }

  /** Nothing of it is left in the browser. */
  async end(): Promise<void> {
    const made = await Promise.allSettled(this.#profiles.values());
    await Promise.all(made.map(async (each) => (each.status === "fulfilled" ? each.value.close() : undefined)));
    for (const proxy of this.#proxies) {
      proxy.close();
    }
  }

  async #newProfile(order: OrderTo<"open">): Promise<BrowserContext> {
    const { width, height, script = "" } = order;
    const context = await this.#browser.newContext({
      viewport: { width, height },
      locale: "fr-FR",
      colorScheme: "light",
      reducedMotion: "reduce",
      ...(order.blocked === true ? { proxy: await this.#newProxy() } : {}),
    });
    await context.addInitScript(...listening);
    await context.addInitScript(countPresses);
    context.setDefaultTimeout(waitMs);
    if (order.worker !== true) {
      await context.addInitScript(noWorkerYet);
    }
    if (script !== "") {
      await context.addInitScript(script);
    }
    return context;
  }

  async #newProxy(): Promise<{ server: string; bypass: string }> {
    const proxy = await withoutTunnels();
    this.#proxies.push(proxy);
    return { server: proxy.url, bypass: "<-loopback>" };
  }

  /** Chromium writes a line for each request that fails: those of a network that a test took away or blocks say nothing. */
  #watch(page: Page, name: string, beside: readonly string[]): void {
    page.on("console", (message) => {
      const { url } = message.location();
      const isNetwork = /net::|a tunnel via proxy/u.test(message.text());
      if ((message.type() === "warning" || message.type() === "error") && !isNetwork) {
        this.#complaints.push(`${name}: ${message.type()}: ${message.text()} (${url})`);
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
        this.#complaints.push(`${name}: a request to ${origin}`);
      }
    });
    page.on("pageerror", (error) => this.#complaints.push(`${name}: ${error.stack ?? error.message}`));
  }
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
