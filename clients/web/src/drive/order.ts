/** What a test may order of the browser, as `tests/support/browser.py` says it. */

import type { Page } from "playwright-core";

export interface Target {
  readonly page: string;
  /** Of a frame in the page: a part of its address. */
  readonly frame?: string;
  readonly role?: Parameters<Page["getByRole"]>[0];
  readonly name?: string;
  readonly label?: string;
  readonly text?: string;
  readonly css?: string;
}

export type Order = { readonly id: number } & (
  | {
      readonly do: "open";
      readonly page: string;
      readonly profile: string;
      readonly url: string;
      readonly width: number;
      readonly height: number;
      /** Other origins that the page may ask, beside its own, with spaces between. */
      readonly beside?: string;
      /** Whether the network blocks WebSockets. */
      readonly blocked?: boolean;
      /** Whether pages may have a service worker. */
      readonly worker?: boolean;
      /** Runs before the page's own scripts, in every page of the profile. */
      readonly script?: string;
    }
  | ({ readonly do: "click" | "check" | "see" | "gone" | "reach" } & Target)
  | ({ readonly do: "fill"; readonly value: string } & Target)
  | ({ readonly do: "read" | "value" } & Target)
  | { readonly do: "press"; readonly page: string; readonly key: string }
  | { readonly do: "type"; readonly page: string; readonly text: string }
  | { readonly do: "shot"; readonly page: string; readonly path: string; readonly print?: boolean }
  | { readonly do: "audit"; readonly page: string; readonly frame?: string }
  | { readonly do: "run"; readonly page: string; readonly script: string; readonly frame?: string }
  /** Whether notifications are shown is for the person to say. */
  | { readonly do: "permit"; readonly page: string }
  /** What a push service would hand to the page's service worker; and a script in that worker. */
  | { readonly do: "push"; readonly page: string; readonly data: string }
  | { readonly do: "runInWorker"; readonly page: string; readonly script: string }
  | { readonly do: "go"; readonly page: string; readonly url: string }
  | { readonly do: "before"; readonly profile: string; readonly script: string }
  | { readonly do: "slow"; readonly page: string; readonly times: number }
  | { readonly do: "offline"; readonly profile: string; readonly offline: boolean }
  | { readonly do: "reload" | "back" | "close" | "workers"; readonly page: string }
  | { readonly do: "complaints" }
);

export type OrderTo<K extends Order["do"]> = Order & { readonly do: K };
