/** The tab that holds the connection: opens the account, draws its picture, and does what pages ask for. */

import { WrongRecoveryCode } from "../e2ee/errors.ts";
import type { Id } from "../wire/types.ts";
import { Client, type ClientOptions } from "./client.ts";
import { Ended, ProblemError, RecoveryCodeNeeded } from "./errors.ts";
import { Drawing } from "./drawing.ts";
import { Listeners } from "./listeners.ts";
import {
  type Action,
  ActionFailed,
  nothing,
  type Office,
  type Outcome,
  type Picture,
  type Stage,
  toCases,
} from "./office.ts";
import { draw } from "./picture.ts";
import { background } from "./tasks.ts";
import type { Notice } from "./views.ts";

/** Conversations that are drawn whole: those that were opened last. */
const openedMax = 4;

export type LeaderOptions = Omit<ClientOptions, "onChange" | "onNotice" | "recovery"> & {
  /** Told once the account is known, for a start without the network. */
  readonly onAccount?: (account: Id) => void;
};

type Doing = { readonly [K in Action["type"]]: (client: Client, action: Action & { type: K }) => Promise<Outcome> };

export class LeaderOffice implements Office {
  readonly #options: LeaderOptions;
  readonly #pictures = new Listeners<Picture>();
  readonly #notices = new Listeners<Notice>();
  readonly #opened = new Set<Id>();
  #picture: Picture = nothing;
  #client: Client | null = null;
  #opening: Promise<void> = Promise.resolve();
  #caughtUp = false;
  readonly #drawing = new Drawing(async () => this.#draw());
  #codeKept: () => void = () => undefined;
  #isAbandoned = false;

  constructor(options: LeaderOptions) {
    this.#options = options;
  }

  get picture(): Picture {
    return this.#picture;
  }

  onPicture(listener: (picture: Picture) => void): () => void {
    return this.#pictures.add(listener);
  }

  onNotice(listener: (notice: Notice) => void): () => void {
    return this.#notices.add(listener);
  }

  /** Opens the account. `code`: the recovery code that was typed, or null. What is asked for meanwhile waits. */
  async open(code: string | null = null): Promise<void> {
    this.#opening = this.#open(code);
    await this.#opening;
  }

