/** What a browser fetches before a page can be used, packed; what is loaded later (`import()`) does not count. */

import { readFileSync } from "node:fs";

const built = `${import.meta.dirname}/../../messaging/web/static`;
const named = /(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/gu;
const imported = /(?:from|import)\s*["`]\.\/([\w.-]+\.js)["`]/gu;

/** A page with every file that it names, and those import. */
function bootOf(page: string): string[] {
  const files = new Set([page]);
  for (const file of files) {
    const text = readFileSync(`${built}/${file}`, "utf8");
    const found = file === page ? text.matchAll(named) : file.endsWith(".js") ? text.matchAll(imported) : [];
    for (const [, name = ""] of found) {
      files.add(file === page ? name : `assets/${name}`);
    }
  }
  if (files.size < 3) {
    throw new Error(`${page} loads nothing: make web`);
  }
  return [...files].map((file) => `${built}/${file}`);
}

export default [
  { name: "loader", path: [`${built}/loader.js`], limit: "5 kB", gzip: true },
  { name: "widget", path: bootOf("widget.html"), limit: "100 kB", gzip: true },
  { name: "inbox", path: bootOf("inbox.html"), limit: "150 kB", gzip: true },
  { name: "figures", path: bootOf("figures.html"), limit: "60 kB", gzip: true },
  { name: "heavy worker", path: [`${built}/assets/heavy-worker-*.js`], limit: "25 kB", gzip: true },
  { name: "service worker", path: [`${built}/inbox/worker.js`], limit: "5 kB", gzip: true },
];
