/** What a platform's token says of itself. Nothing is verified here: the service does. */

/** When it ends, in ms; null if it does not say. */
export function expiry(token: string): number | null {
  const exp = claimsOf(token)?.["exp"];
  return typeof exp === "number" ? exp * 1_000 : null;
}

/** For how long it was made, in ms: what a device can count by itself, however wrong its clock is. */
export function lifetimeMs(token: string): number {
  const { iat, exp } = claimsOf(token) ?? {};
  return typeof iat === "number" && typeof exp === "number" ? (exp - iat) * 1_000 : Infinity;
}

/** Who it is about: to tell two people of one browser apart, and for nothing else. */
export function subjectOf(token: string): string {
  const sub = claimsOf(token)?.["sub"];
  return typeof sub === "string" ? sub : "";
}

/** All that it claims; null where it is none. */
export function claimsOf(token: string): Record<string, unknown> | null {
  try {
    const body = token.split(".")[1] ?? "";
    const said: unknown = JSON.parse(atob(body.replaceAll("-", "+").replaceAll("_", "/")));
    return typeof said === "object" && said !== null ? { ...said } : null;
  } catch {
    return null;
  }
}
