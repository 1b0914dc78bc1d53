/** What the inbox shows, as its address says: `/inbox/`, `/inbox/t/<thread, hex>`, `/inbox/reglages`. */

import type { Id } from "../core/office.ts";
import { hexOfId, idOfHex } from "../core/base64.ts";

export type Place =
  | { readonly name: "list" }
  | { readonly name: "thread"; readonly thread: Id }
  | { readonly name: "settings" };

const root = "/inbox/";

export function placeAt(path: string): Place {
  const hex = /^\/inbox\/t\/([0-9a-f]{32})$/u.exec(path)?.[1];
  if (hex !== undefined) {
    return { name: "thread", thread: idOfHex(hex) };
  }
  return path === `${root}reglages` ? { name: "settings" } : { name: "list" };
}

export function pathOf(place: Place): string {
  if (place.name === "thread") {
    return `${root}t/${hexOfId(place.thread)}`;
  }
  return place.name === "settings" ? `${root}reglages` : root;
}
