/**
 * One person's consents in one thread: which cards there are, and what the platform vouches for. How one is given and
 * withdrawn is `giving`, fetched when it is asked for.
 */

import type { CardField, Id, OwnCard } from "../wire/types.ts";
import { type Attested, ownAttestation } from "./attesting.ts";
import { toBase64 } from "./base64.ts";
import type { Follower } from "./follower.ts";
import type { Giving } from "./giving.ts";
import type { Renewal } from "./renewal.ts";
import { answerMs, type Runtime, serviceNow } from "./runtime.ts";

/** A person's identity card, as they filled it in; each field at most 254 bytes of UTF-8. */
export type CardValues = Readonly<Partial<Record<CardField, string>>>;

/** What a person agrees to show, and under which words they agreed. */
export interface Consent {
  /** The consented fields with their values. */
  readonly fields: CardValues;
  /** What the person read. */
  readonly text: string;
  /** Where they did: a word of the protocol. */
  readonly channel: string;
  /** The platform's JWT for this mailbox's identity, or empty: none; null: it is asked for. */
  readonly attestation: string | null;
}

export class Consenting {
  readonly #runtime: Runtime;
  readonly #follower: Follower;
  readonly #renewal: Renewal;

  constructor(runtime: Runtime, follower: Follower, renewal: Renewal) {
    this.#runtime = runtime;
    this.#follower = follower;
    this.#renewal = renewal;
  }

  /** As `Giving.give`. */
  async give(consent: Consent): Promise<Id> {
    return (await this.#giving()).give(consent);
  }

  /** As `Giving.withdraw`. */
  async withdraw(card: Id): Promise<boolean> {
    return (await this.#giving()).withdraw(card);
  }

  /** What the platform vouches for about the own mailbox, which a card shows too; null: nothing. */
  async attestation(): Promise<Attested | null> {
    const { attest, trust } = this.#runtime;
    const { sign } = await this.#follower.log.side.keys.identity();
    return ownAttestation(attest, toBase64<32>(sign.public), trust, serviceNow(this.#runtime));
  }

  /** The cards of one's own side. */
  async listed(): Promise<readonly OwnCard[]> {
    const answer = await this.#runtime.link.request(
      { t: "consents", thread: this.#follower.log.side.thread },
      { timeoutMs: answerMs },
    );
    return answer.cards;
  }

  async #giving(): Promise<Giving> {
    const { Giving: Fetched } = await import("./giving.ts");
    return new Fetched(this.#runtime, this.#follower, this.#renewal, this);
  }
}
