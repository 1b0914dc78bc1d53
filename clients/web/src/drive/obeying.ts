/** How each order is carried out in the visit of the test that gave it, and what is answered. */

import type { Page } from "playwright-core";
import { audit } from "./audit.ts";
import { reach } from "./keyboard.ts";
import type { Order, OrderTo, Target } from "./order.ts";
import { press } from "./pressing.ts";
import type { Visit } from "./visit.ts";

/** So many characters of a page are told where an order failed. */
const shownMax = 2_000;

type Doing = { readonly [K in Order["do"]]: (visit: Visit, order: OrderTo<K>) => Promise<unknown> };

const doing: Doing = {
  open: async (visit, order) => visit.open(order),
  click: pressed,
  check: async (visit, order) => ((await visit.find(order).isChecked()) ? null : pressed(visit, order)),
  see: async (visit, order) => visit.find(order).waitFor({ state: "visible" }),
  gone: async (visit, order) => visit.find(order).waitFor({ state: "hidden" }),
  fill: async (visit, order) => visit.find(order).fill(order.value),
  read: async (visit, order) => visit.find(order).innerText(),
  value: async (visit, order) => visit.find(order).inputValue(),
  reach: async (visit, order) => reach(visit.page(order.page), visit.find(order)),
  type: async (visit, order) => visit.page(order.page).keyboard.type(order.text),
  press: async (visit, order) => visit.page(order.page).keyboard.press(order.key),
  shot: async (visit, { page, path, print = false }) => {
    await visit.page(page).emulateMedia({ media: print ? "print" : "screen" });
    await visit.page(page).screenshot({ path });
    await visit.page(page).emulateMedia({ media: "screen" });
  },
  audit: async (visit, order) => audit(visit.page(order.page), visit.frame(order.page, order.frame)),
  run: async (visit, order) => visit.frame(order.page, order.frame).evaluate(order.script),
  permit: async (visit, order) => permit(visit.page(order.page)),
  push: async (visit, order) => push(visit.page(order.page), order.data),
  runInWorker: async (visit, { page, script }) => visit.page(page).context().serviceWorkers()[0]?.evaluate(script),
  go: async (visit, order) => nothingFrom(visit.page(order.page).goto(order.url)),
  before: async (visit, order) => nothingFrom((await visit.profile(order.profile)).addInitScript(order.script)),
  slow: async (visit, order) => slow(visit.page(order.page), order.times),
  workers: async (visit, order) =>
    Promise.resolve(
      visit
        .page(order.page)
        .workers()
        .map((worker) => worker.url()),
    ),
  offline: async (visit, order) => (await visit.profile(order.profile)).setOffline(order.offline),
  back: async (visit, order) => nothingFrom(visit.page(order.page).goBack()),
  reload: async (visit, order) => nothingFrom(visit.page(order.page).reload()),
  close: async (visit, order) => visit.closePage(order.page),
  complaints: async (visit) => Promise.resolve(visit.complaints()),
};

/** Carries out what a line orders. @returns the answer */
export async function obey(visit: Visit, line: string): Promise<object> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the test that starts this wrote it
  const order = JSON.parse(line) as Order;
  try {
    return { id: order.id, outcome: (await carryOut(visit, order)) ?? null };
  } catch (error) {
    const why = error instanceof Error ? error.message : "failed";
    return { id: order.id, failed: `${why}\n${await shownBy(visit, order)}` };
  }
}

async function carryOut<K extends Order["do"]>(visit: Visit, order: OrderTo<K>): Promise<unknown> {
  return doing[order.do](visit, order);
}

/** What stood there instead, for whoever reads of a failed order: the open dialog, or else the page. */
async function shownBy(visit: Visit, order: Order): Promise<string> {
  try {
    const frame = visit.frame("page" in order ? order.page : "", "frame" in order ? order.frame : undefined);
    const shown: string = await frame.evaluate("(document.querySelector('dialog[open]') ?? document.body).innerText");
    return `It shows: ${shown.slice(0, shownMax)}`;
  } catch {
    return "";
  }
}

async function pressed(visit: Visit, order: Target): Promise<void> {
  const part = visit.find(order);
  if (order.frame === undefined) {
    await part.click();
    return;
  }
  await part.waitFor({ state: "visible" }); // on a busy machine, there may be no frame yet
  await press(visit.frame(order.page, order.frame), part);
}

async function permit(page: Page): Promise<void> {
  await page.context().grantPermissions(["notifications"], { origin: new URL(page.url()).origin });
}

async function push(page: Page, data: string): Promise<null> {
  const { origin } = new URL(page.url());
  const session = await page.context().newCDPSession(page);
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

async function slow(page: Page, times: number): Promise<null> {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: times });
  return null;
}

async function nothingFrom(work: Promise<unknown>): Promise<null> {
  await work;
  return null;
}
