/**
 * The hash chain of a thread's log (SPEC.md section 7.2).
 *
 * digest = SHA256(frame("pli1/event", kind, u8 party, payload))
 * head_0 = SHA256(frame("pli1/head0", service, thread))
 * head_i = SHA256(frame("pli1/head", head_{i-1}, u64 seq, u64 time, kind, u8 party, digest))
 */

import { type Bytes, exactly, type Hash, ID, type Id } from "./bytes.ts";
import { asciiWord, frame, u64, u8 } from "./encoding.ts";
import { sha256 } from "./suite.ts";

/** The hash of one event's content: 32 bytes. */
export const digest = (kind: string, party: number, payload: Bytes): Hash =>
  sha256(frame("pli1/event", asciiWord(kind), u8(party), payload));

/** The head of an empty log: it ties the chain to one deployment and one thread. */
export const head0 = (service: Id, thread: Id): Hash =>
  sha256(frame("pli1/head0", exactly(service, ID, "the service id"), exactly(thread, ID, "the thread id")));

/** The head after one more event: its seq, its time in ms and its digest, on the head before it (32 bytes each). */
export const nextHead = (head: Hash, seq: number, time: number, kind: string, party: number, eventDigest: Hash): Hash =>
  sha256(frame("pli1/head", head, u64(seq), u64(time), asciiWord(kind), u8(party), eventDigest));
