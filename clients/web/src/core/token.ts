/** When a platform token ends, in ms, as it says itself; null if it does not say. Nothing is verified here. */
export function expiry(token: string): number | null {
  try {
    const body = token.split(".")[1] ?? "";
    const claims: unknown = JSON.parse(atob(body.replaceAll("-", "+").replaceAll("_", "/")));
    const exp = typeof claims === "object" && claims !== null && "exp" in claims ? claims.exp : null;
    return typeof exp === "number" ? exp * 1_000 : null;
  } catch {
    return null;
  }
}
