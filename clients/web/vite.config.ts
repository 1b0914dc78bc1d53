import { readdirSync } from "node:fs";
import { defineConfig } from "vitest/config";
import { icons } from "./icons.ts";

const PAGES = `${import.meta.dirname}/pages`;

const pages = (): string[] =>
  readdirSync(PAGES)
    .filter((name) => name.endsWith(".html"))
    .map((name) => `${PAGES}/${name}`);

interface Graph {
  readonly getModuleInfo: (id: string) => { readonly importers: readonly string[] } | null;
}

const widget = "/src/widget/";
const figures = "/src/figures/";

/** Whether what is in a folder cannot begin without a module. */
function isOf(folder: string, id: string, graph: Graph, seen = new Set<string>()): boolean {
  if (seen.has(id)) {
    return false;
  }
  seen.add(id);
  const importers = graph.getModuleInfo(id)?.importers ?? [];
  return importers.some((each) => each.includes(folder) || isOf(folder, each, graph, seen));
}

const named =
  (name: string, isIn: (id: string, graph: Graph) => boolean) =>
  (id: string, graph: Graph): string | null =>
    isIn(id, graph) ? name : null;

/**
 * What the widget begins with, and the inbox too, is one file: packed together it is smaller than in the parts that what is
 * loaded later would have it cut into.
 */
const base = named("base", (id, graph) => !id.includes(widget) && isOf(widget, id, graph));
/** Apart from it is what the page of figures begins with as well, which needs little of it. */
const ground = named("ground", (id, graph) => isOf(widget, id, graph) && isOf(figures, id, graph));

/** Every page of the web client is one HTML file in `pages`; the service serves what is built. */
export default defineConfig(({ command }) => ({
  root: PAGES,
  // Addresses below /inbox/ all show one page: a relative address of a file would be another one in each.
  base: "/",
  publicDir: `${import.meta.dirname}/public`,
  worker: { format: "es" },
  plugins: [icons()],
  build: {
    outDir: `${import.meta.dirname}/../../messaging/web/static`,
    emptyOutDir: true,
    target: "es2023",
    sourcemap: false,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: command === "build" ? pages() : [],
      output: {
        codeSplitting: {
          groups: [
            { name: ground, priority: 2 },
            { name: base, priority: 1 },
          ],
        },
      },
    },
  },
  test: {
    root: import.meta.dirname,
    include: ["src/**/*.test.ts"],
    environment: "node",
    pool: "threads",
    maxWorkers: 2,
    // The files leave nothing behind for each other, and a worker for each cost more than the tests.
    isolate: false,
    // Also where a test failed before it could put them back.
    restoreMocks: true,
    unstubGlobals: true,
    testTimeout: 60_000,
  },
}));
