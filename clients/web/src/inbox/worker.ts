/**
 * The inbox's service worker: the page opens without the network, as it was last served. The newest page that can be had is
 * served, and kept with everything it names; messages and the service's answers are none of its business. What pushes do is
 * in `worker-push`.
 */

import {
  type Clicked,
  type Extendable,
  leadToWaiting,
  type PushScope,
  type Resubscribed,
  resubscribe,
  showAlert,
} from "./worker-push.ts";

const cacheName = "pli-inbox";
const page = "/inbox/";
/** Bundlers write an address in any kind of quotation marks. */
const named = /["'`(](?:\.\.?\/|\/)?(?:assets\/)?([\w.-]+-[\w-]{8}\.(?:js|css))["'`)]/gu;

interface Fetching extends Extendable {
  readonly request: Request;
  readonly respondWith: (answer: Promise<Response>) => void;
}

/** What a worker has and the types of pages do not tell. */
interface Scope extends PushScope {
  readonly skipWaiting: () => Promise<void>;
  readonly clients: PushScope["clients"] & { readonly claim: () => Promise<void> };
  readonly addEventListener: ((type: "install" | "activate" | "push", listener: (event: Extendable) => void) => void) &
    ((type: "fetch", listener: (event: Fetching) => void) => void) &
    ((type: "notificationclick", listener: (event: Clicked) => void) => void) &
    ((type: "pushsubscriptionchange", listener: (event: Resubscribed) => void) => void);
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the global scope of this file is a worker's
const scope = globalThis as unknown as Scope;

scope.addEventListener("install", (event) => {
  event.waitUntil(Promise.all([keepPage(), scope.skipWaiting()]));
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(scope.clients.claim());
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) {
    return;
  }
  if (request.mode === "navigate" && pathname.startsWith(page)) {
    event.respondWith(newest(event));
  } else if (pathname.startsWith("/assets/") || pathname.startsWith(page)) {
    event.respondWith(keptOrFetched(request));
  }
});

scope.addEventListener("push", (event) => {
  event.waitUntil(showAlert(scope, navigator.languages));
});

scope.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(leadToWaiting(scope));
});

scope.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(resubscribe(scope, event));
});

async function newest(event: Fetching): Promise<Response> {
  try {
    const answer = await fetch(page, { cache: "no-cache" });
    if (answer.ok) {
      event.waitUntil(keep(answer.clone()));
    }
    return answer;
  } catch {
    return (await caches.match(page)) ?? Response.error();
  }
}

async function keptOrFetched(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

async function keepPage(): Promise<void> {
  const answer = await fetch(page, { cache: "no-cache" });
  if (answer.ok) {
    await keep(answer);
  }
}

let keeping: Promise<void> = Promise.resolve();

/** One page after the other: what one lets go another may just have found. */
async function keep(answer: Response): Promise<void> {
  keeping = keeping.then(
    () => keepWhole(answer),
    () => keepWhole(answer),
  );
  await keeping;
}

/**
 * Keeps a page with every file that it names, and those name; what no page names any more is let go. The page is kept once
 * all its files are, and a file's name changes with what is in it: a page that is kept already needs nothing more.
 */
async function keepWhole(answer: Response): Promise<void> {
  const cache = await caches.open(cacheName);
  const text = await answer.clone().text();
  const kept = new Set((await cache.keys()).map(({ url }) => new URL(url).pathname));
  if ((await (await cache.match(page))?.text()) === text && filesIn(text).every((file) => kept.has(file))) {
    return;
  }
  const wanted = new Set(["/inbox/icon.svg", "/inbox/icon-192.png", "/inbox/manifest.webmanifest"]);
  const open = filesIn(text);
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (!wanted.has(file)) {
      wanted.add(file);
      const source = await keptFile(cache, file);
      if (source === null) {
        return; // the page before, and its files, are still whole
      }
      open.push(...filesIn(source));
    }
  }
  await cache.put(page, answer);
  const gone = (await cache.keys()).filter(
    ({ url }) => !wanted.has(new URL(url).pathname) && new URL(url).pathname !== page,
  );
  await Promise.all(gone.map((request) => cache.delete(request)));
}

/** What is in it, or null where it cannot be had. */
async function keptFile(cache: Cache, file: string): Promise<string | null> {
  const kept = await cache.match(file);
  if (kept !== undefined) {
    return kept.text();
  }
  const fetched = await fetch(file);
  if (!fetched.ok) {
    return null;
  }
  await cache.put(file, fetched.clone());
  return fetched.text();
}

function filesIn(text: string): string[] {
  return [...text.matchAll(named)].map(([, file = ""]) => `/assets/${file}`);
}
