/**
 * What a participant tells moderators of one thread: a report, an answer, an appeal. Sealed here, opened by them alone.
 *
 * SPEC.md sections 10.1 to 10.3. The key is taken only as the offline root vouches for it, which is pinned here; what the
 * service says of it counts for nothing. What is told is kept before it is first sent, and sent again as it is: one
 * report whose reply was lost does not become two. A page loads this when somebody has something to tell.
 */

import type { Hash, Id as IdBytes, SignPublic } from "../e2ee/bytes.ts";
import { utf8 } from "../e2ee/encoding.ts";
import { BadModerationKey, BadReport, E2EEError } from "../e2ee/errors.ts";
import { openMessage } from "../e2ee/message.ts";
import { keyCheckpoint, keyHash, type ModerationKey, openCertificate, rootId } from "../e2ee/moderation-key.ts";
import { type Opening, sealStatement, signStatement, type Statement } from "../e2ee/report.ts";
import { sha256 } from "../e2ee/suite.ts";
import { type LogEvent, MESSAGE } from "../e2ee/thread-log.ts";
import type { Answer, Id, Report } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { Malformed } from "./checks.ts";
import { moderationKey, sendAnswer, sendReport } from "./cases.ts";
import { eventOf } from "./entries.ts";
import { openedSecret, ownPseudonym } from "./epochs.ts";
import { ProblemError, Unreachable } from "./errors.ts";
import { Shelf } from "./local.ts";
import type { Asked, Begun, KeyState, Told, Receipt, Telling } from "./telling.ts";
import { laterRoot } from "./pinning-later.ts";
import { answerMs, newId, type Runtime, serviceNow } from "./runtime.ts";
import { type Span, spanOf } from "./span.ts";
import { Once } from "./tasks.ts";
import type { Thread } from "./thread.ts";

/** The kind of the vault's checkpoint: the newest key that this account saw. */
const keyKind = "moderation";
const noHead: Hash = fromBase64<Hash>(toBase64<32>(new Uint8Array(32)));

/** As it is sent, whatever becomes of the first sending. */
type Said = { readonly report: Report } | { readonly answer: Answer };

/** All of them go with their conversation (`forgetThread`). */
const kept = {
  said: new Shelf<Said>("said"),
  receipt: new Shelf<Receipt>("receipt"),
  telling: new Shelf<Telling>("telling"),
} as const;

/** What each client tells at the moment: two runs of the same would draw two reports. */
const underWay = new WeakMap<Runtime, Once<Told>>();

export function reportingOf(runtime: Runtime, thread: Thread): Reporting {
  const told = underWay.get(runtime) ?? new Once<Told>(0);
  underWay.set(runtime, told);
  return new Reporting(runtime, thread, told);
}

export class Reporting {
  readonly #runtime: Runtime;
  readonly #thread: Thread;
  readonly #underWay: Once<Told>;

  constructor(runtime: Runtime, thread: Thread, told: Once<Told>) {
    this.#runtime = runtime;
    this.#thread = thread;
    this.#underWay = told;
  }

  /** @throws as `tell` */
  async carryOut(asked: Asked): Promise<Begun | Told | null> {
    if (asked.do === "begin") {
      return this.#begun(asked.case);
    }
    return asked.do === "keep" ? this.#keep(asked.telling) : this.tell(asked.telling);
  }

  /**
   * Tells moderators, once however often it is asked; returns the receipt.
   * @throws BadModerationKey, BadSignature, BadKey (the key is not the moderators'), BadReport, Fork, Stopped,
   * ProblemError (`too_many`; `conflict`: the case is over), Unreachable
   */
  async tell(telling: Telling): Promise<Told> {
    const name = toBase64<16>(sha256(utf8(JSON.stringify(telling))).slice(0, 16));
    return this.#underWay.run(`${this.#id} ${name}`, async () => this.#tell(telling, name));
  }

