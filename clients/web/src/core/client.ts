/**
 * The client: one account in one browser, with its mailboxes and conversations.
 *
 * Opening takes up what this browser kept, without waiting for the service where there is something; from then on the
 * connection keeps itself up. Whatever changes is told to `onChange`; what a person hears of once, to `onNotice`.
 */

import { type Entropy, systemEntropy } from "../e2ee/entropy.ts";
import { E2EEError } from "../e2ee/errors.ts";
import type { Id, SeatView } from "../wire/types.ts";
import { Alerts } from "./alerts.ts";
import { Api, type Fetch, systemFetch, type TokenProvider } from "./api.ts";
import type { Carrier } from "./carrier.ts";
import { type KnownDevice, thisDevice } from "./devices.ts";
import type { CardValues } from "./consenting.ts";
import { Engine } from "./engine.ts";
import { ClientError, Ended, NotSeated, ProblemError, Unreachable } from "./errors.ts";
import type { GoneThreads } from "./gone.ts";
import type { Heavy } from "./heavy.ts";
import { Link } from "./link.ts";
import { shelves } from "./local.ts";
import type { Mailbox } from "./mailbox.ts";
import { type Attest, drawnFraction, type Runtime, type ServiceClock } from "./runtime.ts";
import type { Reporting } from "./reporting.ts";
import type { Found } from "./searching.ts";
import { Seating } from "./seating.ts";
import { newSession, spreadMsDefault } from "./session.ts";
import { carrierTo, inBrowser, loaded, systemClock, whose } from "./starting.ts";
import type { Storage } from "./storage.ts";
import type { Thread } from "./thread.ts";
import type { Trust } from "./trust.ts";
import { VaultKeeper } from "./vault.ts";
import type { Recovery } from "./vault-parts.ts";
import type { Notice } from "./views.ts";

export interface ClientOptions {
  readonly url: string;
  readonly token: TokenProvider;
  readonly trust: Trust;
  /** For the cards of this person; without it they say what is declared alone. */
  readonly attest?: Attest;
  readonly recovery: Recovery;
  readonly onChange: () => void;
  readonly onNotice: (notice: Notice) => void;
  /** Whose browser this was last, for a start without the network; null: nobody's. */
  readonly lastAccount?: Id | null;
  readonly deviceName?: string;
  /** Within how long after an outage the threads send what waited, each at its own random moment. */
  readonly spreadMs?: number;
  readonly openStorage?: (account: Id) => Promise<Storage>;
  readonly carrier?: Carrier;
  readonly fetch?: Fetch;
  readonly entropy?: Entropy;
  readonly clock?: () => number;
  /** Does what takes long; ended with the client. */
  readonly heavy: Heavy;
}

export class Client {
  readonly account: Id;
  readonly alerts: Alerts;
  readonly #runtime: Runtime;
  readonly #engine: Engine;
  readonly #seating: Seating;
  #card: CardValues;

  private constructor(account: Id, runtime: Runtime, engine: Engine, seating: Seating, card: CardValues = {}) {
    this.account = account;
    this.#runtime = runtime;
    this.#engine = engine;
    this.#seating = seating;
    this.#card = card;
    this.alerts = new Alerts(runtime, () => engine.seats.mailboxes.keys());
  }

  /**
   * Opens the account's vault, takes up what this browser kept, and connects in the background.
   * @throws RecoveryCodeNeeded, WrongRecoveryCode, BadVault, StorageDamaged, ProblemError, Unreachable
   */
  static async open(options: ClientOptions): Promise<Client> {
    const { entropy = systemEntropy, clock = systemClock, spreadMs = spreadMsDefault, fetch = systemFetch } = options;
    const api = new Api(options.url, options.token, fetch, clock);
    const { lastAccount = null, openStorage: open = inBrowser } = options;
    const [account] = await Promise.all([whose(api, lastAccount), loaded()]);
    const storage = await open(account);
    const device = await thisDevice(storage, account, entropy);
    const { deviceName = "" } = options;
    const keeper = new VaultKeeper(device, { api, storage, entropy, clock, deviceName });
    await keeper.open(options.recovery);
    const remembered = (await shelves.sync.load(storage)) ?? { since: null, streamEpoch: null };
    const session = newSession(device.device, remembered, spreadMs);
    const carrier = options.carrier ?? carrierTo(options.url, fetch, entropy, clock);
    const service: ServiceClock = { skewMs: 0, streamEpoch: remembered.streamEpoch };
    const events = {
      onOutput: (output: Parameters<Engine["handle"]>[0]): void => engine.handle(output),
      onState: (): void => options.onChange(),
    };
    const link = new Link(api, carrier, session, events, { fraction: () => drawnFraction(entropy), clock });
    const { trust, onChange: changed, onNotice: notice, attest } = options;
    const told = { changed, notice, attest, heavy: options.heavy };
    const runtime: Runtime = { api, link, keeper, storage, trust, entropy, clock, service, ...told };
    const seating = new Seating(api, keeper, storage, entropy);
    const engine = new Engine(runtime, seating);
    await engine.start();
    link.start();
    return new Client(account, runtime, engine, seating, await shelves.card.load(storage));
  }

