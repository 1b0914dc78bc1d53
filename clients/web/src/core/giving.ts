/**
 * One person's consents in one thread: kept before they are sent, sent again as they are, withdrawn on any device.
 *
 * SPEC.md section 9: the card goes sealed into escrow with a statement that the person's own seat signs. The peer gets
 * neither before both sides consented; the statement it never gets.
 */

import { hex, type Hash, type Id as IdBytes } from "../e2ee/bytes.ts";
import { FIELDS, sealCard } from "../e2ee/card.ts";
import { checkSignature, consentStatement, parseConsent, withdrawalStatement } from "../e2ee/consent.ts";
import { frame, utf8 } from "../e2ee/encoding.ts";
import { BadCard, BadConsent } from "../e2ee/errors.ts";
import { sha256 } from "../e2ee/suite.ts";
import type { Base64, Id } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import type { Consent, Consenting } from "./consenting.ts";
import { openedSecret, ownPseudonym } from "./epochs.ts";
import { ConsentElsewhere, ProblemError, ServiceRestored } from "./errors.ts";
import type { Follower } from "./follower.ts";
import { type Given, shelves } from "./local.ts";
import { isRenewed, type Renewal } from "./renewal.ts";
import { answerMs, newId, type Runtime } from "./runtime.ts";

const resealsMax = 8;

export class Giving {
  readonly #runtime: Runtime;
  readonly #follower: Follower;
  readonly #renewal: Renewal;
  readonly #thread: Id;
  readonly #consenting: Consenting;

  constructor(runtime: Runtime, follower: Follower, renewal: Renewal, consenting: Consenting) {
    this.#runtime = runtime;
    this.#follower = follower;
    this.#renewal = renewal;
    this.#thread = follower.log.side.thread;
    this.#consenting = consenting;
  }

  /** Consents to show these fields; returns the card's id. @throws BadCard, Stopped; as `Renewal.voiced` and `Link.request` */
  async give(consent: Consent): Promise<Id> {
    await this.#renewal.voiced();
    const asked = askedFor(consent);
    let given = (await this.#unanswered(asked)) ?? (await this.#sealed(consent, asked));
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#send(given);
        await shelves.given.save(this.#runtime.storage, { ...given, unanswered: null }, this.#thread, given.card);
        this.#runtime.changed();
        return given.card;
      } catch (error) {
        await this.#afterRefusal(error, given.card);
        if (tries === resealsMax) {
          throw error;
        }
      }
      given = await this.#sealed(consent, asked);
    }
  }

