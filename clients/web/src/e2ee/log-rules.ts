/**
 * What an event of a thread's log is held against, event by event: the rules that `thread-log` applies, to a range that
 * it takes and to events that it took.
 */

import { type Hash, type Id, same, type SignPublic } from "./bytes.ts";
import { type EpochRecord, INITIATOR, partyOf, verifyFirst, verifyRotation } from "./epoch.ts";
import {
  BadAttestation,
  BadChain,
  BadInvitation,
  BadRecord,
  E2EEError,
  Fork,
  FutureSeen,
  Repeated,
  WrongHeader,
} from "./errors.ts";
import type { Extent, Known, LogEvent } from "./log-extent.ts";
import { type Notice, openNotice } from "./notice.ts";
import { type PublicPseudonym, samePseudonym } from "./pseudonym.ts";
import { verifyReset } from "./reset.ts";
import { knewBefore, leaving, presentAt, type Stays } from "./stays.ts";
import { JOINED, type Joining, LEFT, openJoined, type Third, THIRD } from "./third.ts";

export const SERVICE = 255;

/** The log before an event, as far as it was verified. */
export interface Before {
  /** The seq of its first head: 0, or that before a third party's entry. */
  readonly start: number;
  /** In force. */
  readonly record: EpochRecord;
  readonly stays: Stays;
  /** Whether a reset is in force. */
  readonly beginsAnew: boolean;
  readonly headAt: (seq: number) => Hash;
}

/** Record 0, which begins the log of a side. Throws BadChain, and as `verifyFirst`. */
export function firstRecord(event: LogEvent, known: Known, head0: Hash): Promise<EpochRecord> {
  if (event.party !== INITIATOR) throw new BadChain("a log begins with its initiator's epoch record");
  const { thread, initiator = null, recipient = null } = known;
  return verifyFirst(event.payload, { thread, head0, initiator, recipient });
}

/** The record after the one in force, which began at seq `begun`. Throws Fork, and as `verifyRotation`. */
export async function nextRecord(
  event: LogEvent,
  { record: inForce, start, headAt }: Before,
  { begun, reset }: { begun: number; reset: boolean },
): Promise<EpochRecord> {
  const record = await verifyRotation(inForce, event.payload, { party: event.party, reset });
  // An excerpt may lack what stands between the two: then there is nothing to compare.
  if (begun < start) return record;
  for (let seq = begun; seq < event.seq; seq++) {
    if (same(headAt(seq), record.threadHead)) return record;
  }
  throw new Fork(`the maker of the epoch record at seq ${event.seq} saw another history`);
}

/** Whose side begins anew. Throws BadRecord, BadAttestation or BadEncoding. */
export function resetIn(event: LogEvent, inForce: EpochRecord, { platform = null }: Known): Promise<number> {
  if (event.party !== SERVICE) throw new BadRecord("only the service tells of a reset");
  if (platform === null) throw new BadAttestation("no key of the platform is pinned here");
  return verifyReset(event.payload, inForce, platform);
}

/** One that the platform did not sign is not shown, and changes nothing. */
export async function takeReset(event: LogEvent, added: Extent, inForce: EpochRecord, known: Known): Promise<void> {
  try {
    added.reset = await resetIn(event, inForce, known);
  } catch (error) {
    if (!(error instanceof E2EEError)) throw error;
  }
}

/** Throws FutureSeen or Fork for what an author at `seq` says to have seen; what this log lacks it cannot compare. */
export function seenIn(
  seq: number,
  seenSeq: number,
  seenHead: Hash,
  { start, headAt }: Pick<Before, "start" | "headAt">,
): void {
  if (seenSeq >= seq) throw new FutureSeen(`the message at seq ${seq} claims to have seen seq ${seenSeq}`);
  if (seenSeq >= start && !same(headAt(seenSeq), seenHead)) {
    throw new Fork(`the author of seq ${seq} saw another history at seq ${seenSeq}`);
  }
}

/** The signing key of a party under a record; a third party's is that of its joining. Throws WrongHeader. */
export function authorIn({ record, stays }: Pick<Before, "record" | "stays">, seq: number, party: number): SignPublic {
  if (party === THIRD) {
    const third = presentAt(stays, seq);
    if (third === null) throw new WrongHeader("no third party was in");
    return third.invitation.keys.sign;
  }
  if (party > 1) throw new WrongHeader("only the parties of a thread write in it");
  return partyOf(record, party).sign;
}

/** What a notice says. Throws BadEncoding, WrongHeader, BadSignature, BadInvitation. */
export async function noticeIn(event: LogEvent, before: Before): Promise<Notice> {
  const { seq, kind, party } = event;
  if (party > 1 && kind !== LEFT) {
    throw new WrongHeader("only the two sides give notices, and a third party that leaves");
  }
  const place: { thread: Id; recordHash: Hash; party: number } = {
    thread: before.record.thread,
    recordHash: before.record.hash,
    party,
  };
  const notice = await openNotice(event.payload, kind, authorIn(before, seq, party), place);
  if (notice.third !== undefined) {
    const third = presentAt(before.stays, seq);
    if (third === null || !same(notice.third, third.id)) {
      throw new BadInvitation("the third party that is to leave is not in");
    }
  }
  return notice;
}

/** Whom both sides let in. Throws as `ThreadChain.checkJoined`. */
export async function joinedIn(event: LogEvent, before: Before): Promise<{ joining: Joining; third: Third }> {
  const { joining, third } = await openJoined(event.payload, before.record, event.party);
  for (const { seenSeq, seenHead } of [joining, third.invitation]) seenIn(event.seq, seenSeq, seenHead, before);
  if (presentAt(before.stays, event.seq) !== null) throw new BadInvitation("another third party is in");
  if (knewBefore(before.stays, third.id, event.seq)) throw new Repeated("an invitation lets in once");
  if (before.beginsAnew) throw new BadInvitation("a side of this thread begins anew");
  return { joining, third };
}

/** The first event of a log that a third party enters lets it in, and no other. Throws what refuses it. */
export async function takeEntry(event: LogEvent, added: Extent, before: Before, own: PublicPseudonym): Promise<void> {
  if (event.kind !== JOINED) throw new BadChain("a third party's log begins with its joining");
  const { third } = await joinedIn(event, before);
  if (!samePseudonym(third.invitation.keys, own)) {
    throw new BadInvitation("the third party's log begins with the joining of another one");
  }
  added.stays = [...added.stays, { third, joined: event.seq, left: null }];
}

/** A joining or leaving. One that does not hold is not shown, and lets nobody in or out. */
export async function takeThird(event: LogEvent, added: Extent, before: Before): Promise<void> {
  try {
    if (event.kind === JOINED) {
      const { third } = await joinedIn(event, before);
      added.stays = [...added.stays, { third, joined: event.seq, left: null }];
    } else {
      const { seenSeq, seenHead } = await noticeIn(event, before);
      seenIn(event.seq, seenSeq, seenHead, before);
      added.stays = leaving(added.stays, event.seq);
    }
  } catch (error) {
    if (!(error instanceof E2EEError)) throw error;
  }
}
