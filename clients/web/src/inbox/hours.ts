/** Quiet hours, as a person sets them and as the service takes them: minutes after midnight. */

const dayMinutes = 24 * 60;
/** The service takes no longer ones, or nobody would ever be alerted. */
const quietMinutesMax = 22 * 60;

/** 1200 is "20:00". */
export function clockOf(minute: number): string {
  return [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

/** null: no time of day. */
export function minuteOf(clock: string): number | null {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)/u.exec(clock) ?? [];
  return hours === undefined || minutes === undefined ? null : Number(hours) * 60 + Number(minutes);
}

export function isTooLong(begins: number, ends: number): boolean {
  return (ends - begins + dayMinutes) % dayMinutes > quietMinutesMax;
}

/** Zones to choose from: those that have a name, this browser's, and the one that is set. */
export function zonesFor(named: Iterable<string>, set: string, here: string): string[] {
  return [...new Set([...named, here, set])].filter((zone) => zone !== "");
}
