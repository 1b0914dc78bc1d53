/** One mailbox in which this account has a seat: its keys, its desk, its prekeys, and who asks to be admitted. */

import { authorOf } from "../e2ee/batch.ts";
import type { Bytes } from "../e2ee/bytes.ts";
import { E2EEError } from "../e2ee/errors.ts";
import type { CaseView, Id, SeatView } from "../wire/types.ts";
import { toBase64 } from "./base64.ts";
import { Desk } from "./desk.ts";
import { ProblemError, Unreachable } from "./errors.ts";
import { FirstMessages, type Surroundings } from "./first.ts";
import type { MailboxKeys } from "./keys.ts";
import { type Alarm, shelves } from "./local.ts";
import type { Moderated, ModeratorAct } from "./moderation-views.ts";
import { publishPrekeys, refillBelow } from "./prekeys.ts";
import type { Untagged } from "./reading.ts";
import { drawnFraction, type Runtime, serviceNow } from "./runtime.ts";
import type { Seating } from "./seating.ts";
import { background, pause, Turn } from "./tasks.ts";
import type { SeatAsked, SeatTag } from "./views.ts";

/** Targets that run low are refilled each at its own moment: refilled together, they would be known for one owner's. */
const refillWithinMs = 600_000;
/** Attempts at one change of the roster, each on what came first. */
const changesMax = 8;

export class Mailbox {
  readonly keys: MailboxKeys;
  readonly desk: Desk;
  readonly first: FirstMessages;
  /** Who asks for a seat, as of the last reading; for administrators. */
  pending: readonly SeatAsked[] = [];
  /** Of moderation, as of the last reading, the newest first. */
  cases: readonly CaseView[] = [];
  view: SeatView;
  readonly #runtime: Runtime;
  readonly #seating: Seating;
  readonly #doubted = new Set<string>();
  #alarm: Alarm | null = null;
  readonly #refilling = new Set<Id>();
  readonly #rereading = new Turn();
  readonly #casing = new Turn();

  constructor(runtime: Runtime, seating: Seating, view: SeatView, keys: MailboxKeys, around: Surroundings) {
    this.view = view;
    this.keys = keys;
    this.desk = new Desk(runtime, keys);
    this.first = new FirstMessages(runtime, keys, around);
    this.#runtime = runtime;
    this.#seating = seating;
  }

  get id(): Id {
    return this.view.mailbox;
  }

  /** The rule that its roster broke, or that a colleague's head is none of it: as long as nothing explains that. */
  get alarm(): string | null {
    return this.#alarm?.rule ?? null;
  }

