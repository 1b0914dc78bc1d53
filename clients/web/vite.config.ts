import { readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";

const PAGES = `${import.meta.dirname}/pages`;

const pages = (): string[] =>
  readdirSync(PAGES)
    .filter((name) => name.endsWith(".html"))
    .map((name) => `${PAGES}/${name}`);

/** Every page of the web client is one HTML file in `pages`; the service serves what is built. */
export default defineConfig(({ command }) => ({
  root: PAGES,
  // Addresses below /inbox/ all show one page: a relative address of a file would be another one in each.
  base: "/",
  publicDir: `${import.meta.dirname}/public`,
  build: {
    outDir: `${import.meta.dirname}/../../messaging/web/static`,
    emptyOutDir: true,
    target: "es2023",
    sourcemap: false,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: command === "build" ? pages() : [],
    },
  },
  test: {
    root: import.meta.dirname,
    include: ["src/**/*.test.ts"],
    environment: "node",
    pool: "threads",
    maxWorkers: 2,
    testTimeout: 60_000,
  },
}));
