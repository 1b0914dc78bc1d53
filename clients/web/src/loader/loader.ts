/**
 * The script in the platform's page: a queue that works before it is loaded, and a frame of the service's own origin. No
 * key and no message ever is in the platform's page.
 *
 *     <script>window.Pli = window.Pli || function () { (Pli.q = Pli.q || []).push(arguments) }</script>
 *     <script async src="https://messagerie.example/widget/loader.js"></script>
 *     Pli('boot', { token: async () => …, target: '<hex>', lang: 'fr' });
 *
 * Pli('boot', {...}), Pli('show'), Pli('hide'), Pli('shutdown'), Pli('on', 'unread', (count) => …). The frame and this
 * script speak by messages, each from the other's exact origin and window.
 */

interface Boot {
  /** Gives a fresh token of the platform each time it is called. */
  readonly token: () => string | Promise<string>;
  /** What a first message aims at, 32 hex digits; none: past conversations only. */
  readonly target?: string;
  readonly lang?: string;
  /** The platform's key for attestations, base64. */
  readonly platformKey?: string;
  /** Where the frame goes; none: fixed in the corner of the page. */
  readonly container?: Element;
}

type Listener = (value: unknown) => void;

const script = document.currentScript;
const home = new URL(script instanceof HTMLScriptElement ? script.src : location.href).origin;
const listeners = new Map<string, Set<Listener>>();
let frame: HTMLIFrameElement | null = null;
let boot: Boot | null = null;

function say(message: object): void {
  frame?.contentWindow?.postMessage({ pli: 1, ...message }, home);
}

function tell(event: string, value: unknown): void {
  for (const listener of listeners.get(event) ?? []) {
    listener(value);
  }
}

function start(options: Boot): void {
  end();
  boot = options;
  frame = document.createElement("iframe");
  frame.src = `${home}/widget/`;
  frame.title = options.lang === "en" ? "Messages" : "Messagerie";
  frame.hidden = true;
  const { style } = frame;
  style.border = "0";
  if (options.container === undefined) {
    style.position = "fixed";
    style.inset = "auto 16px 16px auto";
    style.width = "min(400px, calc(100vw - 32px))";
    style.height = "min(640px, calc(100dvh - 32px))";
    style.zIndex = "2147483000";
    style.borderRadius = "16px";
    style.boxShadow = "0 8px 32px rgb(0 0 0 / 25%)";
  } else {
    style.width = "100%";
    style.height = "100%";
  }
  (options.container ?? document.body).append(frame);
}

function end(): void {
  frame?.remove();
  frame = null;
  boot = null;
}

function show(shown: boolean): void {
  if (frame !== null) {
    frame.hidden = !shown;
    say({ type: "shown", shown });
    tell(shown ? "show" : "hide", null);
  }
}

async function giveToken(id: unknown): Promise<void> {
  try {
    say({ type: "token", id, token: await boot?.token() });
  } catch {
    say({ type: "token", id, token: null });
  }
}

/** What the frame says, by its type. */
const answers = new Map<unknown, (message: ReadonlyMap<string, unknown>) => void>([
  [
    "ready",
    () => {
      const { target = null, lang = null, platformKey = null } = boot ?? {};
      say({ type: "boot", target, lang, platformKey });
    },
  ],
  ["token", (message) => void giveToken(message.get("id"))],
  ["unread", (message) => tell("unread", message.get("count"))],
  ["hide", () => show(false)],
]);

addEventListener("message", (event: MessageEvent<unknown>) => {
  const { data, source } = event;
  if (event.origin === home && source === frame?.contentWindow && typeof data === "object" && data !== null) {
    const message = new Map<string, unknown>(Object.entries(data));
    answers.get(message.get("type"))?.(message);
  }
});

function isBoot(value: unknown): value is Boot {
  return typeof value === "object" && value !== null && "token" in value && typeof value.token === "function";
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
    throw new TypeError(`Pli: no such call: ${String(name)}`);
  }
}

const waiting = window.Pli?.q ?? [];
window.Pli = (...args) => call(args[0], args[1], args[2]);
for (const args of waiting) {
  call(args[0], args[1], args[2]);
}