  async #send(given: Given): Promise<void> {
    const { statement, signature, unanswered } = given;
    if (unanswered !== null) {
      const { payload, sServer } = unanswered;
      await this.#runtime.link.request(
        { t: "consent.give", thread: this.#thread, statement, signature, payload, s_server: sServer },
        { sealed: true, timeoutMs: answerMs },
      );
    }
  }

  /** Makes ready for another card under the keys in force. Throws the error where that would be in vain. */
  async #afterRefusal(error: unknown, card: Id): Promise<void> {
    const again = error instanceof ServiceRestored || isRenewed(error);
    if (again || (error instanceof ProblemError && error.final)) {
      await shelves.given.delete(this.#runtime.storage, this.#thread, card);
    }
    if (!again) {
      throw error;
    }
    if (error instanceof ProblemError && error.code === "rotation_needed") {
      await this.#renewal.asked();
    }
    await this.#follower.catchUp({ pull: true });
  }

  /**
   * Withdraws a consent of this person; whether the service says that the card was destroyed unshown.
   * @throws ConsentElsewhere, BadConsent, ProblemError, TimedOut
   */
  async withdraw(card: Id): Promise<boolean> {
    const consented = await this.#ownStatement(card);
    const statement = withdrawalStatement(fromBase64(consented), this.#runtime.clock());
    const signature = await this.#follower.log.side.keys.pair.sign.sign(statement);
    await this.#runtime.link.request(
      {
        t: "consent.withdraw",
        thread: this.#thread,
        card,
        statement: toBase64(statement),
        signature: toBase64<64>(signature),
      },
      { timeoutMs: answerMs },
    );
    await shelves.given.delete(this.#runtime.storage, this.#thread, card);
    return (await this.#consenting.listed()).some((each) => each.card === card && each.state === "withdrawn");
  }

  /** A new card and the consent to it, kept before they are first sent. */
  async #sealed(consent: Consent, asked: Base64): Promise<Given> {
    const { log } = this.#follower;
    log.checkFollowed();
    const { side, epochs } = log;
    const record0 = epochs.record(0).hash;
    const { sign } = await side.keys.identity();
    const attestation = consent.attestation ?? (await this.#consenting.attestation())?.jwt;
    const card = await sealCard(log.header("card", newId(this.#runtime)), shown(consent), {
      record0,
      identity: sign,
      attestation: attestation ?? "",
      epochSecret: openedSecret(epochs.current),
      signing: ownPseudonym(epochs.current).sign,
      seenSeq: log.seq,
      seenHead: log.head,
      tag: side.keys.tag,
      entropy: this.#runtime.entropy,
    });
    const statement = consentStatement({
      thread: fromBase64<IdBytes>(side.thread),
      record0,
      party: side.party,
      card: card.card,
      bits: card.bits,
      textHash: sha256(utf8(consent.text)),
      channel: consent.channel,
      time: this.#runtime.clock(),
      payloadHash: sha256(card.payload),
      cs: card.cs,
    });
    const given: Given = {
      card: toBase64<16>(card.card),
      statement: toBase64(statement),
      signature: toBase64<64>(await side.keys.pair.sign.sign(statement)),
      unanswered: { payload: toBase64(card.payload), sServer: toBase64<32>(card.sServer), asked },
    };
    await shelves.given.save(this.#runtime.storage, given, this.#thread, given.card);
    return given;
  }

  /** The card of the same consent that got no answer: it may be in escrow, and must not get a twin. */
  async #unanswered(asked: Base64): Promise<Given | null> {
    const kept = await shelves.given.all(this.#runtime.storage, this.#thread);
    return kept.find((given) => given.unanswered?.asked === asked) ?? null;
  }

  /** The consent as this person signed it: kept here, or given back by the service and checked. */
  async #ownStatement(card: Id): Promise<Base64> {
    const kept = await shelves.given.load(this.#runtime.storage, this.#thread, card);
    if (kept !== undefined) {
      return kept.statement;
    }
    const listed = (await this.#consenting.listed()).find((each) => each.card === card);
    if (listed?.statement === undefined || listed.statement === null || listed.signature === null) {
      throw new ConsentElsewhere("this person did not give that consent");
    }
    await this.#checkOwn(card, listed.statement, listed.signature);
    return listed.statement;
  }

  /** A withdrawal of anything but this seat's consent to this card of this thread would be none. @throws BadConsent */
  async #checkOwn(card: Id, statement: Base64, signature: Base64): Promise<void> {
    const { side, epochs } = this.#follower.log;
    const bytes = fromBase64(statement);
    await checkSignature(side.keys.pair.sign.public, fromBase64(signature), bytes);
    const given = parseConsent(bytes);
    const record0: Hash = epochs.record(0).hash;
    const matches =
      toBase64(given.thread) === side.thread &&
      hex(given.record0) === hex(record0) &&
      given.party === side.party &&
      toBase64(given.card) === card;
    if (!matches) {
      throw new BadConsent("the service gives back the consent to another card");
    }
  }
}

/**
 * Names what a person agreed to: a second call that says the same is the same consent. The platform's word is another one
 * each time that it is asked for.
 */
function askedFor(consent: Consent): Base64 {
  const fields = Object.entries(shown(consent)).flatMap(([name, value]) => [utf8(name), utf8(value)]);
  const said = [utf8(consent.text), utf8(consent.channel)];
  return toBase64(sha256(frame("pli1/device-consent", ...said, ...fields)));
}

/** The consented fields, in their fixed order. @throws BadCard for none, or an empty one */
function shown(consent: Consent): Record<string, string> {
  const chosen = FIELDS.flatMap((name) => {
    const value = consent.fields[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  if (chosen.length === 0 || chosen.some(([, value]) => value === "")) {
    throw new BadCard("a consent names at least one field, and none that is empty");
  }
  return Object.fromEntries(chosen);
}
