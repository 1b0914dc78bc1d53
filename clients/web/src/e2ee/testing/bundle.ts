/** Builds the page of `browser.html` as the web client is built, into the folder of the first argument. */

import { build } from "vite";

await build({
  configFile: false,
  root: import.meta.dirname,
  logLevel: "warn",
  build: {
    outDir: process.argv[2] ?? "",
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    rolldownOptions: { input: `${import.meta.dirname}/browser.html` },
  },
});
