/**
 * The moderators' audit log: what a leaf says, and how one is proven to be in it (SPEC.md section 10.6).
 *
 * leaf = frame("pli1/audit-leaf", u64 time, kind, actor, second, case, about, detail)
 *
 * A console checks the inclusion of the leaf of what it asked for before it shows anything.
 */

import { type Bytes, exactly, ID, same, U64 } from "./bytes.ts";
import { readAsciiWord, readU64, unframe } from "./encoding.ts";
import { BadAudit, BadEncoding, refusedAs } from "./errors.ts";
import { BadPath, checkConsistency, leafHash, rootFromPath } from "./merkle.ts";
import type { TreeHead } from "./tree-head.ts";

const ABOUT_BYTES_MAX = 32;
const DETAIL_BYTES_MAX = 256;
/** What is random at the end of `about` in a leaf with a case. */
const HIDING_BYTES = 16;

/** One act. */
export interface AuditLeaf {
  /** ms since 1970, UTC, by the service's clock. */
  readonly time: number;
  /** A word of the protocol: `opened`, `released`, `decided`, ... */
  readonly kind: string;
  /** The seat of the moderator who acts; empty for the service or its operator. */
  readonly actor: Bytes;
  /** The seat of the second moderator, where an act needs two; else empty. */
  readonly second: Bytes;
  readonly case: Bytes;
  /** The id of a report, an answer or a party, or the hash of a key; with a case, then 16 random bytes. */
  readonly about: Bytes;
  readonly detail: Bytes;
}

/** Decodes a leaf. Throws BadEncoding. */
export function parseLeaf(data: Bytes): AuditLeaf {
  const widths = [U64, null, null, null, null, null, null] as const;
  const [time, kind, actor, second, of, about, detail] = unframe(data, "pli1/audit-leaf", widths);
  const leaf = { time: readU64(time), kind: readAsciiWord(kind), actor, second, case: of, about, detail };
  for (const name of ["actor", "second", "case"] as const) {
    if (leaf[name].length > 0) exactly(leaf[name], ID, name);
  }
  if (about.length > ABOUT_BYTES_MAX || detail.length > DETAIL_BYTES_MAX) {
    throw new BadEncoding(`a leaf has at most ${ABOUT_BYTES_MAX} bytes of about and ${DETAIL_BYTES_MAX} of detail`);
  }
  return leaf;
}

/** Whether a leaf with a case is about that id. */
export function isAbout({ about }: AuditLeaf, subject: Bytes): boolean {
  return about.length >= HIDING_BYTES && same(about.subarray(0, -HIDING_BYTES), subject);
}

/**
 * Checks that a leaf stands at that index of the log that a verified tree head signs, and returns what it says.
 *
 * Throws BadAudit, BadEncoding.
 */
export async function verifyInclusion(
  data: Bytes,
  index: number,
  path: Bytes,
  head: Pick<TreeHead, "size" | "root">,
): Promise<AuditLeaf> {
  const root = await refusedAs(
    [BadPath],
    () => rootFromPath(leafHash(data), index, head.size, path),
    (cause) => new BadAudit(`the leaf is not proven: ${cause.message}`, { cause }),
  );
  if (!same(root, head.root)) throw new BadAudit("the leaf is not in the log that was signed");
  return parseLeaf(data);
}

/** Checks that the later of two verified tree heads holds all leaves of the earlier. Throws BadAudit. */
export async function verifyConsistency(earlier: TreeHead, later: TreeHead, proof: Bytes): Promise<void> {
  if (earlier.origin !== later.origin) throw new BadAudit("the two tree heads are of different logs");
  await refusedAs(
    [BadPath],
    () => checkConsistency(earlier, later, proof),
    (cause) => new BadAudit(`the log was rewritten: ${cause.message}`, { cause }),
  );
}
