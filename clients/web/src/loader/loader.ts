/**
 * The script in the platform's page: one global, `Pli`, and a frame of the service's own origin. No key and no message is
 * ever in the platform's page.
 *
 *     window.Pli = window.Pli || function () { (window.Pli.q = window.Pli.q || []).push(arguments) };
 *     Pli('boot', { token: async () => …, target: '<32 hex digits>', lang: 'fr' });
 *
 *     <script async src="https://messages.example/widget/loader.js"></script>
 *
 * Calls that came before this script are in the queue `Pli.q`. What the frame and this script say to each other goes
 * through a channel, handed over once to the frame's exact origin.
 */

import { Panel } from "./panel.ts";

interface Boot {
  /** Gives a fresh token of the platform each time it is called. */
  readonly token: () => string | Promise<string>;
  /** Gives the platform's word for the key of a mailbox's identity, base64; asked when somebody consents. */
  readonly attest?: (identity: string) => string | Promise<string>;
  /** What a first message aims at, 32 hex digits; none: past conversations only. */
  readonly target?: string;
  readonly lang?: string;
  /** The platform's key for attestations, base64. */
  readonly platformKey?: string;
  /** Whether a button in the corner of the page opens the widget; true unless false is said. */
  readonly launcher?: boolean;
}

type Listener = (value: unknown) => void;

const script = document.currentScript;
const home = new URL(script instanceof HTMLScriptElement ? script.src : "", location.href).origin;
const listeners = new Map<string, Set<Listener>>();
let booted: { readonly boot: Boot; readonly panel: Panel } | null = null;
let port: MessagePort | null = null;
/** Whether it was to be shown before there was a page to show it in. */
let wanted = false;

function tell(event: string, value: unknown): void {
  for (const listener of listeners.get(event) ?? []) {
    try {
      listener(value);
    } catch (error) {
      reportError(error);
    }
  }
}

function start(boot: Boot): void {
  const asked = wanted;
  end();
  wanted = asked;
  const mount = (): void => {
    const panel = new Panel(`${home}/widget/`, boot.lang === "en" ? "en" : "fr", boot.launcher !== false, show);
    booted = { boot, panel };
    addEventListener("message", greet);
    if (wanted) {
      show(true);
    }
  };
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", mount, { once: true });
    unmount = () => document.removeEventListener("DOMContentLoaded", mount);
  } else {
    mount();
  }
}

let unmount: () => void = () => undefined;

function end(): void {
  unmount();
  removeEventListener("message", greet);
  port?.close();
  port = null;
  booted?.panel.remove();
  booted = null;
  wanted = false;
}

function show(shown: boolean): void {
  wanted = shown;
  if (booted !== null && booted.panel.show(shown)) {
    port?.postMessage({ type: "shown", shown });
    tell(shown ? "show" : "hide", null);
  }
}

/** The frame is there, for the first time or again: it gets its own end of a channel, and nobody else can. */
function greet(event: MessageEvent<unknown>): void {
  if (booted === null || event.origin !== home || event.source !== booted.panel.window || event.data !== "pli:ready") {
    return;
  }
  const { boot, panel } = booted;
  const { target = null, lang = null, platformKey = null } = boot;
  const channel = new MessageChannel();
  port?.close();
  port = channel.port1;
  port.addEventListener("message", ({ data }: MessageEvent<unknown>) => hear(boot, panel, data));
  port.start();
  panel.window?.postMessage({ type: "boot", target, lang, platformKey, shown: panel.shown }, home, [channel.port2]);
}

function hear(boot: Boot, panel: Panel, data: unknown): void {
  const message = new Map<string, unknown>(typeof data === "object" && data !== null ? Object.entries(data) : []);
  const type = message.get("type");
  if (type === "token") {
    void give(message.get("id"), () => boot.token());
  } else if (type === "attest") {
    void give(message.get("id"), () => boot.attest?.(String(message.get("identity"))));
  } else if (type === "unread") {
    const count = Number(message.get("count"));
    panel.count(count);
    tell("unread", count);
  } else if (type === "hide") {
    show(false);
  }
}

/** Null where the page has none to give: nobody is signed in there. */
async function give(id: unknown, ask: () => string | Promise<string> | undefined): Promise<void> {
  const answering = port;
  let given: string | null = null;
  try {
    given = (await ask()) ?? null;
  } catch (error) {
    reportError(error);
  }
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has two ends and no origin
  answering?.postMessage({ type: "given", id, given });
}

function isBoot(value: unknown): value is Boot {
  if (typeof value !== "object" || value === null || !("token" in value) || typeof value.token !== "function") {
    return false;
  }
  const target = "target" in value ? value.target : undefined;
  return target === undefined || (typeof target === "string" && /^[0-9a-f]{32}$/u.test(target));
}

function isListener(value: unknown): value is Listener {
  return typeof value === "function";
}

function call(name: unknown, first?: unknown, second?: unknown): void {
  if (name === "boot" && isBoot(first)) {
    start(first);
  } else if (name === "show" || name === "hide") {
    show(name === "show");
  } else if (name === "shutdown") {
    end();
  } else if (name === "on" && typeof first === "string" && isListener(second)) {
    listeners.set(first, (listeners.get(first) ?? new Set()).add(second));
  } else {
    throw new TypeError(`Pli: no such call: ${said(name)}`);
  }
}

/** Anything that a page may have written where a call's name belongs, for people. */
function said(name: unknown): string {
  return typeof name === "string" ? name : typeof name;
}

const waiting = window.Pli?.q ?? [];
window.Pli = (...args) => call(args[0], args[1], args[2]);
for (const args of waiting) {
  try {
    call(args[0], args[1], args[2]);
  } catch (error) {
    reportError(error);
  }
}
