import { expect, it, vi } from "vitest";
import { leadToWaiting, type PushScope, type Resubscribed, resubscribe, showAlert } from "./worker-push.ts";

/** A worker's surroundings that keep what is done with them. */
function scope(urls: readonly string[] = []): { readonly scope: PushScope; readonly done: unknown[] } {
  const done: unknown[] = [];
  const page = (url: string): object => ({
    url,
    focused: url.endsWith("focused"),
    visibilityState: "visible",
    postMessage: (message: unknown) => done.push([url, message]),
    focus: async () => Promise.resolve(done.push([url, "focus"])),
  });
  const made = {
    registration: {
      showNotification: async (title: string, options: object) => Promise.resolve(done.push([title, options])),
      pushManager: { subscribe: async (options: object) => Promise.resolve(done.push(options)) },
    },
    clients: {
      matchAll: async () => Promise.resolve(urls.map(page)),
      openWindow: async (url: string) => Promise.resolve(done.push(["open", url])),
    },
  };
  return { scope: made as unknown as PushScope, done };
}

it.each([
  [["fr-FR", "en"], "Vous avez des messages"],
  [["en-GB", "fr"], "You have messages"],
  [["de"], "Vous avez des messages"],
])("says one thing, to a reader of %j", async (languages, title) => {
  const { scope: worker, done } = scope();
  await showAlert(worker, languages);
  expect(done).toEqual([[title, expect.objectContaining({ tag: "pli" })]]);
});

it("opens the inbox where none is open, and never another page of this origin", async () => {
  const { scope: worker, done } = scope(["https://a.example/widget/"]);
  await leadToWaiting(worker);
  expect(done).toEqual([["open", "/inbox/attente"]]);
});

it("goes to the page that has the focus", async () => {
  const { scope: worker, done } = scope(["https://a.example/inbox/", "https://a.example/inbox/focused"]);
  await leadToWaiting(worker);
  expect(done.map((each) => (each as unknown[])[0])).toEqual([
    "https://a.example/inbox/focused",
    "https://a.example/inbox/focused",
  ]);
});

it("subscribes again with the same key, and tells the pages", async () => {
  const event = vi.fn<() => void>();
  const { scope: worker, done } = scope(["https://a.example/inbox/"]);
  const key = new ArrayBuffer(65);
  const change = {
    oldSubscription: { options: { applicationServerKey: key } },
    newSubscription: null,
    waitUntil: event,
  };
  await resubscribe(worker, change as unknown as Resubscribed);
  expect(done).toEqual([
    { userVisibleOnly: true, applicationServerKey: key },
    ["https://a.example/inbox/", { type: "pli:subscription-changed" }],
  ]);
});
