/** One conversation between one's own mailbox and a peer, about one target. */

import { encodeText } from "../e2ee/content.ts";
import { THIRD } from "../e2ee/third.ts";
import type { Id, OwnCard, ThreadState } from "../wire/types.ts";
import type { Attested } from "./attesting.ts";
import { toBase64 } from "./base64.ts";
import { type Consent, Consenting } from "./consenting.ts";
import { ControlWords } from "./control-words.ts";
import { checkpointOf } from "./entries.ts";
import { Follower } from "./follower.ts";
import { glanceOf } from "./gist.ts";
import { type Followed, type Glance, shelves, type Standing } from "./local.ts";
import { ThreadLog } from "./log.ts";
import { Losses } from "./losing.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Stretch } from "./office.ts";
import { Inviting } from "./inviting.ts";
import { Notices } from "./notices.ts";
import { Outbox } from "./outbox.ts";
import { Renewal } from "./renewal.ts";
import { compare } from "./restoring.ts";
import { answerMs, type Runtime } from "./runtime.ts";
import type { Window } from "./schedule.ts";
import { background } from "./tasks.ts";
import { threadKind } from "./vault-parts.ts";
import type { Item, Message } from "./views.ts";

export class Thread {
  state: ThreadState;
  readonly mailbox: Mailbox;
  readonly follower: Follower;
  readonly outbox: Outbox;
  readonly renewal: Renewal;
  readonly inviting: Inviting;
  readonly notices: Notices;
  /** What a restored backup cost this person here. */
  readonly losses: Losses;
  /** Cards of the own side, as of the last asking; null before. */
  cards: readonly OwnCard[] | null = null;
  glance: Glance | null;
  readonly #runtime: Runtime;
  readonly #consenting: Consenting;
  #standing: Standing | null;
  readonly #words = new ControlWords();
  readonly #onEnded: (thread: Thread) => void;
  #dirty = false;

