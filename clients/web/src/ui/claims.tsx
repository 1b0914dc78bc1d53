/** What the platform vouches for, told apart from what a person declares. */

import type { VNode } from "preact";
import { useText } from "./context.ts";

/** The claims that say something to people, by their names, in a fixed order. */
export function claimsShown(
  claims: Readonly<Record<string, string>>,
  names: Readonly<Record<string, string>>,
): (readonly [name: string, value: string])[] {
  return Object.entries(names).flatMap(([claim, name]) => {
    const value = claims[claim];
    return value === undefined ? [] : [[name, value] as const];
  });
}

/** Within a list of fields. */
export function Claims({ claims }: { claims: Readonly<Record<string, string>> }): VNode {
  const { thread } = useText();
  return (
    <>
      {claimsShown(claims, thread.claims).map(([name, value]) => (
        <div key={`attested ${name}`}>
          <dt>
            {name} <small class="attested">{thread.attested}</small>
          </dt>
          <dd dir="auto">{value}</dd>
        </div>
      ))}
    </>
  );
}
