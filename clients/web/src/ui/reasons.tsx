/** A statement of reasons, or what came of an appeal. */

import type { VNode } from "preact";
import { useText } from "./context.ts";
import { reasonsIn } from "./moderation-words.ts";

/** `statement`: in both languages, as the service gives it. */
export function ReasonsShown({ statement }: { statement: { readonly fr: string; readonly en: string } }): VNode {
  const { lang } = useText();
  const { opening, fields } = reasonsIn(lang === "fr" ? statement.fr : statement.en);
  return (
    <div class="reasons">
      {opening === "" ? null : <p>{opening}</p>}
      <dl>
        {fields.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
