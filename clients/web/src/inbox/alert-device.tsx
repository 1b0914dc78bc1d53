/** Pushes to this browser: on or off. */

import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { AlertsPicture } from "../core/office.ts";
import { useText, useTextOf } from "../ui/context.ts";
import { useSetting } from "./alert-setting.ts";
import { ability, inTurn, subscribe, unsubscribe } from "./push.ts";
import { alertTexts } from "./alert-texts.ts";

export function AlertDevice({ alerts }: { alerts: AlertsPicture }): VNode {
  const { device } = useTextOf(alertTexts);
  const { failed } = useText();
  const { busy, change } = useSetting();
  const [can, setCan] = useState(ability);
  const [wrong, setWrong] = useState<string | null>(null);
  const isOn = alerts.here !== null && alerts.here.taken;

  const turnOn = async (): Promise<void> => {
    try {
      const pushed = await subscribe(alerts.pushKey);
      setCan(ability());
      const refusal = pushed === null ? null : await change({ type: "subscribePush", pushed });
      setWrong(refusal === null ? null : (failed[refusal] ?? failed.other));
    } catch {
      setWrong(device.failed);
    }
  };
  const turnOff = async (): Promise<void> => {
    await unsubscribe();
    const refusal = await change({ type: "unsubscribePush" });
    setWrong(refusal === null ? null : (failed[refusal] ?? failed.other));
  };
  return (
    <>
      <h2>{device.title}</h2>
      <p class="quiet">{device.hint}</p>
      {can === "able" ? (
        <>
          <p role="status">{isOn ? device.on : device.off}</p>
          <p role="status" class="wrong">
            {wrong ?? ""}
          </p>
          <p class="actions">
            {isOn ? (
              <button type="button" disabled={busy} onClick={() => void inTurn(turnOff)}>
                {device.turnOff}
              </button>
            ) : (
              <button type="button" class="primary" disabled={busy} onClick={() => void inTurn(turnOn)}>
                {device.turnOn}
              </button>
            )}
          </p>
        </>
      ) : (
        <p role="status">{device[can]}</p>
      )}
    </>
  );
}
