/**
 * RFC 6962 trees, as their readers verify them: the stamps of a commit (SPEC.md section 8), and the moderators' audit log
 * (section 10.6).
 */

import { type Bytes, concat, HASH, type Hash, same } from "./bytes.ts";
import { E2EEError } from "./errors.ts";
import { sha256 } from "./suite.ts";

const LEAF: Bytes = Uint8Array.of(0);
const NODE: Bytes = Uint8Array.of(1);
const EMPTY_ROOT: Hash = sha256(new Uint8Array());

/** A path of another length than its place in the tree has, or that does not lead where it should. */
export class BadPath extends E2EEError {
  override readonly name: string = "BadPath";
}

export const leafHash = (data: Bytes): Hash => sha256(concat(LEAF, data));

const nodeHash = (left: Bytes, right: Bytes): Hash => sha256(concat(NODE, left, right));

/** Halved, not shifted: a bit operation would take an index from 2^31 on for a negative number. */
const half = (index: number): number => Math.floor(index / 2);

/** Walks an audit path up to the root (RFC 9162 section 2.1.3.2). Throws BadPath for a path of another length. */
export function rootFromPath(leaf: Hash, index: number, size: number, path: Bytes): Hash {
  if (index >= size) throw new BadPath("the leaf is not in its tree");
  let [root, at] = [leaf, 0];
  for (let last = size - 1; last > 0; index = half(index), last = half(last)) {
    if (index % 2 === 0 && index === last) continue;
    const sibling = path.slice(at, at + HASH);
    if (sibling.length !== HASH) throw new BadPath("the path is too short");
    at += HASH;
    root = index % 2 === 1 ? nodeHash(sibling, root) : nodeHash(root, sibling);
  }
  if (at !== path.length) throw new BadPath("the path is too long");
  return root;
}

/** A tree at one size. */
export interface Sized {
  readonly size: number;
  readonly root: Bytes;
}

/** Checks that the later tree begins with the earlier one (RFC 9162 section 2.1.4.2). Throws BadPath. */
export function checkConsistency(earlier: Sized, later: Sized, proof: Bytes): void {
  if (earlier.size > later.size) throw new BadPath("the later tree is smaller than the earlier one");
  if (earlier.size === 0) checkSame(earlier.root, EMPTY_ROOT, proof);
  else if (earlier.size === later.size) checkSame(earlier.root, later.root, proof);
  else checkGrown(earlier, later, proof);
}

/** Where nothing was added there is nothing to prove. */
function checkSame(root: Bytes, expected: Bytes, proof: Bytes): void {
  if (proof.length > 0) throw new BadPath("the proof is too long");
  if (!same(root, expected)) throw new BadPath("the two trees are not the same");
}

function checkGrown(earlier: Sized, later: Sized, proof: Bytes): void {
  if (proof.length % HASH !== 0) throw new BadPath("the proof is cut");
  const found = Array.from({ length: proof.length / HASH }, (_, at) => proof.slice(at * HASH, (at + 1) * HASH));
  if (isPowerOfTwo(earlier.size)) found.unshift(earlier.root);
  const roots = walk(earlier.size - 1, later.size - 1, found);
  if (!same(roots.earlier, earlier.root) || !same(roots.later, later.root)) {
    throw new BadPath("the later tree does not begin with the earlier one");
  }
}

const isPowerOfTwo = (size: number): boolean => 2 ** Math.floor(Math.log2(size)) === size;

/** Both roots that a consistency proof leads to, the earlier tree ending at the leaf `index`. */
function walk(index: number, last: number, [first, ...rest]: readonly Bytes[]): { earlier: Bytes; later: Bytes } {
  while (index % 2 === 1) [index, last] = [half(index), half(last)];
  if (first === undefined) throw new BadPath("the proof is too short");
  let [earlier, later] = [first, first];
  for (const each of rest) {
    if (last === 0) throw new BadPath("the proof is too long");
    if (index % 2 === 1 || index === last) {
      [earlier, later] = [nodeHash(each, earlier), nodeHash(each, later)];
      while (index > 0 && index % 2 === 0) [index, last] = [half(index), half(last)];
    } else {
      later = nodeHash(later, each);
    }
    [index, last] = [half(index), half(last)];
  }
  if (last > 0) throw new BadPath("the proof is too short");
  return { earlier, later };
}
