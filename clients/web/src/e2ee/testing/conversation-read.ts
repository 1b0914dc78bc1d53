/** The person of a made conversation on a new device, with the recovery code and what the service keeps. */

import { seatKeys } from "../account.ts";
import { verifyAttestation } from "../attestation.ts";
import { type Bytes, hex, type Id, type Secret, type SignPublic } from "../bytes.ts";
import { openCard } from "../card.ts";
import { decodeContent } from "../content.ts";
import { decodeDesk } from "../desk.ts";
import { openEpoch, partyOf } from "../epoch.ts";
import { openGenerations } from "../generations.ts";
import { openEntry, openSeed } from "../mailbox.ts";
import { openMessage, openSeatTag, parsePayload, type Place } from "../message.ts";
import { derive, prekeySlot, type Pseudonym, samePseudonym, threadSlot, verifyOwn } from "../pseudonym.ts";
import { parseCode, recoveryKey } from "../recovery.ts";
import type { ReleasedCard } from "../release.ts";
import { replay, type RosterState } from "../roster.ts";
import { type LogEvent, ThreadChain } from "../thread-log.ts";
import { openVault, RECOVERY, unwrapKey } from "../vault.ts";
import { readReport } from "./conversation-report.ts";
import { AUDIENCE, eventOf, type Found, hexes, type Made, raw } from "./conversation.ts";

interface Person {
  readonly box: Id;
  readonly state: RosterState;
  readonly seeds: ReadonlyMap<number, Secret>;
  readonly seed: Secret;
}

function must<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new TypeError(`there is no ${what}`);
  return value;
}

export async function read(made: Made): Promise<Found> {
  const accountSeed = await openedVault(made.vault);
  const person = await openedMailbox(made.mailbox, accountSeed);
  const { entry, blob } = made.mailbox;
  const note = decodeDesk(await openEntry(person.seed, person.box, 1, raw(entry), raw(blob)));
  const seeds = [...person.seeds].sort(([one], [other]) => one - other).map(([, seed]) => seed);
  return {
    account_seed: hex(accountSeed),
    seeds: hexes(seeds),
    note: note.kind === "Note" ? note.text : "",
    ...(await readThread(made.thread, person, await prekey(made.prekey, person))),
    reported: await readReport(made.reported, made.thread, made.thread.events.map(eventOf)),
  };
}

async function openedVault(kept: Made["vault"]): Promise<Secret> {
  const account = raw<Id>(kept.account);
  const key = recoveryKey(parseCode(kept.code), account);
  const vk = await unwrapKey(raw(kept.wrap), key, account, RECOVERY, raw(kept.wrap_id));
  return (await openVault(raw(kept.blob), vk, account, kept.version, 0)).accountSeed;
}

async function openedMailbox(kept: Made["mailbox"], accountSeed: Secret): Promise<Person> {
  const [box, seat] = [raw<Id>(kept.id), raw<Id>(kept.seat)];
  const keys = await seatKeys(accountSeed, box);
  const state = await replay(kept.records.map(raw<Bytes>), box);
  const seed = await openSeed(keys.kem, raw(kept.wrap), box, state.g, seat, state.head, state.generation.sc);
  const prevs = new Map(kept.prevs.map((prev, index) => [index + 1, raw(prev)]));
  return { box, state, seed, seeds: await openGenerations(state, seed, prevs) };
}

