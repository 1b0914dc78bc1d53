/**
 * Several tabs of one account: one leads and holds the connection, the others follow it by a broadcast channel. When the
 * leader's tab closes, the lock passes on and another one leads; actions that got no answer are done again by it. It takes
 * none before it can do them, but for those that its opening waits for: what a tab asked for before and what it asks for
 * meanwhile would change places. A tab that was away asks again for what it heard no answer to: the leader does it once.
 */

import { Listeners } from "./listeners.ts";
import {
  type Action,
  ActionFailed,
  type DrawnElsewhere,
  filledIn,
  type Id,
  nothing,
  type Office,
  type Outcome,
  type Picture,
} from "./office.ts";
import { background, fault, Once } from "./tasks.ts";
import type { Notice } from "./views.ts";

type Message =
  /** A tab came, and knows nothing yet. */
  | { readonly type: "hello" }
  /** A tab leads from now on. */
  | { readonly type: "leading" }
  | { readonly type: "picture"; readonly picture: DrawnElsewhere }
  | { readonly type: "notice"; readonly notice: Notice }
  | { readonly type: "act"; readonly id: string; readonly action: Action }
  | { readonly type: "done"; readonly id: string; readonly outcome: Outcome }
  | { readonly type: "failed"; readonly id: string; readonly reason: string; readonly code: string | null };

interface Asked {
  readonly action: Action;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (reason: ActionFailed) => void;
}

/** An office that holds the connection. */
export interface Leading extends Office {
  /** Opens the account. */
  readonly open: () => Promise<void>;
  /** Takes over conversations that pages show; before it opens. */
  readonly takeUp: (opened: Iterable<Id>) => void;
  /** Ends at once: what is under way fails. */
  readonly abandon: () => void;
}

/** What the leader says of an action that another tab asked for. */
type Answer = Extract<Message, { readonly type: "done" | "failed" }>;

/** Of so many actions that ended the leader knows what it said: a tab may have been away. */
const answersMax = 32;

/** What the opening of an account itself may wait for. */
const openers: ReadonlySet<Action["type"]> = new Set(["codeKept", "enterCode"]);

/** This tab's office, whoever leads. `name`: of the account's lock and channel. */
export class TabOffice implements Office {
  readonly #name: string;
  readonly #newLeader: () => Leading;
  #channel: BroadcastChannel | null = null;
  readonly #pictures = new Listeners<Picture>();
  readonly #notices = new Listeners<Notice>();
  readonly #asked = new Map<string, Asked>();
  #away = new AbortController();
  #picture: Picture = nothing;
  #leader: Leading | null = null;
  /** Whether what this tab leads takes every action. */
  #isOpen = false;
  /** What others ask of this tab while it leads. */
  #answers = new Once<Answer>(answersMax);
  #stopLeading: () => void = () => undefined;

  /** `lead` makes the office that this tab leads with, when its turn comes. */
  constructor(name: string, lead: () => Leading) {
    this.#name = name;
    this.#newLeader = lead;
    this.join();
  }

  /** Takes part, from now on or again: knows what the others know, and waits for its turn to lead. */
  join(): void {
    if (this.#channel !== null) {
      return;
    }
    this.#channel = new BroadcastChannel(this.#name);
    this.#channel.addEventListener("message", (event: MessageEvent<Message>) => this.#hear(event.data));
    this.#say({ type: "hello" });
    this.#askAgain();
    this.#queue();
  }

  #queue(): void {
    this.#away = new AbortController();
    const { signal } = this.#away;
    const turn = navigator.locks.request(this.#name, { signal }, () => this.#lead(this.#newLeader()));
    turn.catch((error: unknown) => {
      if (!signal.aborted) {
        fault(error);
      }
    });
  }

  /**
   * The page is left, and may come back as it was: until it joins again it holds nothing that another tab needs, and what
   * is asked of it waits.
   */
  leave(): void {
    this.#standDown();
    this.#away.abort();
    this.#channel?.close();
    this.#channel = null;
  }

