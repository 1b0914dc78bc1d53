/** The twelve words of a record of keys, derived once: their list is loaded when it is first needed. */

import type { EpochRecord } from "../e2ee/epoch.ts";
import { recordWords } from "../e2ee/words.ts";

export class ControlWords {
  #known: { readonly record: EpochRecord; readonly words: Promise<readonly string[]> } | null = null;

  async of(record: EpochRecord): Promise<readonly string[]> {
    if (this.#known?.record !== record) {
      this.#known = { record, words: recordWords(record.hash) };
    }
    try {
      return await this.#known.words;
    } catch (error) {
      // The list did not load: the next asking tries again.
      this.#known = null;
      throw error;
    }
  }
}
