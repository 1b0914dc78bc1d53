/** What one's own side says openly in a thread beside its messages (SPEC.md section 7.5). */

import { utf8 } from "../e2ee/encoding.ts";
import type { ClosingReason, Id } from "../wire/types.ts";
import { toBase64 } from "./base64.ts";
import type { Link } from "./link.ts";
import type { Step } from "./openly.ts";
import type { Outbox } from "./outbox.ts";
import { answerMs } from "./runtime.ts";

export class Notices {
  readonly #link: Link;
  readonly #outbox: Outbox;
  readonly #thread: Id;

  constructor(link: Link, outbox: Outbox, thread: Id) {
    this.#link = link;
    this.#outbox = outbox;
    this.#thread = thread;
  }

  /** Openly proposes to show identities; the peer sees it. It consents to nothing. */
  async ask(msgId: Id): Promise<void> {
    await this.#outbox.post({ kind: "asked", content: toBase64(utf8("")), msgId });
  }

  /** Closes the conversation; the peer learns it, and why only if `tell`. The reason counts in the figures. */
  async close(msgId: Id, reason: ClosingReason, tell: boolean): Promise<void> {
    await this.#outbox.post({ kind: "closed", content: toBase64(utf8(reason)), msgId, told: tell });
  }

  /** Takes a closed conversation up again. */
  async reopen(msgId: Id): Promise<void> {
    await this.#outbox.post({ kind: "reopened", content: toBase64(utf8("")), msgId });
  }

  /** Says how far things are; the figures count it. */
  async mark(msgId: Id, step: Step): Promise<void> {
    await this.#outbox.post({ kind: "step", content: toBase64(utf8(step)), msgId });
  }

  /** What one's side thinks of it, for the figures alone, each from 1 to 5, once. @throws ProblemError, TimedOut */
  async rate(satisfied: number, recommends: number): Promise<void> {
    const rating = { t: "rate", thread: this.#thread, satisfied, recommends } as const;
    await this.#link.request(rating, { timeoutMs: answerMs });
  }
}
