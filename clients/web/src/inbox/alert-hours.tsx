/** When one wants to hear nothing. */

import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";
import type { AlertsPicture } from "../core/office.ts";
import { useText, useTextOf } from "../ui/context.ts";
import { changed, useSetting } from "./alert-setting.ts";
import { clockOf, isTooLong, minuteOf, zonesFor } from "./hours.ts";
import { alertTexts } from "./alert-texts.ts";

export function AlertHours({ alerts }: { alerts: AlertsPicture }): VNode {
  const { failed } = useText();
  const text = useTextOf(alertTexts);
  const { quiet } = text;
  const { settings } = alerts;
  const { busy, change } = useSetting();
  const [on, setOn] = useState(settings.quiet_begins !== settings.quiet_ends);
  const [from, setFrom] = useState(clockOf(on ? settings.quiet_begins : 20 * 60));
  const [to, setTo] = useState(clockOf(on ? settings.quiet_ends : 8 * 60));
  const [sundays, setSundays] = useState(settings.quiet_sundays);
  const [zone, setZone] = useState(settings.zone);
  const [said, say] = useState<{ readonly text: string; readonly wrong: boolean } | null>(null);
  const id = useId();
  const here = new Intl.DateTimeFormat().resolvedOptions().timeZone;

  const save = async (): Promise<void> => {
    const times = on ? timesOf(from, to) : { quiet_begins: 0, quiet_ends: 0 };
    if (times === null || isTooLong(times.quiet_begins, times.quiet_ends)) {
      say({ text: quiet.tooLong, wrong: true });
      return;
    }
    const refusal = await change(changed(alerts, { ...times, quiet_sundays: sundays, zone }));
    say(
      refusal === null ? { text: quiet.saved, wrong: false } : { text: failed[refusal] ?? failed.other, wrong: true },
    );
  };
  return (
    <>
      <h2>{quiet.title}</h2>
      <p class="quiet">{quiet.hint}</p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <p class="check">
          <input
            id={`${id}-on`}
            type="checkbox"
            checked={on}
            onChange={(event) => setOn(event.currentTarget.checked)}
          />
          <label for={`${id}-on`}>{quiet.on}</label>
        </p>
        <div class="hours">
          <p>
            <label for={`${id}-from`}>{quiet.begins}</label>
            <input
              id={`${id}-from`}
              type="time"
              value={from}
              disabled={!on}
              onInput={(event) => setFrom(event.currentTarget.value)}
            />
          </p>
          <p>
            <label for={`${id}-to`}>{quiet.ends}</label>
            <input
              id={`${id}-to`}
              type="time"
              value={to}
              disabled={!on}
              onInput={(event) => setTo(event.currentTarget.value)}
            />
          </p>
        </div>
        <p class="check">
          <input
            id={`${id}-sundays`}
            type="checkbox"
            checked={sundays}
            onChange={(event) => setSundays(event.currentTarget.checked)}
          />
          <label for={`${id}-sundays`}>{quiet.sundays}</label>
        </p>
        <label for={`${id}-zone`}>{quiet.zone}</label>
        <select id={`${id}-zone`} value={zone} onChange={(event) => setZone(event.currentTarget.value)}>
          {zonesFor(Object.keys(quiet.zones), settings.zone, here).map((each) => (
            <option key={each} value={each}>
              {quiet.zones[each] ?? each}
            </option>
          ))}
        </select>
        <p role="status" class={said?.wrong === true ? "wrong" : "quiet"}>
          {said?.text ?? ""}
        </p>
        <p class="actions">
          <button type="submit" class="primary" disabled={busy}>
            {quiet.save}
          </button>
        </p>
      </form>
    </>
  );
}

/** null: one of them is no time of day. */
function timesOf(from: string, to: string): { quiet_begins: number; quiet_ends: number } | null {
  const [begins, ends] = [minuteOf(from), minuteOf(to)];
  return begins === null || ends === null ? null : { quiet_begins: begins, quiet_ends: ends };
}
