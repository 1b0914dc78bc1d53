/**
 * Notices: what a party says openly in a thread beside its messages (SPEC.md section 7.5).
 *
 * payload = frame("pli1/notice", notice, sig)
 * notice  = frame("pli1/" + kind, thread, R_n, u8 party, id, u64 seen_seq, seen_head[, reason])
 * sig     = Ed25519(own pseudonym of epoch n, frame("pli1/notice-sig", notice))
 *
 * Signed, so that nobody asks, closes or reopens in a party's name; what its author had seen is part of it, so that
 * nobody changes the order of two. The service reads a notice: there is nothing in it that the relation does not tell.
 */

import { type Bytes, exactly, HASH, type Hash, ID, type Id, NOTHING, same, SIGNATURE, U64, U8 } from "./bytes.ts";
import { asciiWord, frame, labelOf, readAsciiWord, readU64, readU8, u64, u8, unframe } from "./encoding.ts";
import { BadEncoding, WrongHeader } from "./errors.ts";
import type { Place } from "./message.ts";
import { type SigningKey, verify } from "./signing.ts";

export type NoticeKind = "asked" | "closed" | "reopened";
export const NOTICE_KINDS: ReadonlySet<string> = new Set<NoticeKind>(["asked", "closed", "reopened"]);

/** What a notice says. */
export interface Notice {
  /** The kind of its event. */
  readonly kind: NoticeKind;
  readonly thread: Id;
  /** R_n of the epoch in force. */
  readonly recordHash: Hash;
  readonly party: number;
  /** Random, of the same ids as the party's messages: used once. */
  readonly id: Id;
  readonly seenSeq: number;
  readonly seenHead: Hash;
  /** Of a closing, where the closer tells it to the peer: a word of the protocol. null: none. */
  readonly reason: string | null;
}

const LABELS: ReadonlyMap<string, NoticeKind> = new Map([
  ["pli1/asked", "asked"],
  ["pli1/closed", "closed"],
  ["pli1/reopened", "reopened"],
]);
const WIDTHS = [ID, HASH, U8, ID, U64, HASH] as const;

/**
 * Signs a notice with the party's own pseudonym of the epoch in force; returns the payload to store and resend.
 *
 * Throws BadEncoding, also for a reason where nothing is closed.
 */
export async function makeNotice(notice: Notice, signing: SigningKey): Promise<Bytes> {
  const body = encode(notice);
  return frame("pli1/notice", body, await signing.sign(toSign(body)));
}

/** Takes a notice apart. Throws BadEncoding. Nothing in it is verified but its form. */
export const parseNotice = (payload: Bytes): Notice => decode(unframe(payload, "pli1/notice", [null, SIGNATURE])[0]);

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
  const [body, signature] = unframe(payload, "pli1/notice", [null, SIGNATURE]);
  const notice = decode(body);
  if (notice.kind !== kind) throw new WrongHeader(`a notice that says ${notice.kind} stands as ${kind}`);
  const isHere =
    same(notice.thread, place.thread) && same(notice.recordHash, place.recordHash) && notice.party === place.party;
  if (!isHere) throw new WrongHeader("the notice belongs to another thread, record or party");
  await verify(authorSignPk, signature, toSign(body));
  return notice;
}

const toSign = (body: Bytes): Bytes => frame("pli1/notice-sig", body);

function encode(notice: Notice): Bytes {
  if (!NOTICE_KINDS.has(notice.kind) || (notice.reason !== null && notice.kind !== "closed")) {
    throw new BadEncoding(`there is no notice ${notice.kind}, or it has no reason`);
  }
  return frame(
    `pli1/${notice.kind}`,
    exactly(notice.thread, ID, "the thread id"),
    exactly(notice.recordHash, HASH, "the epoch record's hash"),
    u8(notice.party),
    exactly(notice.id, ID, "the notice's id"),
    u64(notice.seenSeq),
    exactly(notice.seenHead, HASH, "the seen head"),
    ...(notice.kind === "closed" ? [notice.reason === null ? NOTHING : asciiWord(notice.reason)] : []),
  );
}

function decode(body: Bytes): Notice {
  const label = labelOf(body);
  const kind = LABELS.get(label);
  if (kind === undefined) throw new BadEncoding(`${label} is no notice`);
  const [thread, recordHash, party, id, seenSeq, seenHead, reason] =
    kind === "closed" ? unframe(body, label, [...WIDTHS, null]) : [...unframe(body, label, WIDTHS), NOTHING];
  return {
    kind,
    thread,
    recordHash,
    party: readU8(party),
    id,
    seenSeq: readU64(seenSeq),
    seenHead,
    reason: reason.length > 0 ? readAsciiWord(reason) : null,
  };
}
