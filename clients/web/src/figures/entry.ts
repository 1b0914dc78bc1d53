/**
 * The token with which the platform sends somebody here, in the fragment of the address, which no server sees. It is taken
 * out at once and kept for reloads of this tab, as long as it lasts: whoever comes later comes from the platform again.
 */

import { lifetimeMs } from "../core/token.ts";

const name = "pli-figures-token";

/** null: nobody is signed in. */
export function takeToken(now: number): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given !== null) {
    sessionStorage.setItem(name, `${now} ${given}`);
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  const [at = "", token = ""] = sessionStorage.getItem(name)?.split(" ") ?? [];
  if (token === "" || now - Number(at) >= lifetimeMs(token)) {
    dropToken();
    return null;
  }
  return token;
}

export function dropToken(): void {
  sessionStorage.removeItem(name);
}
