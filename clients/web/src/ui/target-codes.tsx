/** In the settings of a facilitator's mailbox: the codes by which a side of a conversation invites it. */

import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { type Id, textsIn } from "../core/office.ts";
import { isId } from "../core/pinning.ts";
import { targetCode } from "../core/target-codes.ts";
import { settingsEn } from "./catalogue-settings.en.ts";
import { settingsFr } from "./catalogue-settings.fr.ts";
import { useActing, useTextOf } from "./context.ts";

export function TargetCodes({ mailbox }: { mailbox: Id }): VNode | null {
  const text = useTextOf({ fr: settingsFr, en: settingsEn });
  const { ask } = useActing();
  const [codes, show] = useState<readonly string[]>([]);
  useEffect(() => {
    const read = async (): Promise<void> => {
      const given = await ask({ type: "readTargets", mailbox });
      const targets = given === null ? null : textsIn(given.outcome);
      show((targets ?? []).filter(isId).map(targetCode));
    };
    void read();
  }, [mailbox]);
  return codes.length === 0 ? null : (
    <section>
      <h3>{text.targetCode}</h3>
      <p class="quiet">{text.targetCodeHint}</p>
      {codes.map((code) => (
        <Code key={code} code={code} />
      ))}
    </section>
  );
}

function Code({ code }: { code: string }): VNode {
  const text = useTextOf({ fr: settingsFr, en: settingsEn });
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(code);
    setCopied(true);
  };
  return (
    <>
      <p class="code" translate={false}>
        {code}
      </p>
      <p class="actions">
        <button type="button" onClick={() => void copy().catch(() => undefined)}>
          {text.copy}
        </button>
        <span role="status">{isCopied ? text.copied : ""}</span>
      </p>
    </>
  );
}
