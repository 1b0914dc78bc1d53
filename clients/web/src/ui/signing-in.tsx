/** Nobody is signed in at the platform: there is nothing to show but where to do so. */

import type { VNode } from "preact";
import type { Catalogue } from "./catalogue.fr.ts";

interface Props {
  readonly text: Catalogue;
  /** Whether they just left. */
  readonly isOut: boolean;
  /** Leads to the platform's page; null where it has none. */
  readonly onSignIn: (() => void) | null;
}

export function SigningIn({ text: { inbox, ended }, isOut, onSignIn }: Props): VNode {
  return (
    <main class="page">
      <h1>{inbox.title}</h1>
      {isOut ? <p role="status">{ended.signedOut}</p> : null}
      <p role="alert">{inbox.signIn}</p>
      {onSignIn === null ? null : (
        <p class="actions">
          <button type="button" class="primary" onClick={onSignIn}>
            {inbox.signInGo}
          </button>
        </p>
      )}
    </main>
  );
}
