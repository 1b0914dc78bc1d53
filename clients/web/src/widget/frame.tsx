/** The widget's own frame: its title, the button and the key that close it, and where the focus goes when it opens. */

import type { ComponentChildren, VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Catalogue } from "../ui/catalogue.fr.ts";
import { focusedOn } from "./focusing.ts";
import type { Host } from "./host.ts";

interface Props {
  readonly text: Catalogue;
  readonly host: Host;
  readonly children: ComponentChildren;
}

export function Closable({ text: { widget }, host, children }: Props): VNode {
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    let settle = (): void => undefined;
    const stop = host.onShown((shown) => {
      settle();
      settle = shown ? focusedOn(() => document.querySelector("textarea") ?? close.current) : (): void => undefined;
    });
    const leave = (event: KeyboardEvent): void => {
      if (event.key === "Escape" && !event.defaultPrevented && document.querySelector("dialog[open]") === null) {
        host.hide();
      }
    };
    document.addEventListener("keydown", leave);
    return () => {
      settle();
      stop();
      document.removeEventListener("keydown", leave);
    };
  }, [host]);
  return (
    <div class="widget">
      <header class="bar">
        <h1>{widget.title}</h1>
        <button type="button" class="back" ref={close} aria-label={widget.close} onClick={() => host.hide()}>
          <span aria-hidden="true">×</span>
        </button>
      </header>
      {children}
    </div>
  );
}
