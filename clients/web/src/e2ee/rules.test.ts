/** Rules that no frozen vector tells from the others that stand beside them: each is broken here alone. */

import { describe, expect, test } from "vitest";

import { seatKeys, type SeatKeyPair } from "./account.ts";
import { thumbprint, verifyAttestation } from "./attestation.ts";
import { type Bytes, type Hash, ID, type Id, NOTHING, SECRET, type SignPublic } from "./bytes.ts";
import { head0 } from "./chain.ts";
import { ascii, frame, u32, utf8 } from "./encoding.ts";
import { draw, systemEntropy } from "./entropy.ts";
import { makeFirst, makeRotation, verifyFirst, verifyRotation } from "./epoch.ts";
import {
  BadAttestation,
  BadCard,
  BadChain,
  BadKey,
  BadRecord,
  BadRoster,
  BadSeal,
  BadSeed,
  BadStamp,
  WrongHeader,
} from "./errors.ts";
import { nextGeneration, openGenerations } from "./generations.ts";
import { toBase64Url } from "./jwt.ts";
import { headAfter } from "./log-extent.ts";
import { identity, newSeed, seedCheck } from "./mailbox.ts";
import { derive, type Pseudonym, threadSlot } from "./pseudonym.ts";
import { apply, makeAdmit, makeCreate, makeRemove, makeRotate, replay, type RosterState } from "./roster.ts";
import { parseSigned, signRecord } from "./roster-record.ts";
import { SigningKey } from "./signing.ts";
import { keyId, leafHash, verifyProof } from "./stamp.ts";
import { sha256 } from "./suite.ts";
import { raw } from "./testing/conversation.ts";
import { make } from "./testing/conversation-make.ts";
import { ThreadChain } from "./thread-log.ts";

const newId = (): Id => draw(systemEntropy, ID);
const SEED = newSeed(systemEntropy);
const pseudonym = (n: number): Promise<Pseudonym> => derive(SEED, threadSlot(THREAD, n));
const THREAD = newId();
const HEAD: Hash = sha256(THREAD);

interface Founded {
  readonly box: Id;
  readonly seat: Id;
  readonly keys: SeatKeyPair;
  readonly records: Bytes[];
  readonly state: RosterState;
}

async function founded(): Promise<Founded> {
  const [box, seat] = [newId(), newId()];
  const keys = await seatKeys(draw(systemEntropy, SECRET), box);
  const first = await makeCreate({
    mailbox: box,
    seat,
    sign: keys.sign,
    kemPk: keys.kem.public,
    role: "secretary",
    identity: await identity(SEED, box, 0),
    sc: seedCheck(SEED, box, 0),
  });
  return { box, seat, keys, records: [first], state: await apply(null, first) };
}

