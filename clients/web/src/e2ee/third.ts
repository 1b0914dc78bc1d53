/**
 * A third party in a thread, by invitation of one side and acceptance of the other (SPEC.md section 7.6).
 *
 * invited = frame("pli1/invited", thread, R_n, u8 party, id, u64 seen_seq, seen_head,
 *                 target, pk_sign, pk_kem, u8 history, shown)
 * joined  = frame("pli1/joined",  thread, R_n, u8 party, id, u64 seen_seq, seen_head, invited's whole payload)
 * share_n = HPKE(pk_kem, E_n, info frame("pli1/third-wrap", thread, u32 n, R_n, third))
 * third   = SHA256(invited's whole payload)
 *
 * Both are notices, each signed by its side's pseudonym of the epoch in force: together they are the grant, which every
 * client verifies before it gives the third party a key. The record of an epoch knows nothing of a third party: its
 * share travels beside the log, like the wraps.
 */

import {
  type Bytes,
  exactly,
  HASH,
  type Hash,
  ID,
  type Id,
  KEM_PUBLIC,
  same,
  type Secret,
  SIGN_PUBLIC,
  U8,
  type Wrap,
} from "./bytes.ts";
import { frame, labelOf, readBound, readU8, readUtf8, u32, u8, unframe, utf8 } from "./encoding.ts";
import { checkSecret, type EpochRecord, partyOf } from "./epoch.ts";
import { BadEncoding, BadInvitation, WrongHeader } from "./errors.ts";
import { hpkeWrap, type KemKey } from "./kem.ts";
import { type Common, encodeCommon, NOTICE_WIDTHS, signNotice, takeApart, verifyNotice } from "./notice.ts";
import type { PublicPseudonym } from "./pseudonym.ts";
import type { SigningKey } from "./signing.ts";
import { sha256 } from "./suite.ts";

export const INVITED = "invited";
export const JOINED = "joined";
export const LEFT = "left";
/** The party of a third in headers and events. */
export const THIRD = 2;

/** What the platform says of a third party, as both sides read it before one accepts. */
export interface Shown {
  readonly group: string;
  readonly area: string;
  readonly verified: boolean;
  readonly words: string;
}

/** What one side proposes. It lapses with the epoch that `recordHash` names. */
export interface Invitation extends Common {
  /** Of the third party: what its prekey was published for. */
  readonly target: Id;
  /** Its claimed prekey: under this pseudonym it reads and writes, in this thread and in no other. */
  readonly keys: PublicPseudonym;
  /** Whether it is to read what was written before. */
  readonly history: boolean;
  readonly shown: Shown;
}

/** What the other side accepts: the payload of the invitation, to the byte. */
export interface Joining extends Common {
  readonly invited: Bytes;
}

/** A third party that both sides let in. */
export interface Third {
  /** Names its stay in this thread: the hash of the invitation's payload. */
  readonly id: Hash;
  readonly invitation: Invitation;
  /** The payload of its joining: both signatures. */
  readonly joined: Bytes;
}

/** Where the log of a third party begins that reads from its joining on, as the service gives it. */
export interface Entry {
  /** Of the last event that it does not read. */
  readonly seq: number;
  readonly head: Hash;
  /** The payload of the epoch event in force. */
  readonly signedRecord: Bytes;
}

const INVITED_WIDTHS = [...NOTICE_WIDTHS, ID, SIGN_PUBLIC, KEM_PUBLIC, U8, null] as const;

/** Signs an invitation with the side's own pseudonym of the epoch in force. Throws BadEncoding. */
export function makeInvited(invitation: Invitation, signing: SigningKey): Promise<Bytes> {
  const { target, keys, history, shown } = invitation;
  const body = frame(
    `pli1/${INVITED}`,
    ...encodeCommon(invitation),
    exactly(target, ID, "the target id"),
    exactly(keys.sign, SIGN_PUBLIC, "the signing key"),
    exactly(keys.kem, KEM_PUBLIC, "the KEM key"),
    flag(history),
    frame("pli1/shown", utf8(shown.group), utf8(shown.area), flag(shown.verified), utf8(shown.words)),
  );
  return signNotice(body, signing);
}

/** Takes an invitation apart. Throws BadEncoding. Nothing in it is verified but its form. */
export const parseInvited = (payload: Bytes): Invitation => decodeInvited(takeApart(payload)[0]);

/**
 * Verifies an invitation by that side under the record in force.
 *
 * Throws BadEncoding, WrongHeader, BadSignature, BadInvitation.
 */
