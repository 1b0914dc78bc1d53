/**
 * The half of the service worker that pushes wake. A push says nothing, and what it holds is not looked at: the same text is
 * shown always, or browsers take the subscription away. Which conversation waits is found by the page.
 */

import { pushEn, pushFr } from "../ui/push-text.ts";

export interface Extendable extends Event {
  readonly waitUntil: (work: Promise<unknown>) => void;
}

export interface Clicked extends Extendable {
  readonly notification: { readonly close: () => void };
}

export interface Resubscribed extends Extendable {
  readonly oldSubscription: PushSubscription | null;
  readonly newSubscription: PushSubscription | null;
}

interface Page {
  readonly url: string;
  readonly focused: boolean;
  readonly visibilityState: string;
  readonly postMessage: (message: unknown) => void;
  readonly focus: () => Promise<unknown>;
}

/** What a worker has for this, and the types of pages do not tell. */
export interface PushScope {
  readonly registration: {
    readonly showNotification: (title: string, options: NotificationOptions) => Promise<void>;
    readonly pushManager: PushManager;
  };
  readonly clients: {
    readonly matchAll: (options: { type: "window"; includeUncontrolled: true }) => Promise<readonly Page[]>;
    readonly openWindow: (url: string) => Promise<unknown>;
  };
}

const root = "/inbox/";
/** As `wanted.ts` has it. */
const waitingPath = "/inbox/attente";

export async function showAlert(scope: PushScope, languages: readonly string[]): Promise<void> {
  const isEnglish = languages.find((each) => /^(?:fr|en)\b/u.test(each))?.startsWith("en") ?? false;
  const { title, body } = isEnglish ? pushEn : pushFr;
  const lang = isEnglish ? "en" : "fr";
  await scope.registration.showNotification(title, { body, lang, tag: "pli", icon: "/inbox/icon-192.png" });
}

/** Leads to what waits: in a page that is open already, the one in view first. */
export async function leadToWaiting(scope: PushScope): Promise<void> {
  const pages = (await pagesOf(scope)).toSorted((a, b) => rank(b) - rank(a));
  const [page] = pages;
  if (page === undefined) {
    await scope.clients.openWindow(waitingPath);
    return;
  }
  tell(page, "pli:notification-clicked");
  await page.focus();
}

/** Subscribes again where the browser did not, and tells the pages: they have a token to tell the service with. */
export async function resubscribe(scope: PushScope, event: Resubscribed): Promise<void> {
  const applicationServerKey = event.oldSubscription?.options.applicationServerKey ?? null;
  if (event.newSubscription === null && applicationServerKey !== null) {
    await scope.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  }
  for (const page of await pagesOf(scope)) {
    tell(page, "pli:subscription-changed");
  }
}

function tell(page: Page, type: string): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's pages have one origin, its own
  page.postMessage({ type });
}

async function pagesOf(scope: PushScope): Promise<Page[]> {
  const windows = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  return windows.filter(({ url }) => new URL(url).pathname.startsWith(root));
}

function rank({ focused, visibilityState }: Page): number {
  return (focused ? 2 : 0) + (visibilityState === "visible" ? 1 : 0);
}
