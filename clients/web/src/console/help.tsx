/** The shortcuts, and where to turn those of one key off. */

import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";
import { Dialog } from "../ui/dialog.tsx";
import { useBench } from "./bench.ts";
import { areOn, shortcuts, turn } from "./keys.ts";

export function Help({ onClose }: { onClose: () => void }): VNode {
  const { words } = useBench();
  const { keys } = words;
  const [isOn, setOn] = useState(areOn);
  const id = useId();
  return (
    <Dialog title={keys.title} onClose={onClose}>
      <p>{keys.hint}</p>
      <p class="check">
        <input
          id={id}
          type="checkbox"
          checked={isOn}
          onChange={(event) => {
            turn(event.currentTarget.checked);
            setOn(event.currentTarget.checked);
          }}
        />
        <label for={id}>{keys.on}</label>
      </p>
      <dl class="keys">
        {shortcuts.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{keys[does]}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>{keys.sendKey}</kbd>
          </dt>
          <dd>{keys.send}</dd>
        </div>
      </dl>
      <p class="actions">
        <button type="button" class="primary" onClick={onClose}>
          {keys.close}
        </button>
      </p>
    </Dialog>
  );
}
