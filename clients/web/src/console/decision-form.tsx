/** What every decision ends with: it is made, or made and the next case opened; by the keyboard too. */

import type { ComponentChildren, Ref, VNode } from "preact";
import { useBench } from "./bench.ts";

interface Props {
  readonly form?: Ref<HTMLFormElement>;
  readonly busy: boolean;
  readonly go: string;
  readonly goNext: string;
  /** `isNext`: whether one goes on to the next case. */
  readonly onDecide: (isNext: boolean) => Promise<void>;
  readonly children: ComponentChildren;
}

export function DecisionForm({ form = null, busy, go, goNext, onDecide, children }: Props): VNode {
  const { words } = useBench();
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        void onDecide(false);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter" && event.ctrlKey) {
          event.preventDefault();
          void onDecide(true);
        }
      }}
    >
      {children}
      <p class="actions">
        <button type="submit" disabled={busy}>
          {go}
        </button>
        <button type="button" class="primary" disabled={busy} onClick={() => void onDecide(true)}>
          {goNext}
        </button>
      </p>
      <p class="quiet">{words.decide.nextHint}</p>
    </form>
  );
}
