/** What a reader pays for each message, in units of the one signature check that nobody can do without. */

import { expect, test } from "vitest";

import { type Hash, ID, type Id, SECRET, type Secret } from "./bytes.ts";
import { encodeText } from "./content.ts";
import { draw, systemEntropy } from "./entropy.ts";
import { header, openMessage, sealMessage } from "./message.ts";
import { SigningKey, verify } from "./signing.ts";

const RUNS = 60;

/** The shortest of many runs, in ms: what the machine's other work does not change. */
async function shortest(run: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let runs = 0; runs < RUNS; runs++) {
    const begun = performance.now();
    await run();
    best = Math.min(best, performance.now() - begun);
  }
  return best;
}

test("opening a message costs a few times its signature's check, far below 3 ms", async () => {
  const epochSecret = draw(systemEntropy, SECRET);
  const signing = await SigningKey.fromSeed(draw(systemEntropy, SECRET));
  const hash = draw<Secret>(systemEntropy, SECRET) as Secret & Hash;
  const place = { thread: draw<Id>(systemEntropy, ID), epoch: 3, recordHash: hash, party: 0 };
  const said = header("text", place.thread, place.epoch, place.recordHash, place.party, draw(systemEntropy, ID));
  const payload = await sealMessage(said, encodeText("« Bonjour »".repeat(40)), {
    epochSecret,
    signing,
    seenSeq: 7,
    seenHead: hash,
    tag: () => Promise.resolve(new Uint8Array(84)),
    entropy: systemEntropy,
  });
  const signature = await signing.sign(payload);

  const opening = await shortest(() => openMessage(payload, epochSecret, signing.public, place));
  const checking = await shortest(() => verify(signing.public, signature, payload));

  expect(opening / checking).toBeLessThan(12);
  expect(opening).toBeLessThan(20);
});
