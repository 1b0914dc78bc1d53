/** The sides of a case under their pseudonyms, as the platform presents them, and their history with moderation. */

import type { VNode } from "preact";
import type { CaseShown } from "../core/office.ts";
import { useBench } from "./bench.ts";

export function Parties({ file }: { file: CaseShown }): VNode | null {
  const { words } = useBench();
  const { party: names } = words;
  return file.parties.length === 0 ? null : (
    <section>
      <h2>{names.heading}</h2>
      <div class="parties">
        {file.parties.map((each) => (
          <section key={each.party} class="card">
            <h3>
              {names.title(each.party)} {each.is_accused ? <span class="chip warn">{names.accused}</span> : null}
            </h3>
            <p dir="auto">
              {each.presentation.group}, {each.presentation.area}
              {each.presentation.verified ? <span class="quiet"> · {names.verified}</span> : null}
            </p>
            <dl>
              {(
                [
                  [names.opened, String(each.opened)],
                  [names.reported, String(each.reported)],
                  [names.measures, String(each.measures)],
                  [names.reports, names.record(each.reports_made, each.reports_founded, each.reports_abusive)],
                ] as const
              ).map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </section>
  );
}
