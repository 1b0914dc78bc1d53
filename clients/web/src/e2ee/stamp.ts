/**
 * Stamps: one signature of the service for all events of a commit (SPEC.md section 8).
 *
 * The leaves of a commit form an RFC 6962 tree, in commit order; the service signs its root, and every event carries the
 * path from its leaf. proof = frame("pli1/proof", key_id, u32 leaf_index, u32 tree_size, path, signature).
 */

import {
  type Bytes,
  exactly,
  HASH,
  type Hash,
  ID,
  type Id,
  KEY_ID,
  same,
  SIGNATURE,
  type SignPublic,
  U32,
} from "./bytes.ts";
import { frame, readU32, u64, unframe } from "./encoding.ts";
import { BadEncoding, BadSignature, BadStamp, refusedAs } from "./errors.ts";
import * as merkle from "./merkle.ts";
import { BadPath } from "./merkle.ts";
import { verify } from "./signing.ts";
import { sha256 } from "./suite.ts";

/** Names a stamp key: the first 8 bytes of SHA256(frame("pli1/stamp-key", public)). */
export const keyId = (publicKey: SignPublic): Bytes => sha256(frame("pli1/stamp-key", publicKey)).slice(0, KEY_ID);

/** The RFC 6962 leaf hash of frame("pli1/leaf", thread, u64 seq, head). */
export const leafHash = (thread: Id, seq: number, head: Hash): Hash =>
  merkle.leafHash(frame("pli1/leaf", thread, u64(seq), head));

/** Checks that the service stamped this head at this seq of this thread, with this key. Throws BadStamp. */
export async function verifyProof(
  proof: Bytes,
  publicKey: SignPublic,
  thread: Id,
  seq: number,
  head: Hash,
): Promise<void> {
  exactly(thread, ID, "the thread id");
  exactly(head, HASH, "the head");
  const [named, index, size, path, signature] = await refusedAs(
    [BadEncoding],
    () => unframe(proof, "pli1/proof", [KEY_ID, U32, U32, null, SIGNATURE]),
    (cause) => new BadStamp(`the proof is malformed: ${cause.message}`, { cause }),
  );
  if (!same(named, keyId(publicKey))) throw new BadStamp("stamped by another key than the one that is pinned");
  const root = await refusedAs(
    [BadPath],
    () => merkle.rootFromPath(leafHash(thread, seq, head), readU32(index), readU32(size), path),
    (cause) => new BadStamp(cause.message, { cause }),
  );
  await refusedAs(
    [BadSignature],
    () => verify(publicKey, signature, frame("pli1/stamp", named, root)),
    (cause) => new BadStamp("the stamp's signature does not verify for this event", { cause }),
  );
}
