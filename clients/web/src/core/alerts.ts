/**
 * How this person is alerted that something waits (PROTOCOL.md section 6.5): an address, quiet hours, and whether this
 * browser takes pushes. Which subscription is this browser's own is remembered here: the service shows no endpoints.
 */

import type { AlertOpened, AlertSettings, Id, PushSubscription } from "../wire/types.ts";
import { ProblemError } from "./errors.ts";
import { shelves } from "./local.ts";
import type { Runtime } from "./runtime.ts";
import type { AlertsPicture } from "./views.ts";

/** This browser's subscription, as the service took it last. */
export interface PushHere {
  readonly subscription: Id;
  readonly endpoint: string;
}

/** What holds where a service says nothing of it. */
const usual = { zone: "Europe/Paris", quiet_begins: 1_200, quiet_ends: 480, quiet_sundays: true };

export class Alerts {
  readonly #runtime: Runtime;
  /** Those in which this account has a seat. */
  readonly #mailboxes: () => Iterable<Id>;
  #picture: AlertsPicture | null = null;

  constructor(runtime: Runtime, mailboxes: () => Iterable<Id>) {
    this.#runtime = runtime;
    this.#mailboxes = mailboxes;
  }

  /** As of the last reading; null: not read yet. */
  get picture(): AlertsPicture | null {
    return this.#picture;
  }

  /** Asks the service. @throws ProblemError, Unreachable */
  async read(): Promise<void> {
    const { api, storage } = this.#runtime;
    const view = await api.alerts();
    const unreached: Record<Id, readonly Id[]> = {};
    for (const mailbox of this.#mailboxes()) {
      unreached[mailbox] = await this.#unreachedIn(mailbox);
    }
    const here = (await shelves.push.load(storage)) ?? null;
    this.#picture = {
      settings: { ...usual, ...view.settings },
      pending: view.pending,
      failingSince: view.failing_since,
      mails: view.mails,
      pushKey: view.push_key,
      here: here === null ? null : { endpoint: here.endpoint, taken: view.subscriptions.includes(here.subscription) },
      unreached,
    };
    this.#runtime.changed();
  }

  /** A seat that ended meanwhile is no reason to show nothing of one's own. */
  async #unreachedIn(mailbox: Id): Promise<readonly Id[]> {
    try {
      return (await this.#runtime.api.unreached(mailbox)).seats;
    } catch (error) {
      if (error instanceof ProblemError && error.final) {
        return [];
      }
      throw error;
    }
  }

  /** @throws ProblemError (`malformed`; `too_many`: addresses that were written to today), Unreachable */
  async write(settings: AlertSettings): Promise<void> {
    await this.#runtime.api.putAlerts(settings);
    await this.read();
  }

  /** Where a mail's link leads this person. @throws ProblemError, Unreachable */
  async open(token: string): Promise<AlertOpened> {
    return this.#runtime.api.openAlert({ token });
  }

  /** This browser takes pushes there from now on; where it took them before, no longer. @throws ProblemError, Unreachable */
  async subscribe(pushed: PushSubscription): Promise<void> {
    const { api, storage } = this.#runtime;
    const before = await shelves.push.load(storage);
    const { subscription } = await api.subscribePush(pushed);
    await shelves.push.save(storage, { subscription, endpoint: pushed.endpoint });
    if (before !== undefined && before.subscription !== subscription) {
      await api.unsubscribePush(before.subscription);
    }
    await this.read();
  }

  /** This browser takes no pushes any more. @throws ProblemError, Unreachable */
  async unsubscribe(): Promise<void> {
    const { api, storage } = this.#runtime;
    const here = await shelves.push.load(storage);
    if (here !== undefined) {
      await api.unsubscribePush(here.subscription);
      await shelves.push.delete(storage);
    }
    await this.read();
  }
}
