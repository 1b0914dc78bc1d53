/** Everybody of a conversation, with fresh randomness, as `tests/web/conversation.py` plays them. */

import { seatKeys } from "../account.ts";
import { thumbprint } from "../attestation.ts";
import { type Bytes, type Hash, hex, ID, type Id, NOTHING, SECRET, type Secret } from "../bytes.ts";
import { type CardFields, sealCard } from "../card.ts";
import { digest, head0, nextHead } from "../chain.ts";
import { encodeText } from "../content.ts";
import { encodeNote } from "../desk.ts";
import { ascii, frame, u32, u8, utf8 } from "../encoding.ts";
import { draw, systemEntropy } from "../entropy.ts";
import { type EpochRecord, makeFirst, makeRotation, type Opening, type Wraps } from "../epoch.ts";
import { nextGeneration } from "../generations.ts";
import { toBase64Url } from "../jwt.ts";
import { identity, newSeed, sealEntry, seedCheck, wrapSeed } from "../mailbox.ts";
import { header, type Sealing, sealMessage, seatTag } from "../message.ts";
import { makeNotice } from "../notice.ts";
import { derive, ownSignature, prekeySlot, type Pseudonym, threadSlot } from "../pseudonym.ts";
import { newCode, parseCode, recoveryKey } from "../recovery.ts";
import { makeAdmit, makeCreate, makeRotate, replay, type RosterState } from "../roster.ts";
import { SigningKey } from "../signing.ts";
import { keyId, leafHash } from "../stamp.ts";
import { RECOVERY, sealVault, subject, wrapKey } from "../vault.ts";
import { makeReport, WORDS } from "./conversation-report.ts";
import { AUDIENCE, eventOf, type Found, hexes, type Made, type MadeEvent, NOW_S } from "./conversation.ts";

const newId = (): Id => draw(systemEntropy, ID);
const newSecret = (): Secret => draw(systemEntropy, SECRET);
const newKey = (): Promise<SigningKey> => SigningKey.fromSeed(newSecret());

const NOTE = "À rappeler lundi";
const TEXTS = ["Bonjour, « l’étude » est-elle libre ?", "Oui, dès janvier."] as const;
const CARDS = [
  { name: "Maïa Le Goff", email: "maia@example.fr" },
  { name: "Jean Poupart", role: "maire" },
] as const;

interface Person {
  readonly accountSeed: Secret;
  readonly box: Id;
  readonly seat: Id;
  readonly state: RosterState;
  readonly seeds: readonly Secret[];
  readonly seed: Secret;
}

export async function make(): Promise<{ made: Made; expected: Found; epochSecrets: readonly Secret[] }> {
  const { person, mailbox } = await makePerson();
  const [target, index] = [newId(), 3_000_000_000];
  const own = await derive(person.seed, prekeySlot(target, index));
  const { sign } = await identity(person.seed, person.box, 1);
  const talk = await Talk.begin(person, own);
  const asked = await talk.play();
  const prekey = {
    target: hex(target),
    index,
    sign: hex(own.public.sign),
    kem: hex(own.public.kem),
    own: hex(await ownSignature(sign, person.box, own.public)),
  };
  return {
    made: {
      vault: await makeVault(person),
      mailbox,
      prekey,
      thread: talk.made(),
      reported: await talk.report(),
    },
    expected: {
      account_seed: hex(person.accountSeed),
      seeds: hexes(person.seeds),
      note: NOTE,
      texts: TEXTS,
      seats: [hex(person.seat)],
      asked: hex(asked),
      reported: ["payment", WORDS, ...TEXTS],
      cards: [
        { party: 0, fields: CARDS[0], profession: "médecin" },
        { party: 1, fields: CARDS[1], profession: "" },
      ],
    },
    epochSecrets: talk.epochSecrets,
  };
}

