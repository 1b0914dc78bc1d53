/**
 * The event that shows the cards of both sides at once, or a later one alone (SPEC.md section 9.6).
 *
 * payload = frame("pli1/released", item, ...);  item = frame("pli1/released-card", u8 party, card, payload, s_server)
 *
 * Items stand in the order of (party, card), each card once: the same release is the same bytes for both sides.
 */

import { type Bytes, compareBytes, ID, type Id, SECRET, type Secret, U8 } from "./bytes.ts";
import { readU8, unframe, unframeList } from "./encoding.ts";
import { BadCard } from "./errors.ts";

/** One card of a release: whose, its id, its sealed message and the share that was in escrow. */
export interface ReleasedCard {
  readonly party: number;
  readonly card: Id;
  readonly payload: Bytes;
  readonly sServer: Secret;
}

/** Decodes a release. Throws BadEncoding, or BadCard for an empty, unordered or repeated list. */
export function parseReleased(payload: Bytes): ReleasedCard[] {
  const cards = unframeList(payload, "pli1/released").map((item): ReleasedCard => {
    const [party, card, sealed, sServer] = unframe(item, "pli1/released-card", [U8, ID, null, SECRET]);
    return { party: readU8(party), card, payload: sealed, sServer };
  });
  const inOrder = cards.every((each, index) => {
    const before = cards[index - 1];
    return before === undefined || before.party < each.party || isAfterInParty(each, before);
  });
  if (cards.length === 0 || !inOrder) {
    throw new BadCard("a release names each of its cards once, in order, and at least one");
  }
  if (cards.some((each) => each.party > 1)) throw new BadCard("a released card belongs to one of the two parties");
  return cards;
}

const isAfterInParty = (each: ReleasedCard, before: ReleasedCard): boolean =>
  before.party === each.party && compareBytes(before.card, each.card) < 0;
