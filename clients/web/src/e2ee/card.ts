/**
 * Identity cards: sealed so that neither the server nor the peer can open one before both sides consented.
 *
 * A card is an ordinary encrypted message of kind `card`, whose fields are sealed once more under two shares: s_thread,
 * inside the message, and s_server, which the server keeps in escrow and releases with both sides' consent (SPEC.md
 * section 9). The binding says, under the mailbox's identity, which keys this side saw: a server that had swapped a
 * prekey is found out when the card opens.
 */

import {
  ATTESTATION_SEALED,
  BINDING_SEALED,
  type Bytes,
  concat,
  exactly,
  HASH,
  type Hash,
  ID,
  type Id,
  NOTHING,
  same,
  SECRET,
  type Secret,
  SIGN_PUBLIC,
  SIGNATURE,
  type SignPublic,
  U8,
} from "./bytes.ts";
import { ascii, frame, padValue, readU8, readUtf8, u8, unframe, unpadValue, utf8 } from "./encoding.ts";
import { draw } from "./entropy.ts";
import { BadCard, BadPadding, BadSeal, BadSignature, refusedAs, SwappedPrekey } from "./errors.ts";
import {
  CARD_KIND,
  type Header,
  type OpenedMessage,
  openMessage,
  parseHeader,
  parsePayload,
  type Place,
  type Sealing,
  sealMessage,
} from "./message.ts";
import { type SigningKey, verify } from "./signing.ts";
import { hkdf, openOnce, sealOnce, sha256 } from "./suite.ts";

/** In the order of the bits: bit i of `bits` tells that field i is shown. */
export const FIELDS = ["name", "role", "organisation", "phone", "email"] as const;
export type Field = (typeof FIELDS)[number];
/** What a person agreed to show, and nothing else. */
export type CardFields = Readonly<Partial<Record<Field, string>>>;

const FIELD_BYTES = 256;
const ATTESTATION_BYTES = 2048;

/** What a consent hands to the server: the card's id, its message, the share to keep, and that share's hash. */
export interface SealedCard {
  readonly card: Id;
  readonly bits: number;
  readonly payload: Bytes;
  readonly sServer: Secret;
  readonly cs: Hash;
}

/** A card that verified. Its fields are « déclaré » unless the attestation, which the caller verifies, says them. */
export interface OpenedCard {
  readonly card: Id;
  readonly fields: CardFields;
  /** I_g of the card's mailbox: what an attestation must vouch for. */
  readonly identityPublic: SignPublic;
  readonly attestation: string | null;
  readonly message: OpenedMessage;
}

/** cs: what the card says about the share in escrow; the server checks it before it keeps the share. */
export function escrowCommitment(thread: Id, card: Id, sServer: Secret): Hash {
  exactly(thread, ID, "the thread id");
  exactly(card, ID, "the card id");
  return sha256(frame("pli1/escrow", thread, card, exactly(sServer, SECRET, "the server's share")));
}

/** The bits of a set of fields. Throws BadCard for a field that no card has, or for none at all. */
export function fieldBits(fields: CardFields): number {
  const names: readonly string[] = FIELDS;
  const shown = Object.entries(fields).filter(([, value]) => value !== undefined);
  if (shown.length === 0 || shown.some(([name]) => !names.includes(name))) {
    throw new BadCard("a card shows at least one field, and only those that cards have");
  }
  return shown.reduce((bits, [name]) => bits | (1 << names.indexOf(name)), 0);
}

const bindingOf = (place: Place, record0: Hash, card: Id): Bytes =>
  frame(
    "pli1/binding",
    place.thread,
    exactly(record0, HASH, "R_0"),
    exactly(place.recordHash, HASH, "R_n"),
    u8(place.party),
    card,
  );

/**
 * Seals the consented fields of a card under a header of kind `card` (SPEC.md section 9.2).
 *
 * `record0` is R_0 as this side saw it; `identity` is I_g; `attestation` a JWT or "". The rest is as for `sealMessage`.
 * Throws BadCard, or BadPadding for a field of more than 254 bytes or an attestation of more than 2,046.
 */
export async function sealCard(
  headerBytes: Bytes,
  fields: CardFields,
  sealing: Sealing & { record0: Hash; identity: SigningKey; attestation: string },
): Promise<SealedCard> {
  const place = parseHeader(headerBytes);
  if (place.kind !== CARD_KIND) throw new BadCard("the header is not a card's");
  const { entropy, identity } = sealing;
  const [card, sThread, sServer] = [draw(entropy, ID), draw(entropy, SECRET), draw(entropy, SECRET)];
  const cs = escrowCommitment(place.thread, card, sServer);
  const shares = new Shares(concat(sThread, sServer), place.thread, card);
  const signature = await identity.sign(bindingOf(place, sealing.record0, card));
  const bits = fieldBits(fields);
  const content = frame(
    "pli1/card",
    card,
    u8(bits),
    ...(await Promise.all(FIELDS.map((name) => sealField(shares, name, fields[name])))),
    await shares.seal("binding", frame("pli1/binding-seal", identity.public, signature)),
    await shares.seal("attestation", padValue(utf8(sealing.attestation), ATTESTATION_BYTES)),
    sThread,
    cs,
  );
  return { card, bits, payload: await sealMessage(headerBytes, content, sealing), sServer, cs };
}