  /** Leads no more. */
  #standDown(): void {
    const leader = this.#leader;
    this.#leader = null;
    this.#isOpen = false;
    // What fails because this tab is left is left to the next one that leads.
    this.#answers = new Once(answersMax);
    leader?.abandon();
    this.#stopLeading();
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

  async act(action: Action): Promise<Outcome> {
    const leader = this.#leader;
    if (leader === null || !this.#takes(action)) {
      return this.#ask(action);
    }
    try {
      return await leader.act(action);
    } catch (error) {
      // Left while it was being done: whoever leads next does it again.
      if (this.#leader !== leader) {
        return this.act(action);
      }
      throw error;
    }
  }

  async #ask(action: Action): Promise<Outcome> {
    const id = crypto.randomUUID();
    return new Promise<Outcome>((resolve, reject) => {
      this.#asked.set(id, { action, resolve, reject });
      this.#say({ type: "act", id, action });
    });
  }

  #takes(action: Action): boolean {
    return this.#isOpen || openers.has(action.type);
  }

  /** Holds the lock until this tab closes. */
  async #lead(leader: Leading): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#stopLeading = resolve;
    });
    this.#leader = leader;
    leader.takeUp(this.#picture.threads.map((line) => line.id).filter((id) => id in this.#picture.opened));
    leader.onPicture((picture) => {
      if (this.#leader === leader) {
        this.#show(picture);
        this.#say({ type: "picture", picture: this.#picture });
      }
    });
    leader.onNotice((notice) => {
      this.#notices.tell(notice);
      this.#say({ type: "notice", notice });
    });
    await Promise.race([leader.open(), ended]);
    if (this.#leader !== leader) {
      return;
    }
    this.#isOpen = true;
    this.#say({ type: "leading" });
    for (const [id, asked] of this.#asked) {
      this.#asked.delete(id);
      this.act(asked.action).then(asked.resolve, asked.reject);
    }
    await ended;
  }

  #hear(message: Message): void {
    if (this.#leader !== null) {
      this.#answer(message, this.#leader);
    } else if (message.type === "picture") {
      this.#show(filledIn(message.picture));
    } else if (message.type === "notice") {
      this.#notices.tell(message.notice);
    } else if (message.type === "done") {
      this.#take(message.id)?.resolve(message.outcome);
    } else if (message.type === "failed") {
      this.#take(message.id)?.reject(new ActionFailed(message.reason, message.code));
    } else if (message.type === "leading") {
      this.#askAgain();
    }
  }

  #askAgain(): void {
    for (const [id, { action }] of this.#asked) {
      this.#say({ type: "act", id, action });
    }
  }

  /** What it does not take yet it is asked for again, once it says that it leads. */
  #answer(message: Message, leader: Leading): void {
    if (message.type === "hello" && leader.picture.stage.name === "ended") {
      // Whoever comes now has it tried anew, by the tab whose turn it is: what ended this one may be over.
      this.#standDown();
      this.#queue();
    } else if (message.type === "hello") {
      this.#say({ type: "picture", picture: leader.picture });
    } else if (message.type === "act" && this.#takes(message.action)) {
      background(this.#act(message.id, message.action, leader));
    }
  }

  async #act(id: string, action: Action, leader: Leading): Promise<void> {
    const answer = await this.#answers.run(id, async () => answerOf(id, action, leader));
    if (this.#leader === leader) {
      this.#say(answer);
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
    this.#channel?.postMessage(message);
  }
}

async function answerOf(id: string, action: Action, leader: Leading): Promise<Answer> {
  try {
    return { type: "done", id, outcome: await leader.act(action) };
  } catch (error) {
    const failed = error instanceof ActionFailed ? error : new ActionFailed("Error", null);
    return { type: "failed", id, reason: failed.reason, code: failed.code };
  }
}
