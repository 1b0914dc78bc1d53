/** The one policy of our pages for addresses of scripts (Trusted Types): it makes those that are written here. */

const workerPath = "/inbox/worker.js";

interface TrustedTypes {
  readonly createPolicy: (
    name: string,
    rules: { readonly createScriptURL: () => string },
  ) => { readonly createScriptURL: (input: string) => string };
}

declare global {
  interface Window {
    /** Where the browser has them. */
    readonly trustedTypes?: TrustedTypes;
  }
}

/** The address of the inbox's service worker, as `register` takes it. */
export function workerAddress(): string {
  const policy = window.trustedTypes?.createPolicy("pli", { createScriptURL: () => workerPath });
  return policy?.createScriptURL("") ?? workerPath;
}
