/**
 * Several tabs of one account: one leads and holds the connection, the others follow it by a broadcast channel. When the
 * leader's tab closes, the lock passes on and another one leads; actions that got no answer are done again by it.
 */

import { type Action, ActionFailed, Listeners, nothing, type Office, type Outcome, type Picture } from "./office.ts";
import type { LeaderOffice } from "./leader.ts";
import { background, fault } from "./tasks.ts";
import type { Notice } from "./views.ts";

type Message =
  /** A tab came, and knows nothing yet. */
  | { readonly type: "hello" }
  /** A tab leads from now on. */
  | { readonly type: "leading" }
  | { readonly type: "picture"; readonly picture: Picture }
  | { readonly type: "notice"; readonly notice: Notice }
  | { readonly type: "act"; readonly id: string; readonly action: Action }
  | { readonly type: "done"; readonly id: string; readonly outcome: Outcome }
  | { readonly type: "failed"; readonly id: string; readonly reason: string; readonly code: string | null };

interface Asked {
  readonly action: Action;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (reason: ActionFailed) => void;
}

/** This tab's office, whoever leads. `name`: of the account's lock and channel. */
export class TabOffice implements Office {
  readonly #channel: BroadcastChannel;
  readonly #pictures = new Listeners<Picture>();
  readonly #notices = new Listeners<Notice>();
  readonly #asked = new Map<string, Asked>();
  readonly #away = new AbortController();
  #picture: Picture = nothing;
  #leader: LeaderOffice | null = null;
  #stopLeading: () => void = () => undefined;

  /** `lead` makes the office that this tab leads with, when its turn comes. */
  constructor(name: string, lead: () => LeaderOffice) {
    this.#channel = new BroadcastChannel(name);
    this.#channel.addEventListener("message", (event: MessageEvent<Message>) => this.#hear(event.data));
    this.#say({ type: "hello" });
    const turn = navigator.locks.request(name, { signal: this.#away.signal }, () => this.#lead(lead()));
    turn.catch((error: unknown) => {
      if (!this.#away.signal.aborted) {
        fault(error);
      }
    });
  }

  get picture(): Picture {
    return this.#picture;
  }

  get leads(): boolean {
    return this.#leader !== null;
  }

  onPicture(listener: (picture: Picture) => void): () => void {
    return this.#pictures.add(listener);
  }

  onNotice(listener: (notice: Notice) => void): () => void {
    return this.#notices.add(listener);
  }

  async act(action: Action): Promise<Outcome> {
    if (this.#leader !== null) {
      return this.#leader.act(action);
    }
    const id = crypto.randomUUID();
    return new Promise<Outcome>((resolve, reject) => {
      this.#asked.set(id, { action, resolve, reject });
      this.#say({ type: "act", id, action });
    });
  }

  /** Leaves: another tab leads from now on. */
  async close(): Promise<void> {
    await this.#leader?.close();
    this.#leader = null;
    this.#stopLeading();
    this.#away.abort();
    this.#channel.close();
  }

  /** Holds the lock until this tab closes. */
  async #lead(leader: LeaderOffice): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#stopLeading = resolve;
    });
    this.#leader = leader;
    leader.takeUp(this.#picture.threads.map((line) => line.id).filter((id) => id in this.#picture.opened));
    leader.onPicture((picture) => {
      this.#show(picture);
      this.#say({ type: "picture", picture: this.#picture });
    });
    leader.onNotice((notice) => {
      this.#notices.tell(notice);
      this.#say({ type: "notice", notice });
    });
    await leader.open();
    this.#say({ type: "leading" });
    for (const [id, asked] of this.#asked) {
      this.#asked.delete(id);
      leader.act(asked.action).then(asked.resolve, asked.reject);
    }
    await ended;
  }

  #hear(message: Message): void {
    if (this.#leader !== null) {
      this.#answer(message, this.#leader);
    } else if (message.type === "picture") {
      this.#show(message.picture);
    } else if (message.type === "notice") {
      this.#notices.tell(message.notice);
    } else if (message.type === "done") {
      this.#take(message.id)?.resolve(message.outcome);
    } else if (message.type === "failed") {
      this.#take(message.id)?.reject(new ActionFailed(message.reason, message.code));
    } else if (message.type === "leading") {
      for (const [id, { action }] of this.#asked) {
        this.#say({ type: "act", id, action });
      }
    }
  }

  #answer(message: Message, leader: LeaderOffice): void {
    if (message.type === "hello") {
      this.#say({ type: "picture", picture: leader.picture });
    } else if (message.type === "act") {
      background(this.#act(message.id, message.action, leader));
    }
  }

  async #act(id: string, action: Action, leader: LeaderOffice): Promise<void> {
    try {
      this.#say({ type: "done", id, outcome: await leader.act(action) });
    } catch (error) {
      const failed = error instanceof ActionFailed ? error : new ActionFailed("Error", null);
      this.#say({ type: "failed", id, reason: failed.reason, code: failed.code });
    }
  }

  #take(id: string): Asked | undefined {
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    return asked;
  }

  /** While another tab takes the lead, pages go on with what they show: somebody may be writing. */
  #show(picture: Picture): void {
    if (picture.stage.name === "opening" && this.#picture.stage.name === "open") {
      return;
    }
    this.#picture = picture;
    this.#pictures.tell(picture);
  }

  #say(message: Message): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel has one origin, its own
    this.#channel.postMessage(message);
  }
}
