import { defineConfig } from "vite";

/** The loader is one classic script of its own, that leaves nothing but `Pli` in the page that holds it. */
export default defineConfig({
  root: `${import.meta.dirname}/src/loader`,
  publicDir: false,
  build: {
    outDir: `${import.meta.dirname}/../../messaging/web/static`,
    emptyOutDir: false,
    target: "es2022",
    lib: {
      entry: `${import.meta.dirname}/src/loader/loader.ts`,
      name: "PliLoader",
      formats: ["iife"],
      fileName: () => "loader.js",
    },
  },
});
