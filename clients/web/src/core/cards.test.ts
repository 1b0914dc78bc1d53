import { expect, test } from "vitest";

import { type Id, type Secret, type SignPublic } from "../e2ee/bytes.ts";
import { BadRecord } from "../e2ee/errors.ts";
import type { ReleasedCard } from "../e2ee/release.ts";
import { raw } from "../e2ee/testing/conversation.ts";
import { make } from "../e2ee/testing/conversation-make.ts";
import { type LogEvent, ThreadChain } from "../e2ee/thread-log.ts";
import { type OpenedRelease, openRelease } from "./cards.ts";
import type { Epochs } from "./epochs.ts";
import type { Trust } from "./trust.ts";

/** The reader is party 1; `gone`: the key of the cards' epoch is no longer kept. */
interface Scene {
  readonly cards: readonly [ReleasedCard, ReleasedCard];
  readonly open: (released: readonly ReleasedCard[], gone?: boolean) => Promise<OpenedRelease>;
}

async function scene(): Promise<Scene> {
  const { made, epochSecrets } = await make();
  const { thread } = made;
  const events = thread.events.map((each): LogEvent => ({
    ...each,
    payload: raw(each.payload),
    proof: raw(each.proof),
  }));
  const [service, id, stampPublic] = [raw<Id>(thread.service), raw<Id>(thread.thread), raw<SignPublic>(thread.stamp)];
  const chain = new ThreadChain({ service, thread: id, stampPublic });
  await chain.verifyRange(events);
  const event = events.find(({ kind }) => kind === "released");
  const [one, other] = event === undefined ? [] : chain.checkRelease(event);
  if (event === undefined || one === undefined || other === undefined) throw new TypeError("no release");
  const trust = { platformKey: null, attestationAudience: "" } as Partial<Trust> as Trust;
  return {
    cards: [one, other],
    open: (released, gone = false) => {
      const secrets: (Secret | BadRecord)[] = epochSecrets.map((each) => (gone ? new BadRecord("gone") : each));
      const epochs = {
        side: { party: 1, keys: { hasIdentity: () => Promise.resolve(true) } },
        record: (n: number) => chain.records[n],
        at: (n: number) => Promise.resolve({ record: chain.records[n], secret: secrets[n] }),
      };
      return openRelease(released, event, epochs as unknown as Epochs, chain, trust, new Set());
    },
  };
}

test("cards of both sides are shown", async () => {
  const { cards, open } = await scene();
  const { shown, refused } = await open(cards);
  expect(shown.map(({ party, own }) => [party, own])).toEqual([
    [0, false],
    [1, true],
  ]);
  expect(refused).toEqual([]);
});

test("cards of one side alone are not: the service broke the exchange", async () => {
  const { cards, open } = await scene();
  const [theirs, ours] = cards;
  const swapped = { ...ours, sServer: theirs.sServer };
  expect(await open([theirs])).toEqual({ shown: [], refused: ["BadCard"] });
  expect(await open([ours])).toEqual({ shown: [], refused: ["BadCard"] });
  expect(await open([theirs, swapped])).toEqual({ shown: [], refused: ["BadCard", "BadCard"] });
  // Nothing of them took an id, and what both sides show is shown; a later card of one side then follows.
  expect((await open(cards)).shown).toHaveLength(2);
  expect((await open([theirs])).shown).toHaveLength(1);
});

test("a card whose key is no longer kept counts as one that opened", async () => {
  const { cards, open } = await scene();
  const [theirs, ours] = cards;
  expect(await open([ours], true)).toEqual({ shown: [], refused: ["BadRecord"] });
  expect((await open([theirs])).shown).toHaveLength(0);
  expect(await open([theirs, ours], true)).toEqual({ shown: [], refused: ["BadRecord", "BadRecord"] });
  expect((await open([theirs])).shown).toHaveLength(1);
});
