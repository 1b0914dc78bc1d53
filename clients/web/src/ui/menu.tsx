/** A menu is a `details`: closed by Escape and by a choice, which give the focus back to what opened it. */

import type { ComponentChildren, TargetedKeyboardEvent, TargetedMouseEvent, VNode } from "preact";

export function Menu({ label, children }: { label: string; children: ComponentChildren }): VNode {
  return (
    <details class="menu" onKeyDown={closeOnEscape}>
      <summary aria-label={label}>
        <span aria-hidden="true">⋯</span>
      </summary>
      <div>{children}</div>
    </details>
  );
}

interface ChoiceProps {
  readonly disabled?: boolean;
  readonly onChoose: () => void;
  readonly children: ComponentChildren;
}

/** One of the things to do. The menu is closed before: a dialog gives the focus back to what had it when it opened. */
export function Choice({ disabled = false, onChoose, children }: ChoiceProps): VNode {
  const choose = (event: TargetedMouseEvent<HTMLButtonElement>): void => {
    const menu = event.currentTarget.closest("details");
    if (menu !== null) {
      close(menu);
    }
    onChoose();
  };
  return (
    <button type="button" disabled={disabled} onClick={choose}>
      {children}
    </button>
  );
}

function closeOnEscape(event: TargetedKeyboardEvent<HTMLDetailsElement>): void {
  if (event.key === "Escape" && event.currentTarget.open) {
    event.preventDefault();
    close(event.currentTarget);
  }
}

function close(menu: HTMLDetailsElement): void {
  menu.open = false;
  menu.querySelector("summary")?.focus();
}
