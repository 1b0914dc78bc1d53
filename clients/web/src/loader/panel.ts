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

/** Where the panel takes the whole of the screen. */
const small = "(max-width: 480px), (max-height: 420px)";
const css = `
:host { all: initial }
dialog, button { position: fixed; z-index: 2147483000; inset: auto 16px 16px auto; box-sizing: border-box }
dialog {
  width: min(400px, 100vw - 32px); height: min(640px, 100dvh - 32px); max-width: none; max-height: none; margin: 0;
  padding: 0; border: 0; border-radius: 16px; overflow: hidden; background: Canvas;
  box-shadow: 0 8px 32px rgb(0 0 0 / 25%); color-scheme: light dark;
}
button + dialog { bottom: 80px; height: min(640px, 100dvh - 96px) }
iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: light dark }
[hidden] { display: none }
button {
  min-height: 48px; padding: 12px 20px; border: 2px solid #fff; border-radius: 24px; background: #1d4d57; color: #fff;
  font: 600 16px/1.25 system-ui, sans-serif; cursor: pointer; box-shadow: 0 4px 16px rgb(0 0 0 / 25%);
}
button:focus-visible { outline: 3px solid #1d4d57; outline-offset: 2px }
span { margin-inline-start: 8px; padding: 2px 8px; border-radius: 12px; background: #fff; color: #1d4d57 }
@media ${small} {
  dialog, button + dialog { inset: 0; width: 100%; height: 100%; border-radius: 0 }
}
@media (prefers-reduced-motion: no-preference) {
  dialog { animation: in 0.16s ease-out }
  @keyframes in { from { opacity: 0; transform: translateY(8px) } }
}
@media print { :host { display: none } }
`;

export class Panel {
  readonly #text: (typeof texts)["fr"];
  readonly #host = document.createElement("div");
  /** Around the frame: modal where it covers the page, which then waits behind it, for assistive technology too. */
  readonly #dialog = document.createElement("dialog");
  readonly #frame = document.createElement("iframe");
  readonly #small = matchMedia(small);
  readonly #launcher: HTMLButtonElement | null;
  readonly #badge = document.createElement("span");
  /** What had the focus before the widget was shown, and has it again afterwards. */
  #before: Element | null = null;
  #shown = false;

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
    this.#dialog.setAttribute("aria-label", this.#text.frame);
    this.#dialog.append(this.#frame);
    this.#dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      onToggle(false);
    });
    // A browser may close it without asking: when somebody goes back, say.
    this.#dialog.addEventListener("close", () => {
      if (!this.#dialog.open) {
        onToggle(false);
      }
    });
    this.#small.addEventListener("change", this.#turned);
    root.append(...(this.#launcher === null ? [] : [this.#launcher]), this.#dialog);
    document.body.append(this.#host);
  }

  get window(): Window | null {
    return this.#frame.contentWindow;
  }

  get shown(): boolean {
    return this.#shown;
  }

  /** Whether that changed anything. The focus goes into the frame, and back to where it was. */
  show(shown: boolean): boolean {
    if (this.shown === shown) {
      return false;
    }
    if (shown) {
      this.#before = document.activeElement;
    }
    const hadFocus = this.#hasFocus;
    this.#shown = shown;
    this.#launcher?.setAttribute("aria-expanded", String(shown));
    if (shown) {
      this.#open();
      this.#frame.focus();
    } else {
      this.#dialog.close();
      if (hadFocus) {
        this.#goBack();
      }
    }
    return true;
  }

  get #hasFocus(): boolean {
    return this.#host.shadowRoot?.activeElement === this.#frame;
  }

  #open(): void {
    if (this.#small.matches) {
      this.#dialog.showModal();
    } else {
      this.#dialog.show();
    }
  }

  /** The screen became small, or large, while the panel is open. */
  readonly #turned = (): void => {
    if (this.#shown) {
      const hadFocus = this.#hasFocus;
      this.#dialog.close();
      this.#open();
      if (hadFocus) {
        this.#frame.focus();
      }
    }
  };

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
    this.#small.removeEventListener("change", this.#turned);
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