  /** Writes what is to be remembered and ends the connection. */
  async close(): Promise<void> {
    try {
      await this.#engine.close();
    } catch (error) {
      if (!(error instanceof Unreachable)) {
        throw error;
      }
    } finally {
      this.abandon();
    }
  }

  /** Ends at once, as when a page is gone: what was not written is for whoever opens the account next. */
  abandon(): void {
    this.#runtime.link.fail(new Ended("the client was closed"));
    this.#runtime.heavy.close();
    this.#runtime.storage.close();
  }

  /**
   * Destroys all that this browser keeps of the account, and ends. The account's other devices go on; this one needs the
   * recovery code once more. What was not sent yet is lost. Without the service, its wrap of the vault key stays there,
   * which nobody can open any more.
   */
  async forget(): Promise<void> {
    this.#engine.stop();
    try {
      await this.#runtime.keeper.leave();
    } catch (error) {
      if (!(error instanceof ClientError || error instanceof E2EEError)) {
        throw error;
      }
    }
    this.#runtime.link.fail(new Ended("this device forgot the account"));
    this.#runtime.heavy.close();
    await this.#runtime.storage.erase();
  }

  /** Has a thread's cards and newest events read; one that the service has no more is gone. @throws as `Thread.load` */
  async openThread(id: Id): Promise<void> {
    const thread = this.thread(id);
    try {
      await thread.load();
      await thread.readCards();
    } catch (error) {
      if (error instanceof ProblemError && error.code === "not_found") {
        await this.#engine.catalogue.lose(thread);
      }
      throw error;
    }
  }

  /** Whether a connection stands at this moment; without one, sends wait and reads are as of the last one. */
  get connected(): boolean {
    return this.#runtime.link.session.phase === "ready";
  }

  /** Whether the platform gives no token any more: what is written is kept until the person signed in again. */
  get signInNeeded(): boolean {
    return this.#runtime.link.signInNeeded;
  }

  /** Resolves once everything that happened before the first connection is read. */
  get ready(): Promise<void> {
    return this.#engine.ready;
  }

  /** Rejects with the reason when the connection ended for good. */
  get ended(): Promise<never> {
    return this.#runtime.link.ended;
  }