  async #open(code: string | null): Promise<void> {
    this.#stage({ name: "opening" });
    try {
      this.#client = await Client.open({
        ...this.#options,
        recovery: { code, show: (shown) => this.#show(shown) },
        onChange: () => this.#drawing.plan(),
        onNotice: (notice) => this.#notices.tell(notice),
      });
    } catch (error) {
      this.#stage(stageFor(error));
      return;
    }
    const client = this.#client;
    if (this.#isAbandoned) {
      this.abandon();
      return;
    }
    this.#options.onAccount?.(client.account);
    client.ended.catch((error: unknown) => this.#stage(stageFor(error)));
    background(this.#catchUp(client));
    for (const thread of client.threads.filter((each) => this.#opened.has(each.id))) {
      background(thread.load());
    }
    this.#drawing.plan();
    await this.#drawing.seen();
  }

  async #catchUp(client: Client): Promise<void> {
    await client.ready;
    this.#caughtUp = true;
    this.#drawing.plan();
  }

  /** Takes over conversations that pages show, from a leader that went away. Call it before `open`. */
  takeUp(opened: Iterable<Id>): void {
    for (const thread of opened) {
      this.#opened.add(thread);
    }
  }

  async close(): Promise<void> {
    await this.#client?.close();
    this.#client = null;
  }

  /** Ends at once, without writing anything more: the page is left, and another one may lead any moment. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#client?.abandon();
    this.#client = null;
  }

  async act(action: Action): Promise<Outcome> {
    try {
      const outcome = await this.#done(action);
      // What it changed is seen when it is done.
      await this.#drawing.seen();
      return outcome;
    } catch (error) {
      if (error instanceof ActionFailed) {
        throw error;
      }
      const name = error instanceof Error ? error.name : "Error";
      throw new ActionFailed(name, error instanceof ProblemError ? error.code : null);
    }
  }

  async #done(action: Action): Promise<Outcome> {
    if (action.type === "codeKept") {
      this.#codeKept();
      return null;
    }
    if (action.type === "enterCode") {
      if (this.#client === null) {
        await this.open(action.code);
      }
      return null;
    }
    await this.#opening;
    if (this.#client === null) {
      throw new ActionFailed("Ended", null);
    }
    return this.#run(this.#client, action);
  }

  async #run<K extends Action["type"]>(client: Client, action: Action & { readonly type: K }): Promise<Outcome> {
    return this.#doing[action.type](client, action);
  }

  readonly #doing: Doing = {
    codeKept: async () => Promise.resolve(null),
    enterCode: async () => Promise.resolve(null),
    open: async (client, { thread }) => {
      this.#opened.delete(thread);
      this.#opened.add(thread);
      for (const each of [...this.#opened].slice(0, -openedMax)) {
        this.#opened.delete(each);
      }
      this.#drawing.plan();
      return nothingFrom(client.openThread(thread));
    },
    items: async (client, asked) => client.thread(asked.thread).stretch(asked),
    search: async (client, { threads, searched }) => client.search(threads, searched),
    send: async (client, { thread, msgId, text }) => nothingFrom(client.thread(thread).send(msgId, text)),
    write: async (client, { mailbox, target, id, text }) =>
      nothingFrom(client.mailbox(mailbox).first.write(id, target, text)),
    cancel: async (client, { mailbox, id }) => nothingFrom(client.mailbox(mailbox).first.cancel(id)),
    read: async (client, { thread, seq, share }) => nothingFrom(client.thread(thread).read(seq, share)),
    draft: async (client, { thread, text }) => nothingFrom(client.thread(thread).mailbox.desk.draft(thread, text)),
    draftFirst: async (client, { mailbox, target, text }) =>
      nothingFrom(client.mailbox(mailbox).desk.draftFirst(target, text)),
    note: async (client, { thread, entry, text }) =>
      nothingFrom(client.thread(thread).mailbox.desk.note(thread, entry, text)),
    assign: async (client, { thread, seat }) => nothingFrom(client.thread(thread).mailbox.desk.assign(thread, seat)),
    hide: async (client, { thread, hidden }) => nothingFrom(client.thread(thread).block(hidden)),
    ask: async (client, { thread, msgId }) => nothingFrom(client.thread(thread).notices.ask(msgId)),
    close: async (client, { thread, msgId, reason, tell }) =>
      nothingFrom(client.thread(thread).notices.close(msgId, reason, tell)),
    reopen: async (client, { thread, msgId }) => nothingFrom(client.thread(thread).notices.reopen(msgId)),
    step: async (client, { thread, msgId, step }) => nothingFrom(client.thread(thread).notices.mark(msgId, step)),
    rate: async (client, { thread, satisfied, recommends }) =>
      nothingFrom(client.thread(thread).notices.rate(satisfied, recommends)),
    invite: async (client, { thread, msgId, target, history }) =>
      nothingFrom(client.thread(thread).inviting.invite(msgId, target, history)),
    sendAgain: async (client, { thread }) => nothingFrom(client.thread(thread).sendAgain()),
    letGo: async (client, { thread }) => {
      const { losses } = client.thread(thread);
      for (const { msgId } of losses.all) {
        await losses.forget(msgId);
      }
      return null;
    },
    beginAgain: async (client, { thread }) => nothingFrom(client.gone.beginAgain(thread)),
    letGoWhole: async (client, { thread }) => nothingFrom(client.gone.forget(thread)),
    letGoRefused: async (client, { thread, msgId }) =>
      nothingFrom(client.thread(thread).outbox.refusals.forget(thread, msgId)),
    acceptThird: async (client, { thread, third }) => nothingFrom(client.thread(thread).inviting.accept(third)),
    declineThird: async (client, { thread, third }) => {
      client.thread(thread).inviting.decline(third);
      return Promise.resolve(null);
    },
    endThird: async (client, { thread, msgId }) => nothingFrom(client.thread(thread).inviting.end(msgId)),
    leave: async (client, { thread, msgId }) => nothingFrom(client.thread(thread).inviting.end(msgId)),
    attest: async (client, { thread }) => client.thread(thread).attestation(),
    consent: async (client, { thread, consent }) => [await client.thread(thread).consent(consent)],
    withdraw: async (client, { thread, card }) => nothingFrom(client.thread(thread).withdraw(card)),
    telling: async (client, { thread, asked }) => {
      const told = await (await client.reporting(thread)).carryOut(asked);
      return told === null ? null : { told };
    },
    keepCard: async (client, { card }) => nothingFrom(client.keepCard(card)),
    found: async (client, { mailbox, afterReset }) => nothingFrom(client.found(mailbox, afterReset ?? false)),
    acceptReset: async (client, { mailbox }) => nothingFrom(client.acceptReset(mailbox)),
    makeKit: async (client, { mailbox, code }) => nothingFrom(client.mailbox(mailbox).makeKit(code)),
    enterWithKit: async (client, { mailbox, code }) => nothingFrom(client.enterWithKit(mailbox, code)),
    askSeat: async (client, { mailbox, again }) =>
      (again ? null : await client.shownWords(mailbox)) ?? (await client.askSeat(mailbox)),
    admit: async (client, { mailbox, seat, words, admin }) =>
      nothingFrom(client.mailbox(mailbox).admit(seat, words, admin)),
    remove: async (client, { mailbox, seat }) => nothingFrom(client.mailbox(mailbox).remove(seat)),
    moderate: async (client, { mailbox, act }) => ({ moderated: await client.mailbox(mailbox).moderate(act) }),
    readTargets: async (client, { mailbox }) => client.mailbox(mailbox).targets(),
    readDevices: async (client) => nothingFrom(client.readDevices()),
    forgetOtherDevices: async (client, { code }) =>
      nothingFrom(client.forgetOtherDevices((shown) => this.#show(shown), code)),
    forget: async (client) => nothingFrom(this.#forget(client)),
    newCode: async (client) => nothingFrom(client.newRecoveryCode((shown) => this.#show(shown))),
    readAlerts: async (client) => nothingFrom(client.alerts.read()),
    writeAlerts: async (client, { settings }) => nothingFrom(client.alerts.write(settings)),
    openAlert: async (client, { token }) => {
      const { thread, cases } = await client.alerts.open(token);
      return thread === null ? (cases ? [toCases] : []) : [thread];
    },
    subscribePush: async (client, { pushed }) => nothingFrom(client.alerts.subscribe(pushed)),
    unsubscribePush: async (client) => nothingFrom(client.alerts.unsubscribe()),
    wake: async (client) => nothingFrom(Promise.resolve(client.wake())),
    signedIn: async (client) => nothingFrom(client.signedIn()),
    sleep: async (client) => nothingFrom(Promise.resolve(client.sleep())),
  };

  async #forget(client: Client): Promise<void> {
    await client.forget();
    this.#client = null;
    this.#picture = nothing;
    this.#stage({ name: "ended", reason: "Forgotten", code: null });
  }

  /** Shows a code until the person says that they have it. */
  async #show(code: string): Promise<void> {
    const before = this.#picture.stage;
    const kept = new Promise<void>((resolve) => {
      this.#codeKept = resolve;
    });
    this.#stage({ name: "showsCode", code });
    await kept;
    this.#stage(before);
  }

  #stage(stage: Stage): void {
    this.#picture = { ...this.#picture, stage };
    this.#pictures.tell(this.#picture);
  }

  async #draw(): Promise<void> {
    if (this.#client === null) {
      return;
    }
    const picture = await draw(this.#client, this.#caughtUp, this.#opened);
    const { stage } = this.#picture;
    this.#picture = { ...picture, stage: stage.name === "opening" ? picture.stage : stage };
    this.#pictures.tell(this.#picture);
  }
}

async function nothingFrom(work: Promise<unknown>): Promise<null> {
  await work;
  return null;
}

/** What a page shows where an account could not be opened, or ended. */
export function stageFor(error: unknown): Stage {
  if (error instanceof WrongRecoveryCode) {
    return { name: "needsCode", wrong: true };
  }
  if (error instanceof RecoveryCodeNeeded) {
    return { name: "needsCode", wrong: false };
  }
  const reason = error instanceof Error ? error.name : "Error";
  return { name: "ended", reason, code: codeOf(error) };
}

/** Of a refusal its word, of an end its number. */
function codeOf(error: unknown): string | null {
  if (error instanceof ProblemError) {
    return error.code;
  }
  return error instanceof Ended && error.code !== null ? String(error.code) : null;
}