describe("a roster", () => {
  test("keeps an administrator, whoever signs", async () => {
    const { box, seat, keys, state } = await founded();
    const other = await seatKeys(draw(systemEntropy, SECRET), box);
    const admitted = { seat: newId(), signPk: other.sign.public, kemPk: other.kem.public, role: "mayor", admin: false };
    const both = await apply(state, await makeAdmit(state, { ...admitted, signer: seat, signerKey: keys.sign }));
    const removal = await makeRemove(both, { seat, signer: seat, signerKey: keys.sign });
    await expect(apply(both, removal)).rejects.toThrow(BadRoster);
  });

  test("does not give a seat another role by the way", async () => {
    const { box, seat, keys, state } = await founded();
    const seed = newSeed(systemEntropy);
    const next = { identity: await identity(seed, box, 1), sc: seedCheck(seed, box, 1) };
    const [record] = parseSigned(await makeRotate(state, { ...next, signer: seat, signerKey: keys.sign }));
    await expect(apply(state, await signRecord({ ...record, role: "mayor" }, keys.sign))).rejects.toThrow(BadRoster);
    await expect(apply(state, await signRecord(record, keys.sign))).resolves.toHaveProperty("g", 1);
  });

  test("renews each key and the check, of any generation, and is replayed at once as it is applied", async () => {
    const { box, seat, keys, records, state } = await founded();
    let [last, seed] = [state, SEED];
    for (let g = 1; g < 4; g++) {
      const { seed: following, identity: made, sc } = await nextGeneration(last, seed, systemEntropy);
      const rotate = await makeRotate(last, { identity: made, sc, signer: seat, signerKey: keys.sign });
      const [record] = parseSigned(rotate);
      for (const { identitySign, identityKem, sc: check } of last.generations) {
        for (const old of [{ identitySign }, { identityKem }, { sc: check }]) {
          await expect(apply(last, await signRecord({ ...record, ...old }, keys.sign))).rejects.toThrow(BadRoster);
        }
      }
      records.push(rotate);
      [last, seed] = [await apply(last, rotate), following];
    }
    expect(await replay(records, box)).toEqual(last);
    expect(state.generations).toHaveLength(1);
  });

  test("gives all generations where a prev is garbage, only with a wrap of one's own", async () => {
    const { box, seat, keys, records, state } = await founded();
    const { seed, prev, ...next } = await nextGeneration(state, SEED, systemEntropy);
    const rotated = await replay(
      [...records, await makeRotate(state, { ...next, signer: seat, signerKey: keys.sign })],
      box,
    );
    const garbage = new Map([[1, prev.toReversed()]]);
    await expect(openGenerations(rotated, seed, garbage)).rejects.toThrow(BadSeal);
    await expect(openGenerations(rotated, seed, garbage, new Map([[0, seed]]))).rejects.toThrow(BadSeed);
    expect([...(await openGenerations(rotated, seed, garbage, new Map([[0, SEED]]))).keys()]).toEqual([1, 0]);
  });
});

describe("an epoch record", () => {
  test("has two keys for two parties, of either sort", async () => {
    const [zero, one] = [await pseudonym(0), await pseudonym(1)];
    for (const recipient of [
      { sign: zero.public.sign, kem: one.public.kem },
      { sign: one.public.sign, kem: zero.public.kem },
    ]) {
      const made = { thread: THREAD, head0: HEAD, initiator: zero, recipient, entropy: systemEntropy };
      const { signed } = await makeFirst(made);
      await expect(verifyFirst(signed, { thread: THREAD, head0: HEAD })).rejects.toThrow(BadRecord);
    }
  });

  test("renews both keys of its maker", async () => {
    const [zero, one, fresh] = [await pseudonym(0), await pseudonym(1), await pseudonym(2)];
    const first = { thread: THREAD, head0: HEAD, initiator: zero, recipient: one.public, entropy: systemEntropy };
    const { record } = await makeFirst(first);
    for (const kept of ["sign", "kem"] as const) {
      const renewed = { ...fresh, [kept]: zero[kept], public: { ...fresh.public, [kept]: zero.public[kept] } };
      const made = { party: 0, old: zero, new: renewed, threadHead: HEAD, entropy: systemEntropy };
      const { signed } = await makeRotation(record, made);
      await expect(verifyRotation(record, signed, { party: 0, reset: false })).rejects.toThrow(BadRecord);
    }
  });

  test("is not wrapped to a key that nobody can open", async () => {
    const [zero, one] = [await pseudonym(0), await pseudonym(1)];
    const recipient = { sign: one.public.sign, kem: one.public.kem.map((byte, at) => (at < 1184 ? byte : 0)) };
    const made = { thread: THREAD, head0: HEAD, initiator: zero, recipient, entropy: systemEntropy };
    await expect(makeFirst(made as Parameters<typeof makeFirst>[0])).rejects.toThrow(BadKey);
  });
});

