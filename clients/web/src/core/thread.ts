/** One conversation between one's own mailbox and a peer, about one target. */

import type { Hash } from "../e2ee/bytes.ts";
import { encodeText } from "../e2ee/content.ts";
import { utf8 } from "../e2ee/encoding.ts";
import { recordWords } from "../e2ee/words.ts";
import type { Checkpoint } from "../e2ee/vault.ts";
import type { ClosingReason, Id, OwnCard, ThreadState } from "../wire/types.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { type Consent, Consenting } from "./consenting.ts";
import { ProblemError } from "./errors.ts";
import { Follower } from "./follower.ts";
import { type Followed, type Glance, shelves, type Standing } from "./local.ts";
import { ThreadLog } from "./log.ts";
import type { Mailbox } from "./mailbox.ts";
import { Outbox } from "./outbox.ts";
import { Renewal } from "./renewal.ts";
import { answerMs, type Runtime } from "./runtime.ts";
import type { Window } from "./schedule.ts";
import { threadKind } from "./vault-parts.ts";
import type { Item } from "./views.ts";

export class Thread {
  state: ThreadState;
  readonly mailbox: Mailbox;
  readonly follower: Follower;
  readonly outbox: Outbox;
  readonly renewal: Renewal;
  /** Cards of the own side, as of the last asking; null before. */
  cards: readonly OwnCard[] | null = null;
  glance: Glance | null;
  readonly #runtime: Runtime;
  readonly #consenting: Consenting;
  #standing: Standing | null;
  #dirty = false;

