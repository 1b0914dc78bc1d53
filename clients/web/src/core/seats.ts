/**
 * The mailboxes in which this account sits: taken up, kept up to date, given up, as the service lists its seats.
 *
 * What the service lists is only who may ask; whether a seat holds is decided by its verified roster. A mailbox whose
 * roster does not verify raises an alarm and is not touched: one that is open keeps the keys it has.
 */

import { E2EEError } from "../e2ee/errors.ts";
import type { Id, SeatView } from "../wire/types.ts";
import { NotSeated, ProblemError, RecoveryCodeNeeded, ResetUnaccepted } from "./errors.ts";
import type { Surroundings } from "./first.ts";
import type { MailboxKeys } from "./keys.ts";
import { shelves } from "./local.ts";
import { Mailbox } from "./mailbox.ts";
import { answerMs, type Runtime } from "./runtime.ts";
import type { Seating } from "./seating.ts";
import { Turn } from "./tasks.ts";

export class Seats {
  /** What the platform lets this account be, mailbox by mailbox. */
  readonly views = new Map<Id, SeatView>();
  /** Those with an active seat whose roster verified. */
  readonly mailboxes = new Map<Id, Mailbox>();
  /** Why an active seat is not used. */
  readonly unsound = new Map<Id, Error>();
  readonly #runtime: Runtime;
  readonly #seating: Seating;
  readonly #around: Surroundings;
  readonly #onGone: (mailbox: Id) => void;
  readonly #taking = new Turn();
  #asked = 0;
  #taken = 0;

  constructor(runtime: Runtime, seating: Seating, around: Surroundings, onGone: (mailbox: Id) => void) {
    this.#runtime = runtime;
    this.#seating = seating;
    this.#around = around;
    this.#onGone = onGone;
  }

  /** Why an active seat is not used, or not to be trusted: the name of the rule. */
  doubts(mailbox: Id): string | null {
    return this.unsound.get(mailbox)?.name ?? this.mailboxes.get(mailbox)?.alarm ?? null;
  }

  /** Takes up what this device kept, without asking the service. @throws StorageDamaged */
  async restore(): Promise<void> {
    for (const view of (await shelves.seats.load(this.#runtime.storage)) ?? []) {
      this.views.set(view.mailbox, view);
      try {
        const keys = view.state === "active" ? await this.#seating.readKept(view) : null;
        if (keys !== null) {
          await this.#newMailbox(view, keys);
        }
      } catch (error) {
        this.#doubt(view.mailbox, error);
      }
    }
  }

  /** The number of an answer that is asked for now, for `take`. */
  asked(): number {
    this.#asked += 1;
    return this.#asked;
  }

  /**
   * Takes the seats as the service lists them; every roster is read and verified again. Of answers that cross, the one
   * that was `asked` for last counts, once it was taken whole: an older one does not take its seats away again.
   * @throws ProblemError, Unreachable: nothing is decided then, try again.
   */
  async take(views: readonly SeatView[], asked: number): Promise<void> {
    await this.#taking.take(async () => {
      if (asked < this.#taken) {
        return;
      }
      this.views.clear();
      for (const view of views) {
        this.views.set(view.mailbox, view);
      }
      await shelves.seats.save(this.#runtime.storage, views);
      const active = views.filter((view) => view.state === "active");
      for (const gone of [...this.mailboxes.keys()].filter((id) => !active.some((view) => view.mailbox === id))) {
        this.mailboxes.delete(gone);
        this.#onGone(gone);
      }
      for (const view of active) {
        await this.#take(view);
      }
      await this.savePins();
      this.#taken = asked;
      this.#runtime.changed();
    });
  }

  /** Has the connection read who sits where, by our token of now. @throws ProblemError, Unreachable, TimedOut, Ended */
  async refresh(): Promise<void> {
    const { ticket } = await this.#runtime.api.ticket();
    await this.#runtime.link.request({ t: "refresh", ticket }, { timeoutMs: answerMs });
  }

  /** What the platform lets this account be in a mailbox. @throws NotSeated */
  async view(mailbox: Id): Promise<SeatView> {
    const view = (await this.#listed(mailbox)) ?? (await this.#listedAnew(mailbox));
    if (view === undefined) {
      throw new NotSeated("the platform names no seat of this account in that mailbox");
    }
    return view;
  }

  /** Pins are worth a write at once: they are what the next device trusts. */
  async savePins(): Promise<void> {
    try {
      await this.#runtime.keeper.save();
    } catch (error) {
      if (error instanceof E2EEError) {
        this.#runtime.notice({ type: "vaultAlarm", rule: error.name });
      } else if (error instanceof RecoveryCodeNeeded) {
        this.#runtime.notice({ type: "deviceForgotten" });
      } else if (!(error instanceof ProblemError) || error.retryable) {
        throw error;
      }
    }
  }

  async #listed(mailbox: Id): Promise<SeatView | undefined> {
    return (await this.#runtime.api.account()).seats.find((view) => view.mailbox === mailbox);
  }

  /** With a new token: whoever was removed comes back with one that is younger than the removal. */
  async #listedAnew(mailbox: Id): Promise<SeatView | undefined> {
    await this.#runtime.api.token(true);
    return this.#listed(mailbox);
  }

  async #take(view: SeatView): Promise<void> {
    try {
      await this.#takeUp(view);
      this.unsound.delete(view.mailbox);
    } catch (error) {
      if (error instanceof ProblemError && error.retryable) {
        throw error;
      }
      this.#doubt(view.mailbox, error);
    }
  }

  async #takeUp(view: SeatView): Promise<void> {
    let mailbox = this.mailboxes.get(view.mailbox);
    if (mailbox === undefined) {
      mailbox = await this.#newMailbox(view, await this.#read(view));
    } else {
      await mailbox.reread();
    }
    await mailbox.maintain(view);
  }

  /** Another device of this account may have accepted a reset that this one has not heard of. */
  async #read(view: SeatView): Promise<MailboxKeys> {
    try {
      return await this.#seating.read(view);
    } catch (error) {
      if (!(error instanceof ResetUnaccepted)) {
        throw error;
      }
      await this.#runtime.keeper.reload();
      return this.#seating.read(view);
    }
  }

  async #newMailbox(view: SeatView, keys: MailboxKeys): Promise<Mailbox> {
    const mailbox = new Mailbox(this.#runtime, this.#seating, view, keys, this.#around);
    await mailbox.desk.restore();
    this.mailboxes.set(view.mailbox, mailbox);
    return mailbox;
  }

  #doubt(mailbox: Id, error: unknown): void {
    if (!(error instanceof E2EEError || error instanceof NotSeated || error instanceof ProblemError)) {
      throw error;
    }
    const isTold = this.unsound.get(mailbox)?.name === error.name;
    this.unsound.set(mailbox, error);
    if (!isTold && error instanceof E2EEError) {
      this.#runtime.notice({ type: "rosterAlarm", mailbox, rule: error.name });
    }
  }
}
