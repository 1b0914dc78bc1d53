/**
 * The client: one account in one browser, with its mailboxes and conversations.
 *
 * Opening takes up what this browser kept, without waiting for the service where there is something; from then on the
 * connection keeps itself up. Whatever changes is told to `onChange`; what a person hears of once, to `onNotice`.
 */

import { SECRET } from "../e2ee/bytes.ts";
import { draw, type Entropy, systemEntropy } from "../e2ee/entropy.ts";
import { KemKey } from "../e2ee/kem.ts";
import { SigningKey } from "../e2ee/signing.ts";
import type { Id, SeatView } from "../wire/types.ts";
import { Api, type Fetch, systemFetch, type TokenProvider } from "./api.ts";
import { hexOfId } from "./base64.ts";
import { type Carrier, WebSocketCarrier } from "./carrier.ts";
import { type KnownDevice, thisDevice } from "./devices.ts";
import { EitherCarrier } from "./either.ts";
import type { CardValues } from "./consenting.ts";
import { Engine } from "./engine.ts";
import { Ended, NotSeated, Unreachable } from "./errors.ts";
import { Link } from "./link.ts";
import { shelves } from "./local.ts";
import type { Mailbox } from "./mailbox.ts";
import { type Attest, drawnFraction, type Runtime, type ServiceClock } from "./runtime.ts";
import { Seating } from "./seating.ts";
import { newSession, spreadMsDefault } from "./session.ts";
import { openStorage, type Storage } from "./storage.ts";
import { StreamCarrier } from "./streaming.ts";
import type { Thread } from "./thread.ts";
import type { Trust } from "./trust.ts";
import { VaultKeeper } from "./vault.ts";
import type { Recovery } from "./vault-parts.ts";
import type { Notice } from "./views.ts";

export interface ClientOptions {
  /** The service, http or https. */
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
}

export class Client {
  readonly account: Id;
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
  }

  /**
   * Opens the account's vault, takes up what this browser kept, and connects in the background.
   * @throws RecoveryCodeNeeded, WrongRecoveryCode, BadVault, StorageDamaged, ProblemError, Unreachable
   */
  static async open(options: ClientOptions): Promise<Client> {
    const { entropy = systemEntropy, clock = systemClock, spreadMs = spreadMsDefault, fetch = systemFetch } = options;
    const api = new Api(options.url, options.token, fetch);
    await loaded();
    const { lastAccount = null, openStorage: open = inBrowser } = options;
    const account = await whose(api, lastAccount);
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
    const runtime: Runtime = { api, link, keeper, storage, trust, entropy, clock, service, changed, notice, attest };
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
      this.#runtime.link.fail(new Ended("the client was closed"));
      this.#runtime.storage.close();
    }
  }

  /** Whether a connection stands at this moment; without one, sends wait and reads are as of the last one. */
  get connected(): boolean {
    return this.#runtime.link.session.phase === "ready";
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

  /** Why an active seat is not used: the name of the rule. */
  doubts(mailbox: Id): string | null {
    return this.#engine.seats.unsound.get(mailbox)?.name ?? null;
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

  /** The page was shown again, or the network came back. */
  wake(): void {
    this.#runtime.link.wake();
  }

  /** The browser says that the network is gone. */
  sleep(): void {
    this.#runtime.link.drop();
  }

  /** The page is about to be put away, or the network is gone: writes what is to be remembered. */
  async remember(): Promise<void> {
    await this.#engine.remember();
  }

  /**
   * Founds a mailbox: this account becomes its first administrator.
   * @throws NotSeated, ProblemError (`stale_head`: founded already, ask for a seat)
   */
  async found(mailbox: Id): Promise<void> {
    await this.#seating.found(await this.#engine.seats.view(mailbox));
    await this.#engine.reseat();
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

function carrierTo(url: string, fetcher: Fetch, entropy: Entropy, clock: () => number): Carrier {
  return new EitherCarrier(new WebSocketCarrier(url), new StreamCarrier(url, fetcher, entropy), clock);
}

/** What the cryptography loads at its first use is loaded now: later, a failure could be taken for a refusal. */
async function loaded(): Promise<void> {
  const seed = draw(systemEntropy, SECRET);
  await Promise.all([KemKey.fromSeed(seed), SigningKey.fromSeed(seed)]);
}

function systemClock(): number {
  return Date.now();
}

/** Whose token it is; without the network, who was here last. */
async function whose(api: Api, lastAccount: Id | null): Promise<Id> {
  try {
    return (await api.account()).account;
  } catch (error) {
    if (error instanceof Unreachable && lastAccount !== null) {
      return lastAccount;
    }
    throw error;
  }
}

async function inBrowser(account: Id): Promise<Storage> {
  return openStorage(`pli-${hexOfId(account)}`);
}
