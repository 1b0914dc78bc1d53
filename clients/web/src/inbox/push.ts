/**
 * Pushes to this browser: what it may, and its one subscription (Push API). What is pushed is shown by the service worker;
 * the service hears of a subscription through the page, which alone has a token.
 */

import { fromBase64, toBase64 } from "../core/base64.ts";
import { Turn } from "../core/tasks.ts";
import type { Action, AlertsPicture, PushSubscription as Pushed } from "../core/office.ts";

export type Ability = "unsupported" | "denied" | "able";

const root = "/inbox/";
const turn = new Turn();

/**
 * What changes the subscription, here and at the service, from end to end and one after another: who renewed one that is
 * just being given up would have it again.
 */
export async function inTurn<T>(change: () => Promise<T>): Promise<T> {
  return turn.take(change);
}

export function ability(): Ability {
  if (!("serviceWorker" in navigator && "PushManager" in window && "Notification" in window)) {
    return "unsupported";
  }
  return Notification.permission === "denied" ? "denied" : "able";
}

/**
 * What has to be told to the service so that this browser takes pushes as the person left it; null: nothing. Browsers
 * replace subscriptions, and services forget those that failed once.
 */
export async function renewal({ here, pushKey }: AlertsPicture): Promise<Action | null> {
  if (here === null) {
    return null;
  }
  if (ability() !== "able" || Notification.permission !== "granted") {
    return { type: "unsubscribePush" };
  }
  const found = await subscribed();
  if (found !== null && here.taken && isFor(found, pushKey)) {
    return found.endpoint === here.endpoint ? null : { type: "subscribePush", pushed: pushedOf(found) };
  }
  await found?.unsubscribe();
  const pushed = await subscribe(pushKey);
  return pushed === null ? { type: "unsubscribePush" } : { type: "subscribePush", pushed };
}

function isFor({ options }: PushSubscription, key: string): boolean {
  return options.applicationServerKey !== null && toBase64(new Uint8Array(options.applicationServerKey)) === key;
}

/**
 * Asks the person, where they were not asked yet, and subscribes. `key`: the service's. null: the person said no.
 * @throws DOMException when the browser's push service cannot be had
 */
export async function subscribe(key: AlertsPicture["pushKey"]): Promise<Pushed | null> {
  if ((await Notification.requestPermission()) !== "granted") {
    return null;
  }
  const { pushManager } = await navigator.serviceWorker.ready;
  const options = { userVisibleOnly: true, applicationServerKey: fromBase64(key) };
  try {
    return pushedOf(await pushManager.subscribe(options));
  } catch (error) {
    // One that was made for another key of the service, before a restore say, stands in the way.
    const old = await pushManager.getSubscription();
    if (old === null || !(error instanceof DOMException) || error.name !== "InvalidStateError") {
      throw error;
    }
    await old.unsubscribe();
    return pushedOf(await pushManager.subscribe(options));
  }
}

export async function unsubscribe(): Promise<void> {
  await (await subscribed())?.unsubscribe();
}

async function subscribed(): Promise<PushSubscription | null> {
  const registration = ability() === "unsupported" ? undefined : await navigator.serviceWorker.getRegistration(root);
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** Takes away what was shown: its reader is here. */
export async function clearNotifications(): Promise<void> {
  const registration = ability() === "unsupported" ? undefined : await navigator.serviceWorker.getRegistration(root);
  for (const shown of (await registration?.getNotifications()) ?? []) {
    shown.close();
  }
}

function pushedOf(subscription: PushSubscription): Pushed {
  const key = (name: PushEncryptionKeyName): Uint8Array<ArrayBuffer> =>
    new Uint8Array(subscription.getKey(name) ?? new ArrayBuffer(0));
  return {
    endpoint: subscription.endpoint,
    p256dh: toBase64<65>(key("p256dh")),
    auth: toBase64<16>(key("auth")),
  };
}
