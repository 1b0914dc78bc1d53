/**
 * What somebody came for, from a mail's link (`#/alerts/<token>`) or a notification (`/inbox/attente`): kept while they
 * sign in, which may take them to the platform and back. Opening an address does nothing but keep it.
 */

import type { Id, ThreadLine } from "../core/office.ts";

/** `token`: of a mail's link; null: the conversation that has waited longest. */
export interface Wanted {
  readonly token: string | null;
}

/** Where the service worker leads who clicks a notification. */
export const waitingPath = "/inbox/attente";

const name = "pli-wanted";
const keptMs = 3_600_000;
const root = "/inbox/";
const listeners = new Set<() => void>();

/** Takes it out of the address of this page, where it must not be logged or come back. */
export function takeWanted(now: number): void {
  const token = /^#\/alerts\/([\w-]{1,64})$/u.exec(location.hash)?.[1];
  if (token === undefined && location.pathname !== waitingPath) {
    return;
  }
  keepWanted({ token: token ?? null }, now);
  history.replaceState(history.state, "", token === undefined ? `${root}${location.hash}` : root);
}

export function keepWanted({ token }: Wanted, now: number): void {
  localStorage.setItem(name, JSON.stringify({ token, at: now }));
  for (const listener of listeners) {
    listener();
  }
}

/** null: nothing, or nothing any more. */
export function keptWanted(now: number): Wanted | null {
  const kept: unknown = JSON.parse(localStorage.getItem(name) ?? "null");
  if (typeof kept !== "object" || kept === null || !("at" in kept && "token" in kept)) {
    return null;
  }
  const { at, token } = kept;
  const isYoung = typeof at === "number" && Math.abs(now - at) < keptMs;
  return isYoung && (token === null || typeof token === "string") ? { token } : null;
}

export function forgetWanted(): void {
  localStorage.removeItem(name);
}

/** Calls back when something new is wanted; returns what ends that. */
export function onWanted(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The unread conversation that has waited longest: what an alert is about, though it does not say so. */
export function waitsLongest(threads: readonly ThreadLine[]): Id | null {
  const unread = threads.filter((line) => line.unread);
  return unread.length === 0 ? null : unread.reduce((a, b) => (b.lastAt < a.lastAt ? b : a)).id;
}