async function prekey(kept: Made["prekey"], person: Person): Promise<Pseudonym> {
  const found = await derive(person.seed, prekeySlot(raw(kept.target), kept.index));
  if (!samePseudonym(found.public, { sign: raw(kept.sign), kem: raw(kept.kem) })) throw new TypeError("another prekey");
  const { sign, kem } = found.public;
  await verifyOwn(person.state.generation.identitySign, person.box, sign, kem, raw(kept.own));
  return found;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

type FoundInThread = Pick<Found, "texts" | "seats" | "asked" | "cards">;

async function readThread(kept: Made["thread"], person: Person, first: Pseudonym): Promise<FoundInThread> {
  const thread = raw<Id>(kept.thread);
  const platform = { public: raw<SignPublic>(kept.platform), audience: AUDIENCE };
  const log = new ThreadChain({
    service: raw(kept.service),
    thread,
    stampPublic: raw(kept.stamp),
    recipient: first.public,
    platform,
  });
  const events = kept.events.map(eventOf);
  await log.verifyRange(events);
  const own = [first, await derive(person.seed, threadSlot(thread, 1))];
  const secrets: Secret[] = [];
  for (const [n, record] of log.records.entries()) {
    const [zero, one] = must(kept.wraps[n], "wraps");
    secrets.push(await openEpoch(record, [raw(zero), raw(one)], 1, must(own[n], "pseudonym").kem));
  }
  return new Reader(log, secrets, person, platform.public).read(events);
}

class Reader {
  readonly #platform: SignPublic;
  readonly #log: ThreadChain;
  readonly #secrets: readonly Secret[];
  readonly #person: Person;
  readonly #texts: string[] = [];
  readonly #seats: string[] = [];
  #asked = "";
  #cards: Found["cards"] = [];

  constructor(log: ThreadChain, secrets: readonly Secret[], person: Person, platform: SignPublic) {
    this.#log = log;
    this.#secrets = secrets;
    this.#person = person;
    this.#platform = platform;
  }

  async read(events: readonly LogEvent[]): Promise<FoundInThread> {
    for (const event of events) {
      if (event.kind === "message") await this.#message(event);
      if (event.kind === "asked") await this.#notice(event);
      if (event.kind === "released") {
        const cards = this.#log.checkRelease(event);
        this.#cards = await Promise.all(cards.map((each) => this.#card(event, each)));
      }
    }
    return { texts: this.#texts, seats: this.#seats, asked: this.#asked, cards: this.#cards };
  }

  #author(place: Place): Bytes {
    return partyOf(must(this.#log.records[place.epoch], "record"), place.party).sign;
  }

  #secret(place: Place): Secret {
    return must(this.#secrets[place.epoch], "secret");
  }

  async #message(event: LogEvent): Promise<void> {
    const place = this.#log.checkMessage(event);
    const opened = await openMessage(event.payload, this.#secret(place), this.#author(place), place);
    this.#log.checkSeen(event.seq, opened.seenSeq, opened.seenHead);
    this.#log.takeMessage(event);
    const content = decodeContent(opened.content);
    if (content.kind === "Text") this.#texts.push(content.text);
    if (event.party !== 1) return;
    const { headerBytes, salt } = parsePayload(event.payload);
    const { seat, rosterHead } = await openSeatTag(this.#person.seed, headerBytes, salt, opened.tag);
    if (this.#person.state.wasSeated(seat, rosterHead)) this.#seats.push(hex(seat));
  }

  async #notice(event: LogEvent): Promise<void> {
    const said = await this.#log.checkNotice(event);
    this.#log.checkSeen(event.seq, said.seenSeq, said.seenHead);
    this.#log.takeNotice(event.seq, said);
    this.#asked = hex(said.id);
  }

  async #card(event: LogEvent, released: ReleasedCard): Promise<Found["cards"][number]> {
    const place = this.#log.cardPlace(released);
    const opened = await openCard(released.payload, released.sServer, {
      card: released.card,
      place,
      record0: must(this.#log.records[0], "record 0").hash,
      epochSecret: this.#secret(place),
      authorSignPk: this.#author(place),
    });
    this.#log.checkSeen(event.seq, opened.message.seenSeq, opened.message.seenHead);
    this.#log.takeCard(event.seq, released);
    if (opened.attestation === null) return { party: released.party, fields: opened.fields, profession: "" };
    const now = Math.floor(event.time / 1000);
    const claims = await verifyAttestation(opened.attestation, this.#platform, AUDIENCE, now, opened.identityPublic);
    return { party: released.party, fields: opened.fields, profession: textOf(claims["profession"]) };
  }
}