describe("a log", () => {
  test("begins with its epoch record, or is not read at all", async () => {
    const stamp = await SigningKey.fromSeed(draw(systemEntropy, SECRET));
    const event = { seq: 1, time: 1, kind: "message", party: 0, payload: NOTHING };
    const head = headAfter({ ...event, proof: NOTHING }, head0(THREAD, THREAD));
    const named = keyId(stamp.public);
    const signature = await stamp.sign(frame("pli1/stamp", named, leafHash(THREAD, 1, head)));
    const proof = frame("pli1/proof", named, u32(0), u32(1), NOTHING, signature);
    const log = new ThreadChain({ service: THREAD, thread: THREAD, stampPublic: stamp.public });
    await expect(log.verifyRange([{ ...event, proof }])).rejects.toThrow(BadChain);
    expect(log.seq).toBe(0);
  });

  test("has cards from the service alone, and no message for a card", async () => {
    const { thread } = (await make()).made;
    const events = thread.events.map((each) => ({ ...each, payload: raw(each.payload), proof: raw(each.proof) }));
    const [service, id, stampPublic] = [raw<Id>(thread.service), raw<Id>(thread.thread), raw<SignPublic>(thread.stamp)];
    const log = new ThreadChain({ service, thread: id, stampPublic });
    await log.verifyRange(events);
    const release = events.find(({ kind }) => kind === "released");
    const message = events.find(({ kind }) => kind === "message");
    if (release === undefined || message === undefined) throw new TypeError("the conversation has neither");
    const [card] = log.checkRelease(release);
    if (card === undefined) throw new TypeError("the release has no card");
    expect(log.cardPlace(card).epoch).toBe(1);
    expect(() => log.checkRelease({ ...release, party: 0 })).toThrow(BadCard);
    expect(() => log.cardPlace({ ...card, payload: message.payload })).toThrow(WrongHeader);
  });

  test("takes ranges that are given at once one after the other, each whole or not at all", async () => {
    const { thread } = (await make()).made;
    const events = thread.events.map((each) => ({ ...each, payload: raw(each.payload), proof: raw(each.proof) }));
    const [service, id, stampPublic] = [raw<Id>(thread.service), raw<Id>(thread.thread), raw<SignPublic>(thread.stamp)];
    const log = new ThreadChain({ service, thread: id, stampPublic });
    const halves = [events.slice(0, 3), events.slice(4), events.slice(3)];
    const taken = await Promise.allSettled(halves.map((half) => log.verifyRange(half)));
    expect(taken.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(log.seq).toBe(events.length);
  });
});

test("a stamp's leaf stands in its tree", async () => {
  const stamp = await SigningKey.fromSeed(draw(systemEntropy, SECRET));
  const named = keyId(stamp.public);
  const signature = await stamp.sign(frame("pli1/stamp", named, leafHash(THREAD, 1, HEAD)));
  const proof = (index: number): Bytes => frame("pli1/proof", named, u32(index), u32(1), NOTHING, signature);
  await verifyProof(proof(0), stamp.public, THREAD, 1, HEAD);
  await expect(verifyProof(proof(1), stamp.public, THREAD, 1, HEAD)).rejects.toThrow(BadStamp);
});

test("an attestation ends after it began", async () => {
  const platform = await SigningKey.fromSeed(draw(systemEntropy, SECRET));
  const attested = async (iat: number, exp: number): Promise<string> => {
    const claims = { aud: "x", iat, exp, cnf: { jkt: thumbprint(platform.public) } };
    const parts = [{ typ: "pli-attest+jwt", alg: "EdDSA" }, claims].map((part) =>
      toBase64Url(utf8(JSON.stringify(part))),
    );
    return [...parts, toBase64Url(await platform.sign(ascii(parts.join("."))))].join(".");
  };
  const verified = (jwt: string): Promise<unknown> =>
    verifyAttestation(jwt, platform.public, "x", 1000, platform.public);
  await expect(verified(await attested(1000, 1001))).resolves.toBeDefined();
  await expect(verified(await attested(1002, 1001))).rejects.toThrow(BadAttestation);
});
