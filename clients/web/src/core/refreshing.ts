/** Renews the platform's token on a connection that stands, in time, so that nobody notices that it ends. */

import type { Api } from "./api.ts";
import { ClientError } from "./errors.ts";
import { expiry } from "./token.ts";

/** A token is renewed this long before it ends, or at half of what is left of it. */
export const refreshBeforeMs = 60_000;
/** Nothing is looked at less often than this: a timer of many days fires at once. */
const lookMs = 3_600_000;
const leastMs = 1_000;

/** What one connection lends for it. */
export interface Refreshed {
  readonly api: Api;
  /** Ms by the service's clock: a device's own may be hours wrong. */
  readonly now: () => number;
  /** @throws Ended */
  readonly pause: (ms: number) => Promise<void>;
  readonly isCurrent: () => boolean;
  /** Replaces the token of the connection by the one that this ticket stands for. @throws as `Link.request` */
  readonly refresh: (ticket: string) => Promise<unknown>;
}

/** As long as the connection lives; what fails until the end is left to the close code. */
export async function keepRefreshed({ api, now, pause, isCurrent, refresh }: Refreshed): Promise<void> {
  while (isCurrent()) {
    const endsAt = expiry(await api.token(false));
    if (endsAt === null) {
      return;
    }
    const leftMs = endsAt - now();
    const dueMs = Math.max(leastMs, leftMs / 2, leftMs - refreshBeforeMs);
    await pause(Math.min(dueMs, lookMs));
    if (isCurrent() && dueMs <= lookMs) {
      await attempt(api, refresh);
    }
  }
}

async function attempt(api: Api, refresh: Refreshed["refresh"]): Promise<void> {
  try {
    await api.token(true);
    const { ticket } = await api.ticket();
    await refresh(ticket);
  } catch (error) {
    if (!(error instanceof ClientError)) {
      throw error;
    }
  }
}
