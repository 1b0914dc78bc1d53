/**
 * Released cards, verified as SPEC.md section 9.6 says. A swapped prekey concerns the whole thread: then no card of the
 * release is shown, whoever's it is. Nor is any where one side's cards alone open: the service broke the exchange. Any
 * other refusal concerns its own card.
 */

import { verifyAttestation } from "../e2ee/attestation.ts";
import { openCard, type OpenedCard } from "../e2ee/card.ts";
import { partyOf } from "../e2ee/epoch.ts";
import type { SignPublic } from "../e2ee/bytes.ts";
import { BadCard, BadConsent, E2EEError, Fork, SwappedPrekey } from "../e2ee/errors.ts";
import type { ReleasedCard } from "../e2ee/release.ts";
import type { LogEvent, ThreadChain } from "../e2ee/thread-log.ts";
import type { Id } from "../wire/types.ts";
import { textsOf } from "./attesting.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { type Epochs, openedSecret } from "./epochs.ts";
import type { Trust } from "./trust.ts";
import type { RevealedCard } from "./views.ts";

/** The cards that verify, and the rules that the others break. */
export interface OpenedRelease {
  readonly shown: readonly RevealedCard[];
  readonly refused: readonly string[];
}

/** `withdrawn`: own cards that must not appear. @throws Fork, when a card's author saw another history. */
export async function openRelease(
  released: readonly ReleasedCard[],
  event: LogEvent,
  epochs: Epochs,
  chain: ThreadChain,
  trust: Trust,
  withdrawn: ReadonlySet<Id>,
): Promise<OpenedRelease> {
  const verified: [ReleasedCard, RevealedCard][] = [];
  const refused: string[] = [];
  const opening = new Set<number>();
  for (const item of released) {
    try {
      const place = chain.cardPlace(item);
      const epoch = await epochs.at(place.epoch);
      // Its key is no longer kept: it may have opened when it appeared.
      if (epoch.secret instanceof E2EEError) opening.add(item.party);
      const opened = await openCard(item.payload, item.sServer, {
        card: item.card,
        place,
        record0: epochs.record(0).hash,
        epochSecret: openedSecret(epoch),
        authorSignPk: partyOf(epoch.record, item.party).sign,
      });
      opening.add(item.party);
      chain.checkSeen(event.seq, opened.message.seenSeq, opened.message.seenHead);
      const card = await cardOf(item, opened, event.time, epochs, trust);
      if (card.own && withdrawn.has(card.card)) {
        throw new BadConsent("the service released a card of ours whose consent it had confirmed as withdrawn");
      }
      verified.push([item, card]);
    } catch (error) {
      if (error instanceof Fork) {
        throw error;
      }
      if (error instanceof SwappedPrekey) {
        return { shown: [], refused: [error.name] };
      }
      // A fault of this package must not take the other cards of the release with it.
      refused.push(ruleOf(error));
    }
  }
  try {
    chain.checkExchange(opening);
  } catch (error) {
    return { shown: [], refused: verified.length > 0 ? [...refused, ruleOf(error)] : refused };
  }
  return taken(verified, event, chain, refused);
}

const ruleOf = (error: unknown): string => (error instanceof E2EEError ? error.name : "BadCard");

/** Shows the cards whose ids were not used before; the others are refused. */
function taken(
  verified: readonly (readonly [ReleasedCard, RevealedCard])[],
  event: LogEvent,
  chain: ThreadChain,
  before: readonly string[],
): OpenedRelease {
  const shown: RevealedCard[] = [];
  const refused = [...before];
  for (const [item, card] of verified) {
    try {
      chain.takeCard(event.seq, item);
      shown.push(card);
    } catch (error) {
      refused.push(ruleOf(error));
    }
  }
  return { shown, refused };
}

async function cardOf(
  item: ReleasedCard,
  opened: OpenedCard,
  at: number,
  epochs: Epochs,
  trust: Trust,
): Promise<RevealedCard> {
  const own = item.party === epochs.side.party;
  if (own && !(await epochs.side.keys.hasIdentity(opened.identityPublic))) {
    throw new BadCard("a card of our side is bound by an identity that is not our mailbox's");
  }
  return {
    card: toBase64<16>(item.card),
    party: item.party,
    own,
    fields: { ...opened.fields },
    attested: await attested(opened, at, trust),
  };
}

/** The attested claims that are text, valid when the cards appeared; null where nothing is. @throws BadAttestation */
async function attested(opened: OpenedCard, at: number, trust: Trust): Promise<Record<string, string> | null> {
  if (opened.attestation === null || trust.platformKey === null) {
    return null;
  }
  const key = fromBase64<SignPublic>(trust.platformKey);
  const nowS = Math.floor(at / 1_000);
  const claims = await verifyAttestation(
    opened.attestation,
    key,
    trust.attestationAudience,
    nowS,
    opened.identityPublic,
  );
  return textsOf(claims);
}
