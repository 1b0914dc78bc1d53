/** What a reader pays for each message, in units of the one signature check that nobody can do without; and for a record. */

import { expect, test, vi } from "vitest";

import {
  HASH,
  type Hash,
  ID,
  type Id,
  KEM_PUBLIC,
  type KemPublic,
  NOTHING,
  SECRET,
  type Secret,
  SIGN_PUBLIC,
} from "./bytes.ts";
import { encodeText } from "./content.ts";
import { draw, systemEntropy } from "./entropy.ts";
import { GrowingRoster } from "./growing-roster.ts";
import type { Identity } from "./mailbox.ts";
import { header, openMessage, sealMessage } from "./message.ts";
import { makeCreate, makeRotate, replay } from "./roster.ts";
import type { RosterRecord } from "./roster-record.ts";
import { checkNext } from "./roster-rules.ts";
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

test("a record of a long roster is looked at as fast as one of a short one", () => {
  const [mailbox, seat] = [draw<Id>(systemEntropy, ID), draw<Id>(systemEntropy, ID)];
  const [signPk, kemPk] = [draw(systemEntropy, SIGN_PUBLIC), draw(systemEntropy, KEM_PUBLIC)];
  const record = (index: number, prevHash: Hash): RosterRecord => ({
    mailbox,
    index,
    prevHash,
    kind: index === 0 ? "create" : "rotate",
    seat,
    signPk,
    kemPk,
    role: "mayor",
    admin: true,
    g: index,
    identitySign: draw(systemEntropy, SIGN_PUBLIC),
    identityKem: draw(systemEntropy, KEM_PUBLIC),
    sc: draw(systemEntropy, HASH),
    signer: seat,
    encoded: NOTHING,
    hash: draw(systemEntropy, HASH),
  });
  const grown = (length: number): readonly number[] => {
    const roster = GrowingRoster.created(record(0, draw(systemEntropy, HASH)));
    const took: number[] = [];
    while (roster.length < length) {
      const next = record(roster.length, roster.head);
      const begun = performance.now();
      checkNext(roster, next);
      roster.add(next);
      took.push(performance.now() - begun);
    }
    return took;
  };
  grown(400);
  const took = grown(1_000);

  // The shortest of many at each end, which no other work on the machine made longer.
  expect(Math.min(...took.slice(-100)) / Math.min(...took.slice(0, 30))).toBeLessThan(3);
});

const identityAndCheck = async (): Promise<{ identity: Identity; sc: Hash }> => ({
  identity: {
    sign: await SigningKey.fromSeed(draw(systemEntropy, SECRET)),
    kem: { public: draw(systemEntropy, KEM_PUBLIC) } as Identity["kem"],
  },
  sc: draw(systemEntropy, HASH),
});

test("a roster is replayed without a copy for each record", async () => {
  const [mailbox, seat] = [draw<Id>(systemEntropy, ID), draw<Id>(systemEntropy, ID)];
  const sign = await SigningKey.fromSeed(draw(systemEntropy, SECRET));
  const kemPk: KemPublic = draw(systemEntropy, KEM_PUBLIC);
  const records = [await makeCreate({ mailbox, seat, sign, kemPk, role: "mayor", ...(await identityAndCheck()) })];
  while (records.length < 6) {
    const state = await replay(records, mailbox);
    records.push(await makeRotate(state, { ...(await identityAndCheck()), signer: seat, signerKey: sign }));
  }
  const [taken, given] = [vi.spyOn(GrowingRoster, "after"), vi.spyOn(GrowingRoster.prototype, "whole")];

  expect(await replay(records, mailbox)).toHaveProperty("g", 5);
  expect([taken.mock.calls.length, given.mock.calls.length]).toEqual([0, 1]);
});

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