  /** `onEnded`: called when this mailbox’s own stay as a third party is over. */
  constructor(
    runtime: Runtime,
    mailbox: Mailbox,
    state: ThreadState,
    kept: Followed | null,
    onEnded: (thread: Thread) => void,
  ) {
    this.#onEnded = onEnded;
    this.state = state;
    this.mailbox = mailbox;
    this.glance = kept?.glance ?? null;
    this.#runtime = runtime;
    this.#standing = kept?.standing ?? null;
    const reread = (): Promise<void> => mailbox.reread();
    const log = this.#newLog(kept);
    this.follower = new Follower(runtime, log, kept?.streamEpoch ?? runtime.service.streamEpoch, {
      onItems: (items) => this.#onItems(items),
      reread,
      anew: () => this.#newLog(kept),
    });
    this.renewal = new Renewal(runtime, this.follower, reread);
    this.outbox = new Outbox(runtime, this.follower, this.renewal);
    this.notices = new Notices(runtime.link, this.outbox, state.thread);
    this.#consenting = new Consenting(runtime, this.follower, this.renewal);
    this.losses = new Losses(runtime.storage, state.thread, () => this.#changed());
    const declined = kept?.declined ?? [];
    const { follower, renewal, outbox } = this;
    const changed = (): void => this.#changed();
    this.inviting = new Inviting(runtime, { follower, renewal, outbox, reread, declined, changed });
  }

  get id(): Id {
    return this.state.thread;
  }

  /** Whether this mailbox is a third party here, whom both sides let in. */
  get isThird(): boolean {
    return this.state.party === THIRD;
  }

  /** The rule that the log broke, so that it is no longer followed; null while it is. */
  get stopped(): string | null {
    return this.follower.log.evidence?.reason ?? null;
  }

  /** Whether the service has what this device did not verify yet. */
  get wantsReading(): boolean {
    return this.stopped === null && (this.follower.isSuspended || this.state.seq !== this.#verified);
  }

  get #verified(): number {
    const { log } = this.follower;
    return log.isEmpty ? (log.checkpoint?.position ?? 0) : log.seq;
  }

  /** Whether identities are shown; once the log is read, what the service says of it decides nothing. */
  get revealed(): boolean {
    const { log } = this.follower;
    return log.isEmpty ? this.state.revealed : log.gist.released;
  }

  /** Whether this mailbox blocked the peer. */
  get hidden(): boolean {
    return this.mailbox.desk.hidden.has(this.id);
  }

  /** Twelve words of the keys in force, the same on both sides unless somebody stands between them; else none. */
  async words(): Promise<readonly string[]> {
    const { epochs } = this.follower.log;
    return epochs.length === 0 || this.isThird ? [] : this.#words.of(epochs.record(epochs.next - 1));
  }

  /** Has pages drawn anew. */
  redraw(): void {
    this.#runtime.changed();
  }

  /** One's own pseudonym in force; null while that is not known here. */
  get standing(): Standing | null {
    return this.follower.log.epochs.standing ?? this.#standing;
  }

  /** When one's own pseudonym is to be renewed; null while that is not known here. */
  get window(): Window | null {
    return this.standing === null ? null : this.renewal.window(this.standing, this.state.seq);
  }

  /**
   * Reads and verifies the whole log, from its first event on; `pull` asks the service in any case.
   * @throws TimedOut, ProblemError, Ended
   */
  async load(pull = false): Promise<void> {
    this.follower.announce(this.state.seq);
    await this.follower.open();
    if (this.follower.isSuspended) {
      await compare(this.#runtime, this, (seen) => this.#newLog(seen));
    }
    await this.follower.catchUp({ pull: pull || this.follower.log.isEmpty });
    if (this.stopped === null) {
      await this.losses.compare(this.follower.log);
    }
  }

  /** Sends again what a restored service lost, in its order. What another device sent again is not doubled. */
  async sendAgain(): Promise<void> {
    for (const { msgId, text } of this.losses.all) {
      await this.send(msgId, text);
      await this.losses.forget(msgId);
    }
  }

  /** What the events show that end before one of them, or begin after one. @throws StorageDamaged */
  async stretch(place: { readonly before: number } | { readonly after: number }): Promise<Stretch> {
    return this.follower.stretch(place);
  }

  /** Keeps and sends a text; returns once it is kept. The same id again is the same message. */
  async send(msgId: Id, text: string): Promise<void> {
    await this.outbox.post({ kind: "text", content: toBase64(encodeText(text)), msgId });
  }

  /**
   * Says that a person saw the conversation up to `seq`. The peer hears of it only if `share`, and to the minute before
   * identities are released; of a blocked one never. @throws ProblemError, TimedOut
   */
  async read(seq: number, share: boolean): Promise<void> {
    if (seq <= this.state.read_seq) {
      return;
    }
    await this.#runtime.link.request(
      { t: "read", thread: this.id, seq, share: share && !this.hidden },
      { timeoutMs: answerMs },
    );
    this.#move({ read_seq: Math.max(this.state.read_seq, seq) });
  }

  /** What the platform vouches for about the own mailbox: a card shows it too. */
  async attestation(): Promise<Attested | null> {
    return this.#consenting.attestation();
  }

  /** Consents to show these fields, once the other side consents too; returns the card's id. */
  async consent(consent: Consent): Promise<Id> {
    await this.follower.catchUp({ pull: this.follower.log.isEmpty });
    const card = await this.#consenting.give(consent);
    await this.readCards();
    return card;
  }

  /** Withdraws one's consent, on any device: before release the card is destroyed; what was seen stays seen. */
  async withdraw(card: Id): Promise<void> {
    await this.follower.catchUp({ pull: this.follower.log.isEmpty });
    if (await this.#consenting.withdraw(card)) {
      this.follower.log.withdrawn.add(card);
      this.#changed();
    }
    await this.readCards();
  }

  /**
   * Blocks the peer for all colleagues, or ends that. To the peer it is silence. What this person consented to and still
   * waits is withdrawn first: the peer could bring about its release. @throws ProblemError, TimedOut
   */
  async block(hidden: boolean): Promise<void> {
    if (hidden) {
      await this.readCards();
      const waiting = this.cards?.filter((card) => card.state === "waiting" && card.seat === this.mailbox.keys.seat);
      for (const card of waiting ?? []) {
        await this.withdraw(card.card);
      }
    }
    await this.mailbox.desk.hide(this.id, hidden);
  }

  /**
   * Asks for the cards of one's own side and where each stands. The peer's are nobody's business before release, and none a
   * third party's.
   */
  async readCards(): Promise<void> {
    if (this.isThird) {
      return;
    }
    this.cards = await this.#consenting.listed();
    this.#runtime.changed();
  }

  /** Takes what the service says of this thread now. */
  update(state: ThreadState): void {
    if (state.party !== this.state.party) {
      return;
    }
    this.follower.announce(state.seq);
    this.#move({
      ...state,
      read_seq: Math.max(state.read_seq, this.state.read_seq),
      peer_read_seq: Math.max(state.peer_read_seq, this.state.peer_read_seq),
    });
  }

  /** Somebody read: the peer, or one's own side on another device. */
  receipt(party: number, seq: number): void {
    if (party === this.state.party) {
      this.#move({ read_seq: Math.max(this.state.read_seq, seq) });
    } else {
      this.#move({ peer_read_seq: Math.max(this.state.peer_read_seq, seq) });
    }
  }

  /** Writes what this device keeps of the thread between two runs, if it changed. */
  async remember(): Promise<void> {
    if (!this.#dirty) {
      return;
    }
    this.#dirty = false;
    const { log, streamEpoch } = this.follower;
    const before = this.#reached ? null : await shelves.thread.load(this.#runtime.storage, this.id);
    await shelves.thread.save(
      this.#runtime.storage,
      {
        state: this.state,
        stamped: before?.stamped ?? log.stamped,
        restores: before?.restores ?? log.restores,
        streamEpoch,
        withdrawn: [...log.withdrawn],
        standing: this.standing,
        glance: this.glance,
        declined: this.inviting.declined,
      },
      this.id,
    );
    if (this.#reached && !log.isEmpty && !log.isExplained) {
      this.#runtime.keeper.setCheckpoint(threadKind, this.id, { position: log.seq, head: log.head });
    }
  }

  /** Whether the log went through what it must lead through, or said why not. */
  get #reached(): boolean {
    const { log } = this.follower;
    return log.isExplained || log.seq >= (log.checkpoint?.position ?? 0);
  }

  /** An empty log that must lead through the furthest that this account saw, here or on another device. */
  #newLog(kept: Pick<Followed, "stamped" | "restores" | "withdrawn"> | null): ThreadLog {
    const { keys } = this.mailbox;
    const side = { thread: this.id, target: this.state.target, party: this.state.party, keys };
    const elsewhere = this.#runtime.keeper.checkpoint(threadKind, this.id);
    const here = checkpointOf(kept);
    const isHere = here !== null && here.position >= (elsewhere?.position ?? 0);
    const seen = isHere
      ? { checkpoint: here, restores: kept?.restores ?? [] }
      : { checkpoint: elsewhere, restores: [] };
    return new ThreadLog(side, this.#runtime.trust, this.#runtime.heavy, seen, kept?.withdrawn);
  }

  #onItems(items: readonly Item[]): void {
    const { log } = this.follower;
    for (const item of items) {
      this.#heard(item);
    }
    this.glance = glanceOf(log.gist) ?? this.glance;
    const times = items.map((item) => ("at" in item ? item.at : 0));
    this.#move({
      seq: Math.max(this.state.seq, log.seq),
      last_at: Math.max(this.state.last_at, ...times),
      revealed: this.state.revealed || items.some((item) => item.type === "released"),
    });
    if (items.some((item) => item.type === "left" && log.epochs.isOwnStay(item.third))) {
      this.#onEnded(this);
    }
  }

  #heard(item: Item): void {
    if (item.type === "message") {
      this.#heardMessage(item);
    } else if (item.type === "left" && item.own && this.follower.log.isExposed) {
      background(this.renewal.renew());
    }
  }

  #heardMessage({ author, msgId, own, seq }: Message): void {
    const untagged = this.follower.log.untagged.get(msgId);
    if (author !== null) {
      this.mailbox.checkTag(author);
    } else if (untagged !== undefined) {
      this.mailbox.doubtAuthor(this.id, untagged);
    }
    if (!own && seq > this.state.read_seq && !this.hidden) {
      this.#runtime.notice({ type: "newMessage", thread: this.id });
    }
  }

  #move(state: Partial<ThreadState>): void {
    this.state = { ...this.state, ...state };
    this.#changed();
  }

  #changed(): void {
    this.#dirty = true;
    this.#runtime.changed();
  }
}
