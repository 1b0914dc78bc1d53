/**
 * Twelve words, which two persons compare: before an admission (SPEC.md section 4.4), and after a release, to find out
 * whether somebody stands between the two sides of a thread (section 9.6).
 */

import { type Bytes, exactly, HASH, type Hash, hex, type Id } from "./bytes.ts";
import { frame } from "./encoding.ts";
import { sha256 } from "./suite.ts";

const WORDS_SHOWN = 12;
const BITS_PER_WORD = 11;

/** The twelve words that both screens show before an admission, as two rows of six. */
export const admissionWords = (mailbox: Id, head: Hash, signPk: Bytes, kemPk: Bytes): Promise<string[]> =>
  spoken(frame("pli1/words", mailbox, head, signPk, kemPk));

/** The twelve words of an epoch record. `recordHash` is R_n as this side has it. */
export const recordWords = (recordHash: Hash): Promise<string[]> =>
  spoken(frame("pli1/thread-words", exactly(recordHash, HASH, "R_n")));

/** The first 132 bits of a frame's hash, 11 bits a word. The list is loaded when the first words are to be shown. */
async function spoken(framed: Bytes): Promise<string[]> {
  const { LIST } = await import("./word-list.ts");
  const hash = BigInt(`0x${hex(sha256(framed))}`);
  return Array.from({ length: WORDS_SHOWN }, (_, place) => {
    const index = (hash >> BigInt(8 * HASH - BITS_PER_WORD * (place + 1))) % BigInt(2 ** BITS_PER_WORD);
    return LIST[Number(index)] ?? "";
  });
}