  /** What the platform lets this account be, mailbox by mailbox: claimable, pending or active. */
  get seats(): readonly SeatView[] {
    return [...this.#engine.seats.views.values()];
  }

  /** Those with an active seat and a roster that verified. */
  get mailboxes(): readonly Mailbox[] {
    return [...this.#engine.seats.mailboxes.values()];
  }

  /** Why an active seat is not used, or not to be trusted: the name of the rule. */
  doubts(mailbox: Id): string | null {
    return this.#engine.seats.doubts(mailbox);
  }

  /** All conversations, the latest first. */
  get threads(): readonly Thread[] {
    return [...this.#engine.catalogue.threads.values()].sort((a, b) => b.state.last_at - a.state.last_at);
  }

  /** The person's own card, as they filled it in last in this browser. */
  get card(): CardValues {
    return this.#card;
  }

  async keepCard(card: CardValues): Promise<void> {
    this.#card = card;
    await shelves.card.save(this.#runtime.storage, card);
    this.#runtime.changed();
  }

  /** The devices that open this account by themselves, as of the last reading. */
  get devices(): readonly KnownDevice[] {
    return this.#runtime.keeper.devices;
  }

  mailbox(id: Id): Mailbox {
    const found = this.#engine.seats.mailboxes.get(id);
    if (found === undefined) {
      throw new NotSeated("no seat in this mailbox");
    }
    return found;
  }

  thread(id: Id): Thread {
    const found = this.#engine.catalogue.threads.get(id);
    if (found === undefined) {
      throw new NotSeated("no such conversation");
    }
    return found;
  }

  /** What a reader of a conversation tells moderators; loaded for who has something to tell. */
  async reporting(thread: Id): Promise<Reporting> {
    return (await import("./reporting.ts")).reportingOf(this.#runtime, this.thread(thread));
  }

  /** Searches what this device has of these conversations, in this order. */
  async search(threads: readonly Id[], searched: string): Promise<Found> {
    const { storage, heavy } = this.#runtime;
    return storage.database === null
      ? (await import("./searching.ts")).searchIn(storage, threads, searched)
      : heavy.search(storage.database, threads, searched);
  }

  /** The page was shown again, or the network came back. */
  wake(): void {
    this.#runtime.link.wake();
  }

  /** The person signed in again: what the newest token says counts from now on, of seats too. */
  async signedIn(): Promise<void> {
    const { api, link } = this.#runtime;
    await api.token(true);
    link.wake();
    // Also where a connection is being made: its welcome may still list what the token before said.
    await this.#engine.seats.refresh();
    await this.#engine.reseat();
  }

  /** The browser says that the network is gone. */
  sleep(): void {
    this.#runtime.link.drop();
  }

  /**
   * Founds a mailbox: this account becomes its first administrator. `afterReset`: where this account saw the mailbox
   * before, the person knows that the platform had it begin anew. What was said until then stays closed: nobody has its
   * keys any more. Each conversation is taken up with new keys once the platform's word stands in it.
   * @throws NotSeated, ResetUnaccepted, ProblemError (`stale_head`: founded already, ask for a seat)
   */
  async found(mailbox: Id, afterReset: boolean): Promise<void> {
    await this.#seating.found(await this.#engine.seats.view(mailbox), afterReset);
    await this.#engine.reseat();
  }

  /** Whether this account saw the mailbox before. */
  saw(mailbox: Id): boolean {
    return this.#seating.saw(mailbox);
  }

  /**
   * Accepts that a mailbox which this account saw before began anew (ResetUnaccepted): then ask for a seat. Only for a
   * person who knows of the reset from the platform or their town hall, and not from this service. What is shown next is
   * trusted for nothing but the twelve words, to be compared as ever. It is not taken back.
   * @throws NotSeated, BadRoster (the service shows a roster that ended before, or none), ProblemError, Unreachable
   */
  async acceptReset(mailbox: Id): Promise<void> {
    await this.#seating.acceptReset((await this.#engine.seats.view(mailbox)).mailbox);
    await this.#engine.seats.savePins();
  }

  /**
   * Takes a mailbox over with its printed kit: this account gets a seat as administrator, and all of the history.
   * @throws NotSeated, WrongRecoveryCode (mistyped), BadRoster (not a kit of this mailbox), ProblemError
   */
  async enterWithKit(mailbox: Id, code: string): Promise<void> {
    await this.#seating.enterWithKit(await this.#engine.seats.view(mailbox), code);
    await this.#engine.reseat();
  }

  /** Conversations that a restored service has no more. */
  get gone(): GoneThreads {
    return this.#engine.catalogue.gone;
  }

  /** Asks for a seat in a founded mailbox; returns the twelve words to compare. @throws NotSeated, BadRoster, ProblemError */
  async askSeat(mailbox: Id): Promise<readonly string[]> {
    const words = await this.#seating.ask(await this.#engine.seats.view(mailbox));
    await this.#engine.reseat();
    return words;
  }

  /** The words that this device showed for a seat that waits; null where they are to be asked for again. */
  async shownWords(mailbox: Id): Promise<readonly string[] | null> {
    return this.#seating.shownWords(await this.#engine.seats.view(mailbox));
  }

  /** Reads seats and rosters again. */
  async reseat(): Promise<void> {
    await this.#engine.reseat();
  }

  /** Reads the vault again, for `devices`. */
  async readDevices(): Promise<void> {
    await this.#runtime.keeper.reload();
    this.#runtime.changed();
  }

  /**
   * Takes all other devices out of the account: a new key seals the vault, and they need the recovery code once more.
   * `code`: the account's recovery code, which then stays; null: a new one is shown.
   */
  async forgetOtherDevices(show: Recovery["show"], code: string | null): Promise<void> {
    await this.#runtime.keeper.rekey(show, code);
    this.#runtime.changed();
  }

  /** Shows a new recovery code; the old one opens nothing any more. */
  async newRecoveryCode(show: Recovery["show"]): Promise<void> {
    await this.#runtime.keeper.replaceCode(show);
  }
}
