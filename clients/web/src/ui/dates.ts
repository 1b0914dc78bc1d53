/** Times as a reader says them, in the reader's own zone. */

import type { Catalogue } from "./catalogue.fr.ts";

const dayMs = 86_400_000;

export interface Dates {
  /** 14:05 */
  readonly clock: (at: number) => string;
  /** Today, yesterday, or the date. */
  readonly day: (at: number, now: number) => string;
  /** The time of today, else the short date: for lists. */
  readonly brief: (at: number, now: number) => string;
  /** "il y a 3 jours": since when something waits. */
  readonly since: (at: number, now: number) => string;
  readonly date: (at: number) => string;
}

export function datesFor(text: Catalogue): Dates {
  const clock = new Intl.DateTimeFormat(text.lang, { hour: "2-digit", minute: "2-digit" });
  const date = new Intl.DateTimeFormat(text.lang, { day: "numeric", month: "long", year: "numeric" });
  const short = new Intl.DateTimeFormat(text.lang, { day: "numeric", month: "short" });
  const relative = new Intl.RelativeTimeFormat(text.lang, { numeric: "auto" });
  const day = (at: number, now: number): string => {
    const days = daysBetween(at, now);
    if (days === 0) {
      return text.thread.today;
    }
    return days === 1 ? text.thread.yesterday : date.format(at);
  };
  return {
    clock: (at) => clock.format(at),
    day,
    brief: (at, now) => (daysBetween(at, now) === 0 ? clock.format(at) : short.format(at)),
    since: (at, now) => relative.format(-daysBetween(at, now), "day"),
    date: (at) => date.format(at),
  };
}

/** Of the reader's calendar. */
function daysBetween(at: number, now: number): number {
  return Math.round((midnight(now) - midnight(at)) / dayMs);
}

function midnight(at: number): number {
  const day = new Date(at);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}