export async function openInvited(payload: Bytes, record: EpochRecord, party: number): Promise<Invitation> {
  const [body, signature] = takeApart(payload);
  const invitation = decodeInvited(body);
  checkPlace(invitation, record, party);
  await verifyNotice(body, signature, partyOf(record, party).sign);
  const used = record.parties.flatMap(({ sign, kem }): Bytes[] => [sign, kem]);
  if (used.some((key) => same(key, invitation.keys.sign) || same(key, invitation.keys.kem))) {
    throw new BadInvitation("the invited third party has a key of one of the sides");
  }
  return invitation;
}

/** Signs the acceptance of an invitation. Throws BadEncoding. */
export const makeJoined = (joining: Joining, signing: SigningKey): Promise<Bytes> =>
  signNotice(frame(`pli1/${JOINED}`, ...encodeCommon(joining), joining.invited), signing);

/** Takes an acceptance apart. Throws BadEncoding. Nothing in it is verified but its form. */
export const parseJoined = (payload: Bytes): Joining => decodeJoined(takeApart(payload)[0]);

/**
 * Verifies an acceptance by that side, and the other's invitation in it, under the record in force: the two signatures
 * of a grant. Throws BadEncoding, WrongHeader, BadSignature, BadInvitation.
 */
export async function openJoined(
  payload: Bytes,
  record: EpochRecord,
  party: number,
): Promise<{ joining: Joining; third: Third }> {
  const [body, signature] = takeApart(payload);
  const joining = decodeJoined(body);
  checkPlace(joining, record, party);
  await verifyNotice(body, signature, partyOf(record, party).sign);
  const invitation = await openInvited(joining.invited, record, 1 - party);
  return { joining, third: { id: sha256(joining.invited), invitation, joined: payload } };
}

/** What twelve words are shown of, the same to all three unless somebody stands between. */
export const wordsHash = (third: Third): Hash => sha256(frame("pli1/third-words", sha256(third.joined)));

/** Wraps E_n to a third party. Only for one whose grant was verified. Throws BadKey. */
export const makeShare = (third: Third, record: EpochRecord, secret: Secret): Promise<Wrap> =>
  hpkeWrap(third.invitation.keys.kem, secret, info(third.id, record));

/** E_n, as the third party. Throws BadSeal; BadRecord for a secret other than the record's. */
export const openShare = async (share: Bytes, id: Hash, record: EpochRecord, kem: KemKey): Promise<Secret> =>
  checkSecret(await kem.open(share, info(id, record)), record);

/** The digest of an event that is withheld from a third party. Throws BadEncoding. */
export const withheldDigest = (payload: Bytes): Hash => unframe(payload, "pli1/withheld", [HASH])[0];

const info = (id: Hash, record: EpochRecord): Bytes =>
  frame("pli1/third-wrap", record.thread, u32(record.n), record.hash, id);

function checkPlace(said: Common, record: EpochRecord, party: number): void {
  const isHere = same(said.thread, record.thread) && same(said.recordHash, record.hash) && said.party === party;
  if (!isHere || party > 1) throw new WrongHeader("the notice belongs to another thread, record or party");
}

function decodeInvited(body: Bytes): Invitation {
  const fields = unframe(body, labelled(body, INVITED), INVITED_WIDTHS);
  const [thread, recordHash, party, id, seenSeq, seenHead, target, sign, kem, history, shown] = fields;
  const [group, area, verified, words] = unframe(shown, "pli1/shown", [null, null, U8, null]);
  return {
    thread,
    recordHash,
    party: readU8(party),
    id,
    seenSeq: readBound(seenSeq),
    seenHead,
    target,
    keys: { sign, kem },
    history: readFlag(history),
    shown: { group: readUtf8(group), area: readUtf8(area), verified: readFlag(verified), words: readUtf8(words) },
  };
}

function decodeJoined(body: Bytes): Joining {
  const fields = unframe(body, labelled(body, JOINED), [...NOTICE_WIDTHS, null]);
  const [thread, recordHash, party, id, seenSeq, seenHead, invited] = fields;
  return { thread, recordHash, party: readU8(party), id, seenSeq: readBound(seenSeq), seenHead, invited };
}

/** The label, if it is that of this kind: another notice stands in the place of this one. */
function labelled(body: Bytes, kind: string): string {
  const label = `pli1/${kind}`;
  if (labelOf(body) !== label) throw new WrongHeader(`a notice that is no ${label} stands in its place`);
  return label;
}

const flag = (value: boolean): Bytes => u8(value ? 1 : 0);

function readFlag(data: Bytes): boolean {
  const value = readU8(data);
  if (value > 1) throw new BadEncoding("a flag is 0 or 1");
  return value === 1;
}