  constructor(runtime: Runtime, mailbox: Mailbox, state: ThreadState, kept: Followed | null) {
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
    });
    this.renewal = new Renewal(runtime, this.follower, reread);
    this.outbox = new Outbox(runtime, this.follower, this.renewal);
    this.#consenting = new Consenting(runtime, this.follower, this.renewal);
  }

  get id(): Id {
    return this.state.thread;
  }

  /** What was read so far, in order. */
  get items(): readonly Item[] {
    return this.follower.log.items;
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
    return log.seq > 0 ? log.seq : (log.checkpoint?.position ?? 0);
  }

  /** Whether this mailbox blocked the peer. */
  get hidden(): boolean {
    return this.mailbox.desk.hidden.has(this.id);
  }

  /** Twelve words of the keys in force, the same on both sides unless somebody stands between them; else none. */
  async words(): Promise<readonly string[]> {
    const { epochs } = this.follower.log;
    return epochs.length > 0 ? recordWords(epochs.current.record.hash) : [];
  }

  /** One's own pseudonym in force; null while that is not known here. */
  get standing(): Standing | null {
    return this.follower.log.epochs.standing ?? this.#standing;
  }

  /** When one's own pseudonym is to be renewed; null while that is not known here. */
  get window(): Window | null {
    return this.standing === null ? null : this.renewal.window(this.standing, this.state.seq);
  }

  /** Reads and verifies the whole log, from its first event on. @throws TimedOut, ProblemError, Ended */
  async load(): Promise<void> {
    this.follower.announce(this.state.seq);
    await this.follower.open();
    if (this.follower.isSuspended) {
      await this.#compare();
    }
    await this.follower.catchUp({ pull: this.follower.log.seq === 0 });
  }

  /** Keeps and sends a text; returns once it is kept. The same id again is the same message. */
  async send(msgId: Id, text: string): Promise<void> {
    await this.outbox.post({ kind: "text", content: toBase64(encodeText(text)), msgId });
  }

  /** Openly proposes to show identities; the peer sees it. It consents to nothing. */
  async ask(msgId: Id): Promise<void> {
    await this.outbox.post({ kind: "asked", content: toBase64(utf8("")), msgId });
  }

  /** Closes the conversation; the peer learns it, and why only if `tell`. The reason counts in the figures. */
  async close(msgId: Id, reason: ClosingReason, tell: boolean): Promise<void> {
    await this.outbox.post({ kind: "closed", content: toBase64(utf8(reason)), msgId, told: tell });
  }

  /** Takes a closed conversation up again. */
  async reopen(msgId: Id): Promise<void> {
    await this.outbox.post({ kind: "reopened", content: toBase64(utf8("")), msgId });
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

  /** Consents to show these fields, once the other side consents too; returns the card's id. */
  async consent(consent: Consent): Promise<Id> {
    await this.follower.catchUp({ pull: this.follower.log.seq === 0 });
    const card = await this.#consenting.give(consent);
    await this.readCards();
    return card;
  }

  /** Withdraws one's consent, on any device: before release the card is destroyed; what was seen stays seen. */
  async withdraw(card: Id): Promise<void> {
    await this.follower.catchUp({ pull: this.follower.log.seq === 0 });
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

  /** Asks for the cards of one's own side and where each stands. The peer's are nobody's business before release. */
  async readCards(): Promise<void> {
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
      },
      this.id,
    );
    if (this.#reached && log.seq > 0 && !log.isExplained) {
      this.#runtime.keeper.setCheckpoint(threadKind, this.id, { position: log.seq, head: log.head });
    }
  }

  /** Whether the log went through what it must lead through, or said why not. */
  get #reached(): boolean {
    const { log } = this.follower;
    return log.isExplained || log.seq >= (log.checkpoint?.position ?? 0);
  }

  /** After a restored backup: shows how far the thread had come, and reads it anew where the service lost something. */
  async #compare(): Promise<void> {
    const stamped = this.follower.log.stamped ?? null;
    if (this.stopped === null && stamped !== null && !(await this.#stillThere(stamped))) {
      const kept = { stamped, restores: this.follower.log.restores, withdrawn: [...this.follower.log.withdrawn] };
      await this.follower.settle(this.#newLog(kept));
      this.follower.announce(this.state.seq);
      await this.follower.catchUp({ pull: true });
    } else {
      await this.follower.settle();
    }
  }

  /** Whether the service says that its log leads through this place. If it lies, the next reading shows it. */
  async #stillThere(stamped: NonNullable<Followed["stamped"]>): Promise<boolean> {
    try {
      const answer = await this.#runtime.link.request(
        { t: "restore.claim", thread: this.id, ...stamped, stream_epoch: this.follower.streamEpoch ?? 0 },
        { timeoutMs: answerMs },
      );
      return answer.seq === 0;
    } catch (error) {
      if (error instanceof ProblemError && !error.retryable) {
        return false;
      }
      throw error;
    }
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
    return new ThreadLog(side, this.#runtime.trust, seen, kept?.withdrawn);
  }

  #onItems(items: readonly Item[]): void {
    for (const item of items) {
      if (item.type === "message" && item.author !== null) {
        this.mailbox.checkTag(item.author);
      }
      if (item.type === "message" && !item.own && item.seq > this.state.read_seq && !this.hidden) {
        this.#runtime.notice({ type: "newMessage", thread: this.id });
      }
    }
    const { log } = this.follower;
    this.glance = glanceAt(log.items) ?? this.glance;
    const times = items.map((item) => ("at" in item ? item.at : 0));
    this.#move({
      seq: Math.max(this.state.seq, log.seq),
      last_at: Math.max(this.state.last_at, ...times),
      revealed: this.state.revealed || items.some((item) => item.type === "released"),
    });
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

function checkpointOf(kept: Pick<Followed, "stamped"> | null): Checkpoint | null {
  const stamped = kept?.stamped ?? null;
  return stamped === null ? null : { position: stamped.seq, head: fromBase64<Hash>(stamped.head) };
}

/** What the list shows of a thread; null where nothing was said. */
function glanceAt(items: readonly Item[]): Glance | null {
  const said = items.findLast((item) => item.type === "message");
  const state = items.findLast((item) => item.type === "closed" || item.type === "reopened");
  if (said?.type !== "message") {
    return null;
  }
  const cards = items.flatMap((item) => (item.type === "released" ? item.cards : []));
  const fields = cards.findLast((card) => !card.own)?.fields;
  return {
    text: said.text,
    own: said.own,
    seq: said.seq,
    at: said.at,
    closed: state?.type === "closed",
    name: fields?.["organisation"] ?? fields?.["name"] ?? null,
  };
}
