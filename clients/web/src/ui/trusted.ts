/** The one policy of our pages for addresses of scripts (Trusted Types): it makes those that are written here. */

// oxlint-disable-next-line import/default -- Vite gives the address of what it builds of this
import heavyWorker from "../core/heavy-worker.ts?worker&url";

const addresses = { service: "/inbox/worker.js", heavy: heavyWorker } as const;

type Name = keyof typeof addresses;

interface Policy {
  readonly createScriptURL: (name: Name) => string;
}

interface TrustedTypes {
  readonly createPolicy: (name: string, rules: Policy) => Policy;
}

declare global {
  interface Window {
    /** Where the browser has them. */
    readonly trustedTypes?: TrustedTypes;
  }
}

const rules: Policy = { createScriptURL: (name) => addresses[name] };
let made: Policy | undefined;

/** The address of the inbox's service worker, as `register` takes it. */
export function workerAddress(): string {
  return policy().createScriptURL("service");
}

/** Starts the worker of a tab that leads. */
export function startHeavy(): Worker {
  return new Worker(policy().createScriptURL("heavy"), { type: "module", name: "pli" });
}

/** A page may make it once. */
function policy(): Policy {
  made ??= window.trustedTypes?.createPolicy("pli", rules) ?? rules;
  return made;
}
