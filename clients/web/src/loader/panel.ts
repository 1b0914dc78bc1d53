/**
 * What the loader puts into the platform's page: a button and a frame, in a shadow tree of their own. Their style is a
 * constructed sheet, which a policy without inline styles allows, and which neither takes from the page nor gives to it.
 */

const texts = {
  fr: {
    frame: "Messagerie",
    launcher: "Messagerie",
    unread: (count: number): string => `${count} conversation${count > 1 ? "s" : ""} non lue${count > 1 ? "s" : ""}`,
  },
  en: {
    frame: "Messages",
    launcher: "Messages",
    unread: (count: number): string => `${count} unread conversation${count > 1 ? "s" : ""}`,
  },
};

const css = `
:host { all: initial }
iframe, button { position: fixed; z-index: 2147483000; inset: auto 16px 16px auto; box-sizing: border-box }
iframe {
  width: min(400px, 100vw - 32px); height: min(640px, 100dvh - 32px); border: 0; border-radius: 16px;
  background: Canvas; box-shadow: 0 8px 32px rgb(0 0 0 / 25%); color-scheme: light dark;
}
button + iframe { bottom: 80px; height: min(640px, 100dvh - 96px) }
[hidden] { display: none }
button {
  min-height: 48px; padding: 12px 20px; border: 2px solid #fff; border-radius: 24px; background: #1b3a6b; color: #fff;
  font: 600 16px/1.25 system-ui, sans-serif; cursor: pointer; box-shadow: 0 4px 16px rgb(0 0 0 / 25%);
}
button:focus-visible { outline: 3px solid #1b3a6b; outline-offset: 2px }
span { margin-inline-start: 8px; padding: 2px 8px; border-radius: 12px; background: #fff; color: #1b3a6b }
@media (max-width: 480px), (max-height: 420px) {
  iframe, button + iframe { inset: 0; width: 100%; height: 100%; border-radius: 0 }
}
@media (prefers-reduced-motion: no-preference) {
  iframe { animation: in 0.16s ease-out }
  @keyframes in { from { opacity: 0; transform: translateY(8px) } }
}
@media print { :host { display: none } }
`;

export class Panel {
  readonly #text: (typeof texts)["fr"];
  readonly #host = document.createElement("div");
  readonly #frame = document.createElement("iframe");
  readonly #launcher: HTMLButtonElement | null;
  readonly #badge = document.createElement("span");
  /** What had the focus before the widget was shown, and has it again afterwards. */
  #before: Element | null = null;

  constructor(url: string, lang: keyof typeof texts, hasLauncher: boolean, onToggle: (shown: boolean) => void) {
    this.#text = texts[lang];
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    const root = this.#host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [sheet];
    this.#host.lang = lang;
    this.#launcher = hasLauncher ? this.#button(onToggle) : null;
    this.#frame.src = url;
    this.#frame.title = this.#text.frame;
    this.#frame.referrerPolicy = "no-referrer";
    this.#frame.hidden = true;
    root.append(...(this.#launcher === null ? [] : [this.#launcher]), this.#frame);
    document.body.append(this.#host);
  }

  get window(): Window | null {
    return this.#frame.contentWindow;
  }

  get shown(): boolean {
    return !this.#frame.hidden;
  }

  /** Whether that changed anything. The focus goes into the frame, and back to where it was. */
  show(shown: boolean): boolean {
    if (this.shown === shown) {
      return false;
    }
    if (shown) {
      this.#before = document.activeElement;
    }
    const hadFocus = this.#host.shadowRoot?.activeElement === this.#frame;
    this.#frame.hidden = !shown;
    this.#launcher?.setAttribute("aria-expanded", String(shown));
    if (shown) {
      this.#frame.focus();
    } else if (hadFocus) {
      this.#goBack();
    }
    return true;
  }

  #goBack(): void {
    const before = this.#before;
    if (before instanceof HTMLElement && before.isConnected && before !== document.body && before !== this.#host) {
      before.focus();
    } else {
      this.#launcher?.focus();
    }
    this.#before = null;
  }

  /** How many conversations are unread. */
  count(unread: number): void {
    this.#badge.hidden = unread === 0;
    this.#badge.textContent = String(unread);
    const { launcher, unread: told } = this.#text;
    this.#launcher?.setAttribute("aria-label", unread === 0 ? launcher : `${launcher}, ${told(unread)}`);
  }

  remove(): void {
    this.#host.remove();
  }

  #button(onToggle: (shown: boolean) => void): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.setAttribute("aria-expanded", "false");
    this.#badge.hidden = true;
    button.append(this.#text.launcher, this.#badge);
    button.addEventListener("click", () => onToggle(!this.shown));
    button.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        onToggle(false);
      }
    });
    return button;
  }
}
