/** The log of a third party: begun where it came in, and read anew once it was given keys that it may have and had not. */

import type { Hash } from "../e2ee/bytes.ts";
import { E2EEError } from "../e2ee/errors.ts";
import { THIRD } from "../e2ee/third.ts";
import type { WrapsList } from "../wire/types.ts";
import { fromBase64 } from "./base64.ts";
import type { Begun } from "./epochs.ts";
import type { ThreadLog } from "./log.ts";
import { background, pause } from "./tasks.ts";
import type { NotRendered } from "./views.ts";

const againMs = 2_000;
/** Whoever lets a third party in gives it the keys of what was before right after: so often they are asked for. */
const triesMax = 30;

/** Begins an empty log as the service tells that this mailbox came in; what does not hold stops it. */
export async function enter(log: ThreadLog, list: WrapsList): Promise<NotRendered | null> {
  const { entry } = list;
  try {
    const { keys } = await log.epochs.enter(list);
    if (entry !== undefined && entry.seq > 0) {
      const head = fromBase64<Hash>(entry.head);
      const record = log.chain.enter({ seq: entry.seq, head, signedRecord: fromBase64(entry.signed_record) }, keys);
      await log.epochs.enterAt(record, entry.seq);
    }
    return null;
  } catch (error) {
    if (error instanceof E2EEError) {
      return log.stop(error);
    }
    throw error;
  }
}

/** As a third party, the first epoch that it may read and was not given the key of; null: none, or no third party. */
export function ungiven({ chain, epochs, side }: ThreadLog): number | null {
  const isUngiven = ({ record, seq }: Begun): boolean => seq > chain.start && !epochs.hasWraps(record.n);
  return side.party === THIRD ? (epochs.begun.find(isUngiven)?.record.n ?? null) : null;
}

interface Asked {
  /** Of this moment. */
  readonly log: () => ThreadLog;
  /** Asks for keys from that epoch on, and reads anew if some came. */
  readonly take: (first: number) => Promise<void>;
}

/** Asks for what is missing, again and again for a minute. */
export class Asking {
  readonly #asked: Asked;
  #isAsking = false;

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  start(): void {
    if (!this.#isAsking && ungiven(this.#asked.log()) !== null) {
      this.#isAsking = true;
      background(this.#ask());
    }
  }

  async #ask(): Promise<void> {
    try {
      for (let tries = 0; tries < triesMax; tries += 1) {
        await pause(againMs);
        const first = ungiven(this.#asked.log());
        if (first === null || this.#asked.log().evidence !== null) {
          return;
        }
        await this.#asked.take(first);
      }
    } finally {
      this.#isAsking = false;
    }
  }
}
