/**
 * Third parties in one thread, as far as a side answers for them (SPEC.md section 7.6): what waits for an answer, what this
 * person does not want to see, and the end of a presence. How one is invited and let in is `granting`, fetched when it is
 * asked for.
 */

import { BadInvitation } from "../e2ee/errors.ts";
import type { Base64, Id } from "../wire/types.ts";
import { toBase64 } from "./base64.ts";
import type { Parts } from "./granting.ts";
import type { ThreadLog } from "./log.ts";
import type { Outbox } from "./outbox.ts";
import type { Runtime } from "./runtime.ts";
import type { ThirdInvited } from "./views.ts";

interface Around extends Parts {
  readonly outbox: Outbox;
  /** What an earlier run was told to show no more. */
  readonly declined: readonly Base64<32>[];
  /** What is to be remembered changed. */
  readonly changed: () => void;
}

/** What one side of a thread does about a third party. */
export class Inviting {
  readonly #runtime: Runtime;
  readonly #around: Around;
  readonly #declined: Set<Base64<32>>;

  constructor(runtime: Runtime, around: Around) {
    this.#runtime = runtime;
    this.#around = around;
    this.#declined = new Set(around.declined);
  }

  /** Proposals that wait for an answer, here or on the other side. */
  get open(): readonly ThirdInvited[] {
    return this.#log.invitations.filter((each) => !this.#declined.has(each.third));
  }

  /** What this person shows no more. */
  get declined(): readonly Base64<32>[] {
    return [...this.#declined];
  }

  /** Shows this invitation no more on this device. To the other side it is silence. */
  decline(third: Base64<32>): void {
    this.#declined.add(third);
    this.#around.changed();
  }

  /**
   * Ends the third party's presence, or one's own as that: it reads nothing more, and the keys are renewed.
   * @throws BadInvitation (none is in)
   */
  async end(msgId: Id): Promise<void> {
    const { third } = this.#log;
    if (third === null) {
      throw new BadInvitation("no third party is in");
    }
    await this.#around.outbox.post({ kind: "left", content: toBase64(third.id), msgId });
  }

  /** As `Granting.invite`. */
  async invite(msgId: Id, target: Id, history: boolean): Promise<void> {
    const { Granting } = await import("./granting.ts");
    await new Granting(this.#runtime, this.#around).invite(msgId, target, history);
  }

  /** As `Granting.accept`. */
  async accept(third: Base64<32>): Promise<void> {
    const { Granting } = await import("./granting.ts");
    await new Granting(this.#runtime, this.#around).accept(third);
  }

  /** Another one after a restored backup. */
  get #log(): ThreadLog {
    return this.#around.follower.log;
  }
}
