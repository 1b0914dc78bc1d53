/** The page that holds this frame: it gives tokens, says what a first message aims at, and hears what is unread. */

export interface Told {
  /** What a first message aims at, 32 hex digits. */
  readonly target: string | null;
  readonly lang: string | null;
  /** Base64. */
  readonly platformKey: string | null;
}

const waitMs = 15_000;

/** Only the window above is listened to, and from the first message on only under the origin that it then had. */
export class Host {
  readonly #waiting = new Map<number, (token: string | null) => void>();
  readonly #booted: Promise<Told>;
  #boot: (told: Told) => void = () => undefined;
  #origin: string | null = null;
  #next = 0;

  constructor() {
    this.#booted = new Promise((resolve) => {
      this.#boot = resolve;
    });
    addEventListener("message", (event: MessageEvent<unknown>) => {
      if (event.source === parent && (this.#origin === null || event.origin === this.#origin)) {
        this.#hear(event);
      }
    });
    // Nothing secret: whoever may hold this frame is decided by its policy.
    parent.postMessage({ pli: 1, type: "ready" }, "*");
  }

  async booted(): Promise<Told> {
    return this.#booted;
  }

  /** @throws Error when the page gives none */
  readonly token = async (): Promise<string> => {
    this.#next += 1;
    const id = this.#next;
    const token = await new Promise<string | null>((resolve) => {
      this.#waiting.set(id, resolve);
      setTimeout(() => resolve(null), waitMs);
      this.#say({ type: "token", id });
    });
    this.#waiting.delete(id);
    if (token === null) {
      throw new Error("the page gave no token");
    }
    return token;
  };

  unread(count: number): void {
    this.#say({ type: "unread", count });
  }

  hide(): void {
    this.#say({ type: "hide" });
  }

  #say(message: object): void {
    if (this.#origin !== null) {
      parent.postMessage({ pli: 1, ...message }, this.#origin);
    }
  }

  #hear(event: MessageEvent<unknown>): void {
    const { data } = event;
    const message = new Map<string, unknown>(typeof data === "object" && data !== null ? Object.entries(data) : []);
    if (message.get("pli") !== 1) {
      return;
    }
    this.#origin ??= event.origin;
    if (message.get("type") === "boot") {
      this.#boot({
        target: text(message.get("target")),
        lang: text(message.get("lang")),
        platformKey: text(message.get("platformKey")),
      });
    } else if (message.get("type") === "token") {
      this.#waiting.get(Number(message.get("id")))?.(text(message.get("token")));
    }
  }
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
