/**
 * The page that holds this frame: it gives tokens, says what a first message aims at, and hears how much is unread. Only
 * the window above may be it; the frame's policy says whose pages may stand there, and their one first answer brings the
 * channel by which both speak from then on.
 */

export interface Told {
  /** What a first message aims at, 32 hex digits. */
  readonly target: string | null;
  readonly lang: string | null;
  /** Base64. */
  readonly platformKey: string | null;
}

/** As long as somebody may take to sign in again over there. */
const waitMs = 60_000;

export class Host {
  readonly #listeners = new Set<(shown: boolean) => void>();
  #shown: boolean;
  readonly #told: Told;
  readonly #port: MessagePort;
  readonly #waiting = new Map<number, (given: string | null) => void>();
  #next = 0;

  private constructor(port: MessagePort, message: ReadonlyMap<string, unknown>) {
    this.#port = port;
    this.#told = {
      target: text(message.get("target")),
      lang: text(message.get("lang")),
      platformKey: text(message.get("platformKey")),
    };
    this.#shown = message.get("shown") === true;
    port.addEventListener("message", ({ data }: MessageEvent<unknown>) => this.#hear(fields(data)));
    port.start();
  }

  /** Waits for the page's word; for ever, where no page holds this one. */
  static async met(): Promise<Host> {
    const met = new Promise<Host>((resolve) => {
      const hear = ({ source, data, ports: [port] }: MessageEvent<unknown>): void => {
        const message = fields(data);
        if (source === parent && port !== undefined && message.get("type") === "boot") {
          removeEventListener("message", hear);
          resolve(new Host(port, message));
        }
      };
      addEventListener("message", hear);
    });
    // Nothing but that this page is there; who may hold it is decided by its policy.
    parent.postMessage("pli:ready", "*");
    return met;
  }

  get told(): Told {
    return this.#told;
  }

  /** Whether this frame can be seen at this moment: to its document, a hidden frame looks visible. */
  get shown(): boolean {
    return this.#shown;
  }

  onShown(listener: (shown: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A fresh token; null where nobody is signed in. */
  readonly token = async (): Promise<string | null> => this.#ask({ type: "token" });

  /** The platform's word for a mailbox's identity, base64 of its key; null where the page has none. */
  readonly attest = async (identity: string): Promise<string | null> => this.#ask({ type: "attest", identity });

  async #ask(question: object): Promise<string | null> {
    this.#next += 1;
    const id = this.#next;
    const given = await new Promise<string | null>((resolve) => {
      this.#waiting.set(id, resolve);
      setTimeout(() => resolve(null), waitMs);
      this.#say({ ...question, id });
    });
    this.#waiting.delete(id);
    return given;
  }

  unread(count: number): void {
    this.#say({ type: "unread", count });
  }

  hide(): void {
    this.#say({ type: "hide" });
  }

  #say(message: object): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has two ends and no origin
    this.#port.postMessage(message);
  }

  #hear(message: ReadonlyMap<string, unknown>): void {
    const type = message.get("type");
    if (type === "given") {
      this.#waiting.get(Number(message.get("id")))?.(text(message.get("given")));
    } else if (type === "shown") {
      this.#shown = message.get("shown") === true;
      for (const listener of this.#listeners) {
        listener(this.#shown);
      }
    }
  }
}

function fields(data: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof data === "object" && data !== null ? Object.entries(data) : []);
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
