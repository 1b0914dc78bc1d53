/**
 * A first contact: epoch 0 to a claimed prekey; record, wraps and first message in one command (SPEC.md section 5).
 *
 * The peer may be offline for a week. What is sent is kept before and sent again as it is until there is an ack.
 */

import type { Id as IdBytes, KemPublic, SignPublic } from "../e2ee/bytes.ts";
import { head0 as emptyHead } from "../e2ee/chain.ts";
import { encodeText } from "../e2ee/content.ts";
import { INITIATOR, makeFirst } from "../e2ee/epoch.ts";
import { checkKemPublic } from "../e2ee/kem.ts";
import { header, sealMessage } from "../e2ee/message.ts";
import { threadSlot } from "../e2ee/pseudonym.ts";
import { checkSignPublic } from "../e2ee/signing.ts";
import type { Claim, LogEntry, ThreadState } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { ProblemError, Unreachable } from "./errors.ts";
import type { MailboxKeys } from "./keys.ts";
import type { FirstMessage, Opening } from "./local.ts";
import { newId, type Runtime } from "./runtime.ts";

/** Seals everything that opens a thread to a claimed prekey. @throws BadKey, when nobody could receive under it. */
export async function makeOpening(
  runtime: Runtime,
  keys: MailboxKeys,
  first: FirstMessage,
  claim: Claim,
): Promise<Opening> {
  const recipient = { sign: fromBase64<SignPublic>(claim.pk_sign), kem: fromBase64<KemPublic>(claim.pk_kem) };
  await checkKemPublic(recipient.kem);
  checkSignPublic(recipient.sign);
  const id = newId(runtime);
  const thread = fromBase64<IdBytes>(id);
  const own = await keys.pseudonym(threadSlot(thread, 0));
  const head0 = emptyHead(fromBase64<IdBytes>(runtime.trust.service), thread);
  const opened = await makeFirst({ thread, head0, initiator: own, recipient, entropy: runtime.entropy });
  const stands = header("text", thread, 0, opened.record.hash, INITIATOR, fromBase64<IdBytes>(first.id));
  const payload = await sealMessage(stands, encodeText(first.text), {
    epochSecret: opened.epochSecret,
    signing: own.sign,
    seenSeq: 0,
    seenHead: head0,
    tag: keys.tag,
    entropy: runtime.entropy,
  });
  return {
    mailbox: keys.mailbox,
    target: first.target,
    claim: claim.claim,
    thread: id,
    signedRecord: toBase64(opened.signed),
    wraps: [toBase64<1168>(opened.wraps[0]), toBase64<1168>(opened.wraps[1])],
    own: toBase64<64>(await keys.ownSignature(own.public)),
    payload: toBase64(payload),
    msgId: first.id,
    peer: claim.presentation,
    text: first.text,
    at: first.at,
  };
}

/** A claim that is older than 72 h, or that a restored service does not know: with a new one the message goes out. */
export function wantsNewClaim(error: unknown): boolean {
  return error instanceof ProblemError && (error.code === "conflict" || error.code === "not_found");
}

/**
 * Sends until there is an answer; returns the thread as it then stands, and the first message as the ack has it. It stays
 * kept until the log shows that very message. @throws ProblemError, Unreachable, Ended
 */
export async function deliver(runtime: Runtime, opening: Opening): Promise<readonly [ThreadState, LogEntry]> {
  const ack = await runtime.link.insist(
    {
      t: "open",
      mailbox: opening.mailbox,
      claim: opening.claim,
      thread: opening.thread,
      signed_record: opening.signedRecord,
      wraps: opening.wraps,
      own: opening.own,
      payload: opening.payload,
    },
    { thread: opening.thread },
  );
  if (ack.thread !== opening.thread) {
    throw new Unreachable("the service's ack is not for this conversation");
  }
  return [
    {
      thread: opening.thread,
      mailbox: opening.mailbox,
      party: INITIATOR,
      target: opening.target,
      peer: opening.peer,
      seq: ack.seq,
      epoch: 0,
      opened_at: ack.at,
      last_at: ack.at,
      stage: "solicited",
      read_seq: ack.seq,
      peer_read_seq: 0,
      revealed: false,
    },
    { seq: ack.seq, at: ack.at, kind: "message", party: INITIATOR, payload: opening.payload, proof: ack.proof },
  ];
}
