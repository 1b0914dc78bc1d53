/** What a client begins with, where its options say nothing else. */

import { SECRET } from "../e2ee/bytes.ts";
import { draw, type Entropy, systemEntropy } from "../e2ee/entropy.ts";
import { KemKey } from "../e2ee/kem.ts";
import { SigningKey } from "../e2ee/signing.ts";
import type { Id } from "../wire/types.ts";
import type { Api, Fetch } from "./api.ts";
import { hexOfId } from "./base64.ts";
import { type Carrier, WebSocketCarrier } from "./carrier.ts";
import { EitherCarrier } from "./either.ts";
import { Unreachable } from "./errors.ts";
import { openStorage, type Storage } from "./storage.ts";
import { StreamCarrier } from "./streaming.ts";

export function carrierTo(url: string, fetcher: Fetch, entropy: Entropy, clock: () => number): Carrier {
  return new EitherCarrier(new WebSocketCarrier(url), new StreamCarrier(url, fetcher, entropy), clock);
}

/** What the cryptography loads at its first use is loaded now: later, a failure could be taken for a refusal. */
export async function loaded(): Promise<void> {
  const seed = draw(systemEntropy, SECRET);
  await Promise.all([KemKey.fromSeed(seed), SigningKey.fromSeed(seed)]);
}

export function systemClock(): number {
  return Date.now();
}

/** Whose token it is; without the network, who was here last. */
export async function whose(api: Api, lastAccount: Id | null): Promise<Id> {
  try {
    return (await api.account()).account;
  } catch (error) {
    if (error instanceof Unreachable && lastAccount !== null) {
      return lastAccount;
    }
    throw error;
  }
}

export async function inBrowser(account: Id): Promise<Storage> {
  return openStorage(`pli-${hexOfId(account)}`);
}
