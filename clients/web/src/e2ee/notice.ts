/**
 * Notices: what a party says openly in a thread beside its messages (SPEC.md section 7.5).
 *
 * payload = frame("pli1/notice", notice, sig)
 * notice  = frame("pli1/" + kind, thread, R_n, u8 party, id, u64 seen_seq, seen_head[, reason, step or third])
 * sig     = Ed25519(own pseudonym of epoch n, frame("pli1/notice-sig", notice))
 *
 * Signed, so that nobody asks, closes or reopens in a party's name; what its author had seen is part of it, so that
 * nobody changes the order of two. The service reads a notice: there is nothing in it that the relation does not tell.
 * What invites a third party and lets it in has this form too (`third`).
 */

import { type Bytes, exactly, HASH, type Hash, ID, type Id, NOTHING, same, SIGNATURE, U64, U8 } from "./bytes.ts";
import { asciiWord, frame, labelOf, readAsciiWord, readBound, readU8, u64, u8, unframe } from "./encoding.ts";
import { BadEncoding, WrongHeader } from "./errors.ts";
import type { Place } from "./message.ts";
import { type SigningKey, verify } from "./signing.ts";

export type NoticeKind = "asked" | "closed" | "reopened" | "left" | "step";
export const NOTICE_KINDS: ReadonlySet<string> = new Set<NoticeKind>(["asked", "closed", "reopened", "left", "step"]);

/** What every notice begins with. */
export interface Common {
  readonly thread: Id;
  /** R_n of the epoch in force. */
  readonly recordHash: Hash;
  readonly party: number;
  /** Random, of the same ids as the party's messages: used once. */
  readonly id: Id;
  readonly seenSeq: number;
  readonly seenHead: Hash;
}

/** What a notice says. */
export interface Notice extends Common {
  /** The kind of its event. */
  readonly kind: NoticeKind;
  /** Of a closing, where the closer tells it to the peer: a word of the protocol. null: none. */
  readonly reason: string | null;
  /** Of a leaving: the stay of a third party that it ends (SPEC.md section 7.6). */
  readonly third?: Hash;
  /** Of a step: which one, a word of the protocol. */
  readonly step?: string;
}

const LABELS: ReadonlyMap<string, NoticeKind> = new Map([
  ["pli1/asked", "asked"],
  ["pli1/closed", "closed"],
  ["pli1/reopened", "reopened"],
  ["pli1/left", "left"],
  ["pli1/step", "step"],
]);
/** Of the fields that every notice begins with. */
export const NOTICE_WIDTHS = [ID, HASH, U8, ID, U64, HASH] as const;

/**
 * Signs a notice with the party's own pseudonym of the epoch in force; returns the payload to store and resend.
 *
 * Throws BadEncoding, also for a reason where nothing is closed.
 */
export const makeNotice = async (notice: Notice, signing: SigningKey): Promise<Bytes> =>
  signNotice(encode(notice), signing);

/** The payload of an encoded notice. */
export const signNotice = async (body: Bytes, signing: SigningKey): Promise<Bytes> =>
  frame("pli1/notice", body, await signing.sign(toSign(body)));

/** The encoded notice and its signature, which is not verified. Throws BadEncoding. */
export const takeApart = (payload: Bytes): [Bytes, Bytes] => unframe(payload, "pli1/notice", [null, SIGNATURE]);

/** Checks who signed an encoded notice. Throws BadSignature. */
export const verifyNotice = (body: Bytes, signature: Bytes, authorSignPk: Bytes): Promise<void> =>
  verify(authorSignPk, signature, toSign(body));

/** Takes a notice apart. Throws BadEncoding. Nothing in it is verified but its form. */
export const parseNotice = (payload: Bytes): Notice => decode(takeApart(payload)[0]);

/**
 * Verifies a notice where it stands: the kind of its event, and the place as its reader knows it.
 *
 * `authorSignPk` is the signing pseudonym of `place.party` in the epoch record. Throws BadEncoding, WrongHeader or
 * BadSignature; what it does not return must not be shown.
 */
export async function openNotice(
  payload: Bytes,
  kind: string,
  authorSignPk: Bytes,
  place: Omit<Place, "epoch">,
): Promise<Notice> {
  const [body, signature] = takeApart(payload);
  const notice = decode(body);
  if (notice.kind !== kind) throw new WrongHeader(`a notice that says ${notice.kind} stands as ${kind}`);
  const isHere =
    same(notice.thread, place.thread) && same(notice.recordHash, place.recordHash) && notice.party === place.party;
  if (!isHere) throw new WrongHeader("the notice belongs to another thread, record or party");
  await verifyNotice(body, signature, authorSignPk);
  return notice;
}

const toSign = (body: Bytes): Bytes => frame("pli1/notice-sig", body);

function encode(notice: Notice): Bytes {
  if (!NOTICE_KINDS.has(notice.kind) || (notice.reason !== null && notice.kind !== "closed")) {
    throw new BadEncoding(`there is no notice ${notice.kind}, or it has no reason`);
  }
  if ((notice.third !== undefined) !== (notice.kind === "left")) {
    throw new BadEncoding("a leaving names the stay that it ends, and nothing else does");
  }
  if ((notice.step !== undefined) !== (notice.kind === "step")) {
    throw new BadEncoding("a step says which one it is, and nothing else does");
  }
  return frame(`pli1/${notice.kind}`, ...encodeCommon(notice), ...encodeMore(notice));
}

function encodeMore({ kind, reason, third, step }: Notice): Bytes[] {
  if (third !== undefined) return [exactly(third, HASH, "the third party's stay")];
  if (step !== undefined) return [asciiWord(step)];
  return kind === "closed" ? [reason === null ? NOTHING : asciiWord(reason)] : [];
}

/** The fields that every notice begins with. Throws BadEncoding. */
export const encodeCommon = (said: Common): Bytes[] => [
  exactly(said.thread, ID, "the thread id"),
  exactly(said.recordHash, HASH, "the epoch record's hash"),
  u8(said.party),
  exactly(said.id, ID, "the notice's id"),
  u64(said.seenSeq),
  exactly(said.seenHead, HASH, "the seen head"),
];

function decode(body: Bytes): Notice {
  const label = labelOf(body);
  const kind = LABELS.get(label);
  if (kind === undefined) throw new BadEncoding(`${label} is no notice`);
  if (kind === "left") {
    const [...fields] = unframe(body, label, [...NOTICE_WIDTHS, HASH]);
    return { kind, ...common(fields), reason: null, third: fields[6] };
  }
  if (kind === "step") {
    const [...fields] = unframe(body, label, [...NOTICE_WIDTHS, null]);
    return { kind, ...common(fields), reason: null, step: readAsciiWord(fields[6]) };
  }
  if (kind !== "closed") return { kind, ...common(unframe(body, label, NOTICE_WIDTHS)), reason: null };
  const [...fields] = unframe(body, label, [...NOTICE_WIDTHS, null]);
  return { kind, ...common(fields), reason: fields[6].length > 0 ? readAsciiWord(fields[6]) : null };
}

function common([thread, recordHash, party, id, seenSeq, seenHead]: readonly [
  Id,
  Hash,
  Bytes,
  Id,
  Bytes,
  Hash,
  ...Bytes[],
]): Common {
  return {
    thread,
    recordHash,
    party: readU8(party),
    id,
    seenSeq: readBound(seenSeq),
    seenHead,
  };
}
