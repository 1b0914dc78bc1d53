/**
 * Stamps: one signature of the service for all events of a commit (SPEC.md section 8).
 *
 * The leaves of a commit form an RFC 6962 tree, in commit order; the service signs its root, and every event carries the
 * path from its leaf. proof = frame("pli1/proof", key_id, u32 leaf_index, u32 tree_size, path, signature).
 */

import {
  type Bytes,
  concat,
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
import { verify } from "./signing.ts";
import { sha256 } from "./suite.ts";

const LEAF: Bytes = Uint8Array.of(0);
const NODE: Bytes = Uint8Array.of(1);

/** Names a stamp key: the first 8 bytes of SHA256(frame("pli1/stamp-key", public)). */
export const keyId = (publicKey: SignPublic): Bytes => sha256(frame("pli1/stamp-key", publicKey)).slice(0, KEY_ID);

/** The RFC 6962 leaf hash of frame("pli1/leaf", thread, u64 seq, head). */
export const leafHash = (thread: Id, seq: number, head: Hash): Hash =>
  sha256(concat(LEAF, frame("pli1/leaf", thread, u64(seq), head)));

const nodeHash = (left: Bytes, right: Bytes): Hash => sha256(concat(NODE, left, right));

/** Walks an audit path up to the root (RFC 9162 section 2.1.3.2). Throws BadStamp for a path of another length. */
export function rootFromPath(leaf: Hash, index: number, size: number, path: Bytes): Hash {
  if (index >= size) throw new BadStamp("the leaf is not in its tree");
  let [root, at] = [leaf, 0];
  // Halved, not shifted: a bit operation would take an index from 2^31 on for a negative number.
  for (let last = size - 1; last > 0; index = Math.floor(index / 2), last = Math.floor(last / 2)) {
    if (index % 2 === 0 && index === last) continue;
    const sibling = path.slice(at, at + HASH);
    if (sibling.length !== HASH) throw new BadStamp("the path is too short");
    at += HASH;
    root = index % 2 === 1 ? nodeHash(sibling, root) : nodeHash(root, sibling);
  }
  if (at !== path.length) throw new BadStamp("the path is too long");
  return root;
}

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
  const root = rootFromPath(leafHash(thread, seq, head), readU32(index), readU32(size), path);
  await refusedAs(
    [BadSignature],
    () => verify(publicKey, signature, frame("pli1/stamp", named, root)),
    (cause) => new BadStamp("the stamp's signature does not verify for this event", { cause }),
  );
}
