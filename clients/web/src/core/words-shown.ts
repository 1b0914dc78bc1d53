/** The twelve words that stand beside a seat that is asked for, and the head for which a device showed them. */

import type { SeatKeyPair } from "../e2ee/account.ts";
import { type Hash, hex, type Id as IdBytes, type KemPublic, type SignPublic } from "../e2ee/bytes.ts";
import { BadRoster } from "../e2ee/errors.ts";
import type { RosterState, SeatKeys } from "../e2ee/roster.ts";
import { admissionWords } from "../e2ee/words.ts";
import type { Id, PendingSeat } from "../wire/types.ts";
import { fromBase64 } from "./base64.ts";
import { shelves } from "./local.ts";
import type { Storage } from "./storage.ts";

/** The head for which this device showed the words of a seat; null where it showed none. */
export async function shownHead(storage: Storage, mailbox: Id, seat: Id | null): Promise<Hash | null> {
  const asked = await shelves.asked.load(storage, mailbox);
  return asked === undefined || asked.seat !== seat ? null : fromBase64<Hash>(asked.shownHead);
}

/**
 * Our seat on the roster, or null where it has none: with our keys, as the service alone says which seat is ours.
 * @throws BadRoster
 */
export function ownSeat(state: RosterState, seat: Id | null, pair: SeatKeyPair): SeatKeys | null {
  const entry = seat === null ? undefined : state.seat(fromBase64<IdBytes>(seat));
  if (entry === undefined) {
    return null;
  }
  if (hex(entry.signPk) !== hex(pair.sign.public) || hex(entry.kemPk) !== hex(pair.kem.public)) {
    throw new BadRoster("the roster does not seat our keys");
  }
  return entry;
}

/** Of somebody who asks, on the roster as it is. */
export async function wordsOf(state: RosterState, asking: PendingSeat): Promise<readonly string[]> {
  const signPk = fromBase64<SignPublic>(asking.sign_pk);
  return admissionWords(state.mailbox, state.head, signPk, fromBase64<KemPublic>(asking.kem_pk));
}
