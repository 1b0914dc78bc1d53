/** The service's side of a stamp, for tests: the RFC 6962 tree over leaf hashes, and the path of each. */

import { type Bytes, concat, type Hash, same } from "../bytes.ts";
import { BadStamp } from "../errors.ts";
import { rootFromPath } from "../merkle.ts";
import { sha256 } from "../suite.ts";

/** The root and the audit paths; each path was walked by the code under test and led to the root. */
export function merkleTree(leaves: readonly Hash[]): { root: Hash; paths: Bytes[] } {
  const root = rootOf(leaves);
  const paths = leaves.map((_, index) => concat(...pathOf(leaves, index)));
  for (const [index, leaf] of leaves.entries()) {
    const found = rootFromPath(leaf, index, leaves.length, paths[index] ?? new Uint8Array());
    if (!same(found, root)) throw new Error(`the path of leaf ${index} leads elsewhere`);
  }
  return { root, paths };
}

/** The largest power of two below a number of leaves: where RFC 6962 splits them. */
const splitOf = (count: number): number => 2 ** Math.floor(Math.log2(count - 1));

function rootOf(leaves: readonly Hash[]): Hash {
  const [only] = leaves;
  if (only === undefined) throw new BadStamp("a tree has at least one leaf");
  if (leaves.length === 1) return only;
  const split = splitOf(leaves.length);
  return sha256(concat(Uint8Array.of(1), rootOf(leaves.slice(0, split)), rootOf(leaves.slice(split))));
}

function pathOf(leaves: readonly Hash[], index: number): Bytes[] {
  if (leaves.length < 2) return [];
  const split = splitOf(leaves.length);
  const [left, right] = [leaves.slice(0, split), leaves.slice(split)];
  return index < split ? [...pathOf(left, index), rootOf(right)] : [...pathOf(right, index - split), rootOf(left)];
}
