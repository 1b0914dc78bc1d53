/** Without a token of the platform there is nothing to show but where to get one. */

import type { VNode } from "preact";
import type { Catalogue } from "../ui/catalogue.fr.ts";

export function TokenMissing({ text }: { text: Catalogue }): VNode {
  return (
    <main class="page">
      <h1>{text.inbox.title}</h1>
      <p role="alert">{text.ended.signIn}</p>
    </main>
  );
}