async function sealField(shares: Shares, name: Field, value: string | undefined): Promise<Bytes> {
  return value === undefined ? NOTHING : shares.seal(name, padValue(utf8(value), FIELD_BYTES));
}

/** Both shares of one card: what seals and opens its parts, each under its own key. */
class Shares {
  readonly #joined: Bytes;
  readonly #thread: Id;
  readonly #card: Id;

  constructor(joined: Bytes, thread: Id, card: Id) {
    this.#joined = joined;
    this.#thread = thread;
    this.#card = card;
  }

  #key(part: string): Secret {
    return hkdf(this.#joined, NOTHING, frame("pli1/field", this.#thread, this.#card, ascii(part)));
  }

  seal(part: string, plaintext: Bytes): Promise<Bytes> {
    return sealOnce(this.#key(part), plaintext, NOTHING);
  }

  open(part: string, sealed: Bytes): Promise<Bytes> {
    return refusedAs(
      [BadSeal],
      () => openOnce(this.#key(part), sealed, NOTHING),
      (cause) => new BadCard(`the card's ${part} does not open under its shares`, { cause }),
    );
  }
}

/** The server's look at a card before it keeps it: a `card` message of this thread and party. Throws BadCard. */
export function checkEscrow(payload: Bytes, thread: Id, party: number): Header {
  const parts = parsePayload(payload);
  if (parts.kind !== CARD_KIND || !same(parts.thread, thread) || parts.party !== party) {
    throw new BadCard("not a card of this thread and party");
  }
  return parts;
}

/**
 * Opens a released card (SPEC.md section 9.6).
 *
 * `place` is the header's epoch as this side knows it, `record0` R_0 as this side saw it. Throws as `openMessage` does,
 * BadCard for another share, and SwappedPrekey when the other side saw other keys: then no card is shown.
 */
export async function openCard(
  payload: Bytes,
  sServer: Secret,
  known: { card: Id; place: Place; record0: Hash; epochSecret: Secret; authorSignPk: Bytes },
): Promise<OpenedCard> {
  const { card, place } = known;
  exactly(sServer, SECRET, "the server's share");
  if (parsePayload(payload).kind !== CARD_KIND) throw new BadCard("the message is not a card");
  const message = await openMessage(payload, known.epochSecret, known.authorSignPk, place);
  const [found, bits, f0, f1, f2, f3, f4, binding, attestation, sThread, cs] = unframe(message.content, "pli1/card", [
    ...([ID, U8, null, null, null, null, null] as const),
    ...([BINDING_SEALED, ATTESTATION_SEALED, SECRET, HASH] as const),
  ]);
  if (!same(found, card)) throw new BadCard("the message holds another card than the one released");
  if (!same(escrowCommitment(place.thread, card, sServer), cs)) {
    throw new BadCard("the share is not the one that the card was sealed with");
  }
  const shares = new Shares(concat(sThread, sServer), place.thread, card);
  const identityPublic = await openBinding(await shares.open("binding", binding), place, known.record0, card);
  const jwt = await text(await shares.open("attestation", attestation), ATTESTATION_BYTES);
  const fields = await openFields(shares, readU8(bits), [f0, f1, f2, f3, f4]);
  return { card, fields, identityPublic, attestation: jwt === "" ? null : jwt, message };
}

async function openBinding(opened: Bytes, place: Place, record0: Hash, card: Id): Promise<SignPublic> {
  const [identityPublic, signature] = unframe(opened, "pli1/binding-seal", [SIGN_PUBLIC, SIGNATURE]);
  await refusedAs(
    [BadSignature],
    () => verify(identityPublic, signature, bindingOf(place, record0, card)),
    (cause) => new SwappedPrekey("the card was bound to other keys, another thread or another party", { cause }),
  );
  return identityPublic;
}

async function openFields(shares: Shares, bits: number, sealed: readonly Bytes[]): Promise<CardFields> {
  if (bits < 1 || bits >= 1 << FIELDS.length) {
    throw new BadCard("the card shows no field, or one that cards do not have");
  }
  const fields: Partial<Record<Field, string>> = {};
  for (const [bit, name] of FIELDS.entries()) {
    const value = sealed[bit] ?? NOTHING;
    if (value.length > 0 !== (((bits >> bit) & 1) === 1)) {
      throw new BadCard(`the card's bits and its ${name} disagree`);
    }
    if (value.length > 0) fields[name] = await text(await shares.open(name, value), FIELD_BYTES);
  }
  return fields;
}

const text = (padded: Bytes, size: number): Promise<string> =>
  refusedAs(
    [BadPadding],
    () => readUtf8(unpadValue(padded, size)),
    (cause) => new BadCard(`a part of the card is badly padded: ${cause.message}`, { cause }),
  );