async function makePerson(): Promise<{ person: Person; mailbox: Made["mailbox"] }> {
  const [accountSeed, box, seat, signer] = [newSecret(), newId(), newId(), newId()];
  const founder = await seatKeys(newSecret(), box);
  const keys = await seatKeys(accountSeed, box);
  const first = newSeed(systemEntropy);
  const records = [
    await makeCreate({
      mailbox: box,
      seat: signer,
      sign: founder.sign,
      kemPk: founder.kem.public,
      role: "secretary",
      identity: await identity(first, box, 0),
      sc: seedCheck(first, box, 0),
    }),
  ];
  const admitted = { seat, signPk: keys.sign.public, kemPk: keys.kem.public, role: "mayor", admin: true };
  const signing = { signer, signerKey: founder.sign };
  records.push(await makeAdmit(await replay(records, box), { ...admitted, ...signing }));
  const before = await replay(records, box);
  const { seed, prev, ...next } = await nextGeneration(before, first, systemEntropy);
  records.push(await makeRotate(before, { ...next, ...signing }));
  const state = await replay(records, box);
  const entry = newId();
  const mailbox = {
    id: hex(box),
    seat: hex(seat),
    records: hexes(records),
    wrap: hex(await wrapSeed(seed, keys.kem.public, box, 1, seat, state.head)),
    prevs: [hex(prev)],
    entry: hex(entry),
    blob: hex(await sealEntry(seed, box, 1, entry, encodeNote(newId(), NOTE), systemEntropy)),
  };
  return { person: { accountSeed, box, seat, state, seeds: [first, seed], seed }, mailbox };
}

async function makeVault({ accountSeed, box, state }: Person): Promise<Made["vault"]> {
  const [account, wrapId, vk, code] = [newId(), newId(), newSecret(), newCode(systemEntropy)];
  const about = subject("roster", box);
  const vault = {
    accountSeed,
    pins: new Map([[about, state.root]]),
    checkpoints: new Map([[about, { position: state.index, head: state.head }]]),
  };
  const key = recoveryKey(parseCode(code), account);
  return {
    account: hex(account),
    version: 7,
    blob: hex(await sealVault(vault, vk, account, 7, systemEntropy)),
    wrap_id: hex(wrapId),
    wrap: hex(await wrapKey(vk, key, account, RECOVERY, wrapId, systemEntropy)),
    code,
  };
}

/** The service: orders and stamps, one event a commit. */
class Log {
  readonly service = newId();
  readonly thread = newId();
  readonly stamp: SigningKey;
  readonly events: MadeEvent[] = [];
  readonly heads: Hash[] = [];
  head: Hash = head0(this.service, this.thread);

  constructor(stamp: SigningKey) {
    this.stamp = stamp;
  }

  async append(kind: string, party: number, payload: Bytes): Promise<void> {
    const seq = this.events.length + 1;
    const time = NOW_S * 1000 + this.events.length;
    this.heads.push(this.head);
    this.head = nextHead(this.head, seq, time, kind, party, digest(kind, party, payload));
    const named = keyId(this.stamp.public);
    const signature = await this.stamp.sign(frame("pli1/stamp", named, leafHash(this.thread, seq, this.head)));
    const proof = frame("pli1/proof", named, u32(0), u32(1), NOTHING, signature);
    this.events.push({ seq, time, kind, party, payload: hex(payload), proof: hex(proof) });
  }
}

/** Both sides of the thread: the peer opens it as party 0, the person answers as party 1. */
class Talk {
  readonly #person: Person;
  readonly #log: Log;
  readonly #platform: SigningKey;
  readonly #peer: { readonly box: Id; readonly seed: Secret };
  readonly #record0: Hash;
  readonly #wraps: Wraps[];
  readonly epochSecrets: Secret[];
  readonly #records: EpochRecord[];
  #sides: readonly [Pseudonym, Pseudonym];
  #opening: Opening;

  private constructor(
    person: Person,
    log: Log,
    platform: SigningKey,
    peer: { box: Id; seed: Secret },
    sides: readonly [Pseudonym, Pseudonym],
    opening: Opening,
  ) {
    this.#person = person;
    this.#log = log;
    this.#platform = platform;
    this.#peer = peer;
    this.#sides = sides;
    this.#opening = opening;
    this.#record0 = opening.record.hash;
    this.#wraps = [opening.wraps];
    this.epochSecrets = [opening.epochSecret];
    this.#records = [opening.record];
  }

  static async begin(person: Person, own: Pseudonym): Promise<Talk> {
    const log = new Log(await newKey());
    const peer = { box: newId(), seed: newSeed(systemEntropy) };
    const initiator = await derive(peer.seed, threadSlot(log.thread, 0));
    const opening = await makeFirst({
      thread: log.thread,
      head0: log.head,
      initiator,
      recipient: own.public,
      entropy: systemEntropy,
    });
    return new Talk(person, log, await newKey(), peer, [initiator, own], opening);
  }