  async #tell(telling: Telling, name: Id): Promise<Told> {
    const { storage } = this.#runtime;
    const before = await kept.receipt.load(storage, this.#id, name);
    const receipt = before ?? (await this.#told(telling, name));
    if (before === undefined) {
      await kept.receipt.save(storage, receipt, this.#id, name);
    }
    await kept.said.delete(storage, this.#id, name);
    await kept.telling.delete(storage, this.#id, telling.case ?? this.#id);
    await this.#thread.mailbox.readCases();
    return { receipt };
  }

  get #id(): Id {
    return this.#thread.id;
  }

  async #begun(about: Id | null): Promise<Begun> {
    const { storage } = this.#runtime;
    const [key, begun, receipts] = await Promise.all([
      this.#keyState(),
      kept.telling.load(storage, this.#id, about ?? this.#id),
      kept.receipt.all(storage, this.#id),
    ]);
    return { key, begun: begun ?? null, receipts: receipts.sort((a, b) => a.at - b.at) };
  }

  async #keep(telling: Telling): Promise<null> {
    const { storage } = this.#runtime;
    const about = telling.case ?? this.#id;
    if (telling.text === "" && telling.seqs.length === 0) {
      await kept.telling.delete(storage, this.#id, about);
    } else {
      await kept.telling.save(storage, telling, this.#id, about);
    }
    return null;
  }

  /** What was sealed to a key that moderators have no more, and that nobody took, is sealed once more. */
  async #told(telling: Telling, name: Id): Promise<Receipt> {
    const { storage } = this.#runtime;
    let said = await kept.said.load(storage, this.#id, name);
    for (let isLast = false; ; isLast = true) {
      if (said === undefined) {
        said = await this.#sealed(telling, await this.#key());
        await kept.said.save(storage, said, this.#id, name);
      }
      try {
        return await this.#send(telling, said);
      } catch (error) {
        if (error instanceof ProblemError && error.final) {
          await kept.said.delete(storage, this.#id, name);
          said = undefined;
        }
        if (isLast || !(error instanceof ProblemError) || error.code !== "conflict") {
          throw error;
        }
      }
    }
  }

  async #send({ kind, case: answered, seqs }: Telling, said: Said): Promise<Receipt> {
    const { api, clock } = this.#runtime;
    if ("report" in said) {
      const taken = await sendReport(api, this.#id, said.report);
      return { case: taken.case, at: taken.at, kind, seqs };
    }
    if (answered === null) {
      throw new BadReport("an answer is one in a case");
    }
    await sendAnswer(api, answered, said.answer, kind === "appeal");
    return { case: answered, at: clock(), kind, seqs };
  }

  async #sealed(telling: Telling, key: ModerationKey): Promise<Said> {
    const { follower, state } = this.#thread;
    await follower.catchUp({ pull: follower.log.isEmpty });
    follower.log.checkFollowed();
    const { chain } = follower.log;
    const span = spanOf(telling.seqs, chain.start + 1, chain.seq);
    if (span === null) {
      throw new BadReport("these messages are more than one statement holds, or too far apart");
    }
    const { about, category } = telling;
    const isReport = category !== null;
    if (isReport !== (telling.kind === "report")) {
      throw new BadReport("a report has a category, and an answer none");
    }
    const subject = isReport ? newId(this.#runtime) : (telling.case ?? newId(this.#runtime));
    const statement: Statement = {
      kind: isReport ? "report" : "answer",
      subject: fromBase64<IdBytes>(subject),
      thread: fromBase64<IdBytes>(this.#id),
      party: state.party,
      epoch: chain.placeAt((span.last === 0 ? chain.seq : span.last) + 1, state.party).epoch,
      category: category ?? "",
      text: telling.text,
      ...span,
      head: span.last === 0 ? noHead : chain.headAt(span.last),
      openings: await this.#openings(telling.seqs, span),
    };
    const epoch = await follower.log.epochs.at(statement.epoch);
    const signed = await signStatement(statement, ownPseudonym(epoch).sign);
    const sealed = toBase64(await sealStatement(signed, fromBase64<IdBytes>(this.#runtime.trust.service), key.kem));
    const body = { ...span, key: toBase64<32>(keyHash(key)), sealed };
    if (!isReport) {
      return { answer: body };
    }
    return { report: { ...body, report: subject, party: state.party, about, category } };
  }

  /** The keys of these messages, each of which is shown here. @throws BadReport, Fork, E2EEError */
  async #openings(seqs: readonly number[], span: Span): Promise<readonly Opening[]> {
    const wanted = new Set(seqs);
    const events = wanted.size === 0 ? [] : (await this.#events(span)).filter((event) => wanted.has(event.seq));
    const shown = new Set(wanted.size === 0 ? [] : await this.#shown(span));
    if (events.some((event) => event.kind !== MESSAGE || !shown.has(event.seq)) || events.length !== wanted.size) {
      throw new BadReport("only messages that are shown here can be shown to moderators");
    }
    const { chain, epochs } = this.#thread.follower.log;
    const openings: Opening[] = [];
    for (const event of events) {
      const place = chain.checkMessage(event);
      const author: SignPublic = chain.authorAt(event.seq, event.party);
      const { kEnc, kF } = await openMessage(event.payload, openedSecret(await epochs.at(place.epoch)), author, place);
      openings.push({ seq: event.seq, kEnc, kF });
    }
    return openings;
  }

  /** The messages of a span that verified in all. */
  async #shown({ first, last }: Span): Promise<number[]> {
    const found: number[] = [];
    for (let to = last; to >= first;) {
      const stretch = await this.#thread.stretch({ before: to + 1 });
      found.push(...stretch.items.filter((item) => item.type === "message").map((item) => item.seq));
      to = stretch.from > to ? first - 1 : stretch.from - 1;
    }
    return found;
  }

  /** The events of a span, which this device does not keep: pulled, and held against what it verified. @throws Fork */
  async #events({ first, last }: Span): Promise<readonly LogEvent[]> {
    const { chain } = this.#thread.follower.log;
    const events: LogEvent[] = [];
    for (let after = first - 1; after < last;) {
      const command = { t: "pull", thread: this.#id, after, limit: last - after } as const;
      const answer = await this.#runtime.link.request(command, { timeoutMs: answerMs });
      for (const event of answer.events.map(eventOf)) {
        if (event.seq !== after + 1 || event.seq > last) {
          throw new Malformed("the service gives other events than those that were asked for");
        }
        events.push(event);
        after = event.seq;
      }
      if (answer.events.length === 0) {
        throw new Unreachable("the service gave fewer events than it has");
      }
    }
    // All of them are known: they are compared, and nothing is taken.
    await chain.verifyRange(events);
    return events;
  }

  async #keyState(): Promise<KeyState> {
    try {
      await this.#key();
      return "verified";
    } catch (error) {
      if (error instanceof NoModerators) {
        return "none";
      }
      if (error instanceof E2EEError) {
        return "refused";
      }
      if (error instanceof ProblemError || error instanceof Unreachable) {
        return "unknown";
      }
      throw error;
    }
  }

  /** The moderators' key, verified; remembered, so that no older one is taken later. */
  async #key(): Promise<ModerationKey> {
    const { api, keeper, trust } = this.#runtime;
    const pinned = trust.moderationRoot ?? (await rootNow());
    if (pinned === null) {
      throw new NoModerators("no root of the moderators' keys is pinned here");
    }
    const root = fromBase64(pinned);
    const about = toBase64<16>(rootId(root));
    const seen = keeper.checkpoint(keyKind, about);
    const key = await openCertificate(fromBase64(await certificate(api)), root, {
      now: serviceNow(this.#runtime),
      seen,
    });
    if (seen === null || key.g > seen.position) {
      keeper.setCheckpoint(keyKind, about, keyCheckpoint(key));
      await keeper.save();
    }
    return key;
  }
}

/** Nobody moderates here yet. */
class NoModerators extends BadModerationKey {
  override readonly name = "NoModerators";
}

async function rootNow(): ReturnType<typeof laterRoot> {
  try {
    return await laterRoot();
  } catch (error) {
    const isKnown = error instanceof Malformed || error instanceof BadModerationKey;
    throw isKnown ? error : new Unreachable("the service does not say what its root is");
  }
}

async function certificate(api: Runtime["api"]): ReturnType<typeof moderationKey> {
  try {
    return await moderationKey(api);
  } catch (error) {
    if (error instanceof ProblemError && error.code === "not_found") {
      throw new NoModerators("the service names no key of moderators");
    }
    throw error;
  }
}
