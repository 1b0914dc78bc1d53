/**
 * The log of a thread with stretches left out, as an excerpt has it: what is there verifies as for every reader.
 *
 * The events before the range stand alone, each under a stamp of its own; the range is whole, under the stamp of its last
 * event. What was left out between them cannot be compared, and need not: the records name each other (SPEC.md 10.4).
 */

import { type Hash, same } from "./bytes.ts";
import { nextHead } from "./chain.ts";
import { labelOf } from "./encoding.ts";
import { BadEncoding, BadReport, Fork, Gap } from "./errors.ts";
import type { ExcerptEntry } from "./excerpt.ts";
import { withheldDigest } from "./third.ts";
import { type Known, type LogEvent, MESSAGE, ThreadChain } from "./thread-log.ts";
import { RELEASED } from "./verified-log.ts";

/** Whether the payload of an event is not there: of a message that is not opened it may, of a release it must be so. */
export function isClosed({ kind, payload }: LogEvent): boolean {
  if (kind !== MESSAGE && kind !== RELEASED) return false;
  try {
    return labelOf(payload) === "pli1/withheld";
  } catch (error) {
    if (error instanceof BadEncoding) return false;
    throw error;
  }
}

/** A verified log in pieces. */
export class ExcerptLog extends ThreadChain {
  /** It is short, and not chained ahead: what its events withhold is for `headAfter`. */
  constructor(known: Known) {
    super({ ...known, chaining: () => Promise.resolve([]) });
  }

  /** Takes an event that stands alone. Throws what `verifyRange` throws. */
  async takeEntry({ head, event }: ExcerptEntry): Promise<void> {
    this.skipTo(event.seq - 1, head);
    await this.verifyRange([event]);
  }

  /**
   * Leaves out what comes before the event after `seq`, at which the log has that head; the next stamp proves it.
   *
   * Throws Gap for a stretch that was taken already, Fork for another head than a known one.
   */
  skipTo(seq: number, head: Hash): void {
    if (seq < this.seq) throw new Gap(`the event after seq ${seq} stands behind seq ${this.seq}`);
    if (seq > this.seq) {
      this.beginAfter(seq, head);
    } else if (!same(head, this.head)) {
      throw new Fork(`the excerpt has another head at seq ${seq} than the one that its events give`);
    }
  }

  protected override headAfter(event: LogEvent, before: Hash): Hash {
    const { seq, time, kind, party, payload } = event;
    if (isClosed(event)) return nextHead(before, seq, time, kind, party, withheldDigest(payload));
    if (kind === RELEASED) throw new BadReport("an excerpt holds what no report may show: a released card");
    return super.headAfter(event, before);
  }
}
