/** What the console shows, as its address says: `/console/`, `/console/d/<case, hex>`, `/console/journal`, `/console/reglages`. */

import { hexOfId, idOfHex } from "../core/base64.ts";
import type { Id } from "../core/office.ts";

export type Place =
  | { readonly name: "list" }
  | { readonly name: "case"; readonly case: Id }
  | { readonly name: "trail" }
  | { readonly name: "settings" };

const root = "/console/";
const pages = { trail: `${root}journal`, settings: `${root}reglages` } as const;

export function placeAt(path: string): Place {
  const hex = /^\/console\/d\/([0-9a-f]{32})$/u.exec(path)?.[1];
  if (hex !== undefined) {
    return { name: "case", case: idOfHex(hex) };
  }
  if (path === pages.trail) {
    return { name: "trail" };
  }
  return path === pages.settings ? { name: "settings" } : { name: "list" };
}

export function pathOf(place: Place): string {
  if (place.name === "case") {
    return `${root}d/${hexOfId(place.case)}`;
  }
  return place.name === "list" ? root : pages[place.name];
}