  /** Reads the roster again and verifies that it continues what was seen. @throws BadRoster, BadSeed, ProblemError */
  async reread(): Promise<void> {
    await this.#rereading.take(async () => {
      this.keys.renew(await this.#seating.read(this.view));
      await this.#seeGeneration();
    });
  }

  /** Reads where the cases of moderation stand. @throws ProblemError, Unreachable */
  async readCases(): Promise<void> {
    const { casesOf } = await import("./cases.ts");
    // One after the other: an older answer must not come last.
    await this.#casing.take(async () => {
      this.cases = await casesOf(this.#runtime.api, this.id);
      this.#runtime.changed();
    });
  }

  /** Does what a seat does for its mailbox on each connection: requests, prekeys, desk, cases. */
  async maintain(view: SeatView): Promise<void> {
    this.view = view;
    await this.#seeGeneration();
    await this.#reconsider();
    if (view.admin) {
      this.pending = await this.#seating.pending(this.keys);
      this.#runtime.changed();
    }
    await this.#stock();
    await this.desk.reach(view.desk_seq);
    this.first.wake();
    background(this.readCases());
  }

  /**
   * Admits whoever shows these twelve words on their own screen, and gives them the mailbox's history.
   * @throws WordsDiffer, NotSeated, BadRoster, ProblemError (`stale_head`: compare the new words)
   */
  async admit(seat: Id, words: readonly string[], admin: boolean): Promise<void> {
    await this.reread();
    await this.#seating.admit(this.keys, seat, words, admin);
    await this.reread();
    this.pending = await this.#seating.pending(this.keys);
    this.#runtime.changed();
  }

  /**
   * Seats the printed kit with this code: with it, whoever the platform names for this mailbox comes in as an administrator,
   * with its history. For administrators. @throws BadRoster, ProblemError, Unreachable
   */
  async makeKit(code: string): Promise<void> {
    await this.reread();
    await this.#seating.admitKit(this.keys, code);
    await this.reread();
    this.#runtime.changed();
  }

  /**
   * Ends a colleague's seat: with its commit they read and write nothing more here. The mailbox gets a new seed and new
   * prekeys; each conversation renews its keys by itself. For administrators.
   * @throws BadRoster (one's own seat, the last administrator), ProblemError, Unreachable
   */
  async remove(seat: Id): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      await this.reread();
      if (!this.keys.seats.some((each) => each.seat === seat)) {
        return;
      }
      const targets = await this.targets();
      try {
        await this.#seating.remove(this.keys, seat, targets);
      } catch (error) {
        const again = error instanceof ProblemError && (error.code === "stale_head" || error.code === "busy");
        if (!again || tries === changesMax) {
          throw error;
        }
        await pause(error.problem.retry_after_ms ?? 0);
      }
    }
  }

  /** What a seat of the moderators' mailbox does (`moderating`). @throws as there */
  async moderate(act: ModeratorAct): Promise<Moderated> {
    const { api, trust } = this.#runtime;
    const { moderate } = await import("./moderating.ts");
    return moderate({ api, trust, keys: this.keys }, act);
  }

  /** By which others write to it, or invite it. @throws ProblemError, Unreachable */
  async targets(): Promise<readonly Id[]> {
    return (await this.#runtime.api.targets(this.id)).targets.map((own) => own.target);
  }

  /** A colleague wrote: they must be on the roster, and have known no other roster than ours (SPEC.md section 4). */
  checkTag(tag: SeatTag): void {
    const name = `${tag.seat} ${tag.rosterHead}`;
    if (!this.keys.vouches(tag) && !this.#doubted.has(name)) {
      this.#doubted.add(name);
      background(this.#checkDoubt(tag, name));
    }
  }

  /**
   * A message stands in the name of this side, and no seed that this seat holds opens its tag: a newer one may, which was
   * not read yet. Else a broken client made it, or somebody who has the pseudonym's keys alone (SPEC.md section 12).
   */
  doubtAuthor(thread: Id, { payload, tag }: Untagged): void {
    background(this.#doubtAuthor(thread, payload, tag));
  }

  async #doubtAuthor(thread: Id, payload: Bytes, tag: Bytes): Promise<void> {
    try {
      await this.reread();
    } catch (error) {
      if (!(error instanceof E2EEError)) {
        throw error;
      }
    }
    const author = await authorOf(payload, tag, this.keys.tagSeeds);
    if (author === null) {
      this.#runtime.notice({ type: "authorAlarm", mailbox: this.id, thread });
    } else {
      this.checkTag({ seat: toBase64<16>(author.seat), rosterHead: toBase64<32>(author.rosterHead) });
    }
  }

  /** Somebody opened a thread with this mailbox: one prekey of its target is gone. */
  opened(target: Id): void {
    background(this.#refill(target, 0));
  }

  /** Remembers when this device first saw the generation in force: renewals are counted from there. */
  async #seeGeneration(): Promise<void> {
    const { g } = this.keys.roster;
    const known = await shelves.generation.load(this.#runtime.storage, this.id);
    const seen = known?.g === g ? known.seen : serviceNow(this.#runtime);
    if (known?.g !== g) {
      await shelves.generation.save(this.#runtime.storage, { g, seen }, this.id);
    }
    this.keys.generationSeen = seen;
  }

  /** First batches at once, as nobody can write to those targets before; the others later, one by one. */
  async #stock(): Promise<void> {
    for (const own of (await this.#runtime.api.targets(this.id)).targets) {
      if (own.available >= refillBelow || this.#refilling.has(own.target)) {
        continue;
      }
      if (own.next_index === 0) {
        await publishPrekeys(this.#runtime.api, this.keys, own, this.#runtime.entropy);
      } else {
        this.#refilling.add(own.target);
        background(this.#refill(own.target, refillWithinMs * drawnFraction(this.#runtime.entropy)));
      }
    }
  }

  /** Refills one target, if it still runs low then. */
  async #refill(target: Id, delayMs: number): Promise<void> {
    try {
      await pause(delayMs);
      for (const own of (await this.#runtime.api.targets(this.id)).targets) {
        if (own.target === target && own.available < refillBelow) {
          await publishPrekeys(this.#runtime.api, this.keys, own, this.#runtime.entropy);
        }
      }
    } finally {
      this.#refilling.delete(target);
    }
  }

  /** Kept: a reload must not silence it. */
  async #raise(alarm: Alarm): Promise<void> {
    this.#alarm = alarm;
    await shelves.alarm.save(this.#runtime.storage, alarm, this.id);
    this.#runtime.notice({ type: "rosterAlarm", mailbox: this.id, rule: alarm.rule });
    this.#runtime.changed();
  }

  /** A roster that was read since may have the head of that colleague: then nothing was wrong. */
  async #reconsider(): Promise<void> {
    this.#alarm ??= (await shelves.alarm.load(this.#runtime.storage, this.id)) ?? null;
    if (this.#alarm !== null && this.keys.vouches(this.#alarm.tag)) {
      this.#alarm = null;
      await shelves.alarm.delete(this.#runtime.storage, this.id);
    }
  }

  /** The roster may have grown since it was read: only a fresh reading that still lacks the tag is an alarm. */
  async #checkDoubt(tag: SeatTag, name: string): Promise<void> {
    try {
      await this.reread();
    } catch (error) {
      if (error instanceof E2EEError) {
        await this.#raise({ rule: error.name, tag });
      } else if (error instanceof Unreachable) {
        this.#doubted.delete(name);
      }
      return;
    }
    if (!this.keys.vouches(tag)) {
      await this.#raise({ rule: "BadRoster", tag });
    }
  }
}
