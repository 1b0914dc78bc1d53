import { defineConfig } from "vite";

/** Classic scripts, each in one file under a name that never changes: what it is made of, and where it goes. */
const SCRIPTS: Readonly<Record<string, { readonly entry: string; readonly file: string }>> = {
  /** In the platform's page, where it leaves nothing but `Pli`. */
  loader: { entry: "src/loader/loader.ts", file: "loader.js" },
  /** The inbox's service worker: what it may serve is what lies beside it or below. */
  worker: { entry: "src/inbox/worker.ts", file: "inbox/worker.js" },
};

/** `vite build --config vite.scripts.config.ts --mode loader` */
export default defineConfig(({ mode }) => {
  const script = SCRIPTS[mode];
  if (script === undefined) throw new Error(`no script of that name: ${mode}`);
  return {
    root: `${import.meta.dirname}/src`,
    publicDir: false,
    build: {
      outDir: `${import.meta.dirname}/../../messaging/web/static`,
      emptyOutDir: false,
      target: "es2022",
      lib: {
        entry: `${import.meta.dirname}/${script.entry}`,
        name: "Pli",
        formats: ["iife"],
        fileName: () => script.file,
      },
    },
  };
});
