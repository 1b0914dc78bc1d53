/**
 * What the inbox shows, as its address says: `/inbox/`, `/inbox/t/<thread, hex>`, with `?m=<seq>` a message of it,
 * `/inbox/suivi`, `/inbox/reglages`, `/inbox/avis`, `/inbox/signalements`.
 */

import { hexOfId, idOfHex } from "../core/base64.ts";
import type { Id } from "../core/office.ts";

export type Place =
  | { readonly name: "list" }
  | { readonly name: "thread"; readonly thread: Id; readonly seq?: number }
  | { readonly name: "board" }
  | { readonly name: "settings" }
  | { readonly name: "alerts" }
  | { readonly name: "cases" };

const root = "/inbox/";
const pages = {
  board: `${root}suivi`,
  settings: `${root}reglages`,
  alerts: `${root}avis`,
  cases: `${root}signalements`,
} as const;

/** `path`: with the query, if there is one. */
export function placeAt(path: string): Place {
  const [, hex, seq] = /^\/inbox\/t\/([0-9a-f]{32})(?:\?m=([1-9]\d{0,14}))?$/u.exec(path) ?? [];
  if (hex !== undefined) {
    return { name: "thread", thread: idOfHex(hex), ...(seq === undefined ? {} : { seq: Number(seq) }) };
  }
  const name = (["board", "settings", "alerts", "cases"] as const).find((each) => pages[each] === path);
  return { name: name ?? "list" };
}

export function pathOf(place: Place): string {
  if (place.name === "thread") {
    return `${root}t/${hexOfId(place.thread)}${place.seq === undefined ? "" : `?m=${place.seq}`}`;
  }
  return place.name === "list" ? root : pages[place.name];
}