  /** Returns the id of the notice. */
  async play(): Promise<Id> {
    await this.#log.append("epoch", 0, this.#opening.signed);
    await this.#say(0, TEXTS[0]);
    await this.#renew();
    await this.#say(1, TEXTS[1]);
    const asked = await this.#ask();
    await this.#show();
    return asked;
  }

  #header(kind: string, party: number): Bytes {
    const { thread, n, hash } = this.#opening.record;
    return header(kind, thread, n, hash, party, newId());
  }

  #sealing(party: 0 | 1): Sealing {
    const { seed, seat, state } = this.#person;
    return {
      epochSecret: this.#opening.epochSecret,
      signing: this.#sides[party].sign,
      seenSeq: this.#log.events.length,
      seenHead: this.#log.head,
      tag: (headerBytes, salt) =>
        party === 1
          ? seatTag(seed, headerBytes, salt, seat, state.head)
          : seatTag(this.#peer.seed, headerBytes, salt, newId(), state.root),
      entropy: systemEntropy,
    };
  }

  async #say(party: 0 | 1, text: string): Promise<void> {
    const payload = await sealMessage(this.#header("text", party), encodeText(text), this.#sealing(party));
    await this.#log.append("message", party, payload);
  }

  async #renew(): Promise<void> {
    const { record } = this.#opening;
    const renewed = await derive(this.#person.seed, threadSlot(record.thread, record.n + 1));
    this.#opening = await makeRotation(record, {
      party: 1,
      old: this.#sides[1],
      new: renewed,
      threadHead: this.#log.head,
      entropy: systemEntropy,
    });
    this.#sides = [this.#sides[0], renewed];
    this.#wraps.push(this.#opening.wraps);
    this.epochSecrets.push(this.#opening.epochSecret);
    this.#records.push(this.#opening.record);
    await this.#log.append("epoch", 1, this.#opening.signed);
  }

  async #ask(): Promise<Id> {
    const { thread, hash } = this.#opening.record;
    const said = { kind: "asked", thread, recordHash: hash, party: 0, id: newId(), reason: null } as const;
    const seen = { seenSeq: this.#log.events.length, seenHead: this.#log.head };
    await this.#log.append("asked", 0, await makeNotice({ ...said, ...seen }, this.#sides[0].sign));
    return said.id;
  }

  async #show(): Promise<void> {
    const theirs = (await identity(this.#peer.seed, this.#peer.box, 0)).sign;
    const mine = (await identity(this.#person.seed, this.#person.box, 1)).sign;
    const items = [
      await this.#card(0, CARDS[0], theirs, await this.#attest(theirs)),
      await this.#card(1, CARDS[1], mine, ""),
    ];
    await this.#log.append("released", 255, frame("pli1/released", ...items));
  }

  async #card(party: 0 | 1, fields: CardFields, signing: SigningKey, attestation: string): Promise<Bytes> {
    const sealing = { ...this.#sealing(party), record0: this.#record0, identity: signing, attestation };
    const sealed = await sealCard(this.#header("card", party), fields, sealing);
    return frame("pli1/released-card", u8(party), sealed.card, sealed.payload, sealed.sServer);
  }

  async #attest(signing: SigningKey): Promise<string> {
    const claims = {
      aud: AUDIENCE,
      iat: NOW_S - 60,
      exp: NOW_S + 86_400,
      profession: "médecin",
      cnf: { jkt: thumbprint(signing.public) },
    };
    const parts = [{ typ: "pli-attest+jwt", alg: "EdDSA" }, claims].map((part) =>
      toBase64Url(utf8(JSON.stringify(part))),
    );
    const signature = await this.#platform.sign(ascii(parts.join(".")));
    return [...parts, toBase64Url(signature)].join(".");
  }

  /** The person shows moderators what both sides wrote. */
  report(): Promise<Made["reported"]> {
    const log = this.#log;
    const epochs = this.#records.flatMap((record, n) => {
      const secret = this.epochSecrets[n];
      return secret === undefined ? [] : [{ record, secret }];
    });
    const known = { service: log.service, events: log.events.map(eventOf), heads: [...log.heads, log.head], epochs };
    return makeReport(known, this.#sides[1].sign);
  }

  made(): Made["thread"] {
    return {
      service: hex(this.#log.service),
      thread: hex(this.#log.thread),
      stamp: hex(this.#log.stamp.public),
      platform: hex(this.#platform.public),
      wraps: this.#wraps.map(([zero, one]) => [hex(zero), hex(one)]),
      events: this.#log.events,
    };
  }
}
