/**
 * The platform's token of this tab. The platform sends a person here with it in the fragment, which no server sees; it is
 * taken out of the address at once, and kept for reloads of this tab.
 */

const name = "pli-token";

export function takeToken(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  if (given !== null) {
    sessionStorage.setItem(name, given);
    history.replaceState(history.state, "", location.pathname);
  }
  return given ?? sessionStorage.getItem(name);
}
