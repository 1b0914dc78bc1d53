/**
 * What a page works with: one picture of everything that it shows, and actions. Both can be cloned, so that a tab that
 * does not hold the connection works with the one that does in the same way (`tabs`).
 *
 * Every action may be done twice with the effect of once: a tab that does not know what became of one does it again.
 */

import type { CardValues, Consent } from "./consenting.ts";
import type { KnownDevice } from "./devices.ts";
import type { Colleague } from "./keys.ts";
import type { PrivateNote } from "./desk.ts";
import type { Item, Notice, SeatAsked, WaitingMessage } from "./views.ts";
import type { ClosingReason, Id, OwnCard, Presentation, SeatView } from "../wire/types.ts";

/** Where opening the account stands. */
export type Stage =
  | { readonly name: "opening" }
  /** A new code is shown, to be written down; `codeKept` goes on. */
  | { readonly name: "showsCode"; readonly code: string }
  /** This browser is new to the account. `wrong`: what was typed is not this account's code. */
  | { readonly name: "needsCode"; readonly wrong: boolean }
  | { readonly name: "open" }
  /** Nothing goes on until the page is loaded again. `reason`: the name of an error; `code`: of a problem, or null. */
  | { readonly name: "ended"; readonly reason: string; readonly code: string | null };

export interface MailboxView {
  readonly id: Id;
  readonly seat: Id;
  readonly kind: string;
  readonly admin: boolean;
  readonly colleagues: readonly Colleague[];
  readonly pending: readonly SeatAsked[];
  readonly waiting: readonly WaitingMessage[];
}

/** One line of the list. */
export interface ThreadLine {
  readonly id: Id;
  readonly mailbox: Id;
  readonly target: Id;
  readonly peer: Presentation;
  /** As the peer's card says, once it is shown. */
  readonly name: string | null;
  readonly lastAt: number;
  /** The last text, or null where there is none to show. */
  readonly text: string | null;
  /** Whether the own side spoke last. */
  readonly own: boolean;
  readonly unread: boolean;
  readonly revealed: boolean;
  readonly closed: boolean;
  readonly hidden: boolean;
  readonly stopped: boolean;
  readonly assigned: Id | null;
  readonly draft: string;
}

/** A message that did not arrive yet. */
export interface OnItsWay {
  readonly msgId: Id;
  readonly kind: string;
  readonly text: string | null;
  readonly at: number;
}

/** An opened conversation. */
export interface ThreadView {
  readonly id: Id;
  readonly party: number;
  readonly items: readonly Item[];
  readonly onItsWay: readonly OnItsWay[];
  readonly seq: number;
  readonly readSeq: number;
  readonly peerReadSeq: number;
  /** Cards of the own side; null: not asked yet. */
  readonly cards: readonly OwnCard[] | null;
  readonly words: readonly string[];
  readonly notes: readonly PrivateNote[];
  /** Whether everything that is known to exist was read. */
  readonly complete: boolean;
}

export interface Picture {
  readonly stage: Stage;
  readonly connected: boolean;
  /** Whether everything that happened before this connection was read. */
  readonly caughtUp: boolean;
  readonly account: Id | null;
  readonly seats: readonly SeatView[];
  /** Active seats that are not used, with the rule that their mailbox broke. */
  readonly doubts: Readonly<Record<string, string>>;
  readonly mailboxes: readonly MailboxView[];
  readonly threads: readonly ThreadLine[];
  readonly opened: Readonly<Record<string, ThreadView>>;
  readonly devices: readonly KnownDevice[];
  /** The person's own card, as they filled it in last in this browser. */
  readonly card: CardValues;
}

export const nothing: Picture = {
  stage: { name: "opening" },
  connected: false,
  caughtUp: false,
  account: null,
  seats: [],
  doubts: {},
  mailboxes: [],
  threads: [],
  opened: {},
  devices: [],
  card: {},
};

export type Action =
  | { readonly type: "codeKept" }
  | { readonly type: "enterCode"; readonly code: string }
  | { readonly type: "open"; readonly thread: Id }
  | { readonly type: "send"; readonly thread: Id; readonly msgId: Id; readonly text: string }
  | { readonly type: "write"; readonly mailbox: Id; readonly target: Id; readonly id: Id; readonly text: string }
  | { readonly type: "cancel"; readonly mailbox: Id; readonly id: Id }
  | { readonly type: "read"; readonly thread: Id; readonly seq: number; readonly share: boolean }
  | { readonly type: "draft"; readonly thread: Id; readonly text: string }
  | { readonly type: "note"; readonly thread: Id; readonly text: string }
  | { readonly type: "assign"; readonly thread: Id; readonly seat: Id | null }
  | { readonly type: "hide"; readonly thread: Id; readonly hidden: boolean }
  | { readonly type: "ask"; readonly thread: Id; readonly msgId: Id }
  | {
      readonly type: "close";
      readonly thread: Id;
      readonly msgId: Id;
      readonly reason: ClosingReason;
      readonly tell: boolean;
    }
  | { readonly type: "reopen"; readonly thread: Id; readonly msgId: Id }
  | { readonly type: "consent"; readonly thread: Id; readonly consent: Consent }
  | { readonly type: "withdraw"; readonly thread: Id; readonly card: Id }
  | { readonly type: "keepCard"; readonly card: CardValues }
  | { readonly type: "found"; readonly mailbox: Id }
  /** Gives the twelve words. `again`: also where some were shown already. */
  | { readonly type: "askSeat"; readonly mailbox: Id; readonly again: boolean }
  | {
      readonly type: "admit";
      readonly mailbox: Id;
      readonly seat: Id;
      readonly words: readonly string[];
      readonly admin: boolean;
    }
  | { readonly type: "remove"; readonly mailbox: Id; readonly seat: Id }
  | { readonly type: "readDevices" }
  | { readonly type: "forgetOtherDevices"; readonly code: string | null }
  | { readonly type: "newCode" }
  /** The page was shown again, or the network is back; it is gone. */
  | { readonly type: "wake" | "sleep" };

/** What an action gives: words for `askSeat`, a card's id for `consent`, else nothing. */
export type Outcome = readonly string[] | null;

/** Why an action failed, as it can be told from tab to tab. */
export class ActionFailed extends Error {
  override readonly name: string = "ActionFailed";
  /** The name of an error, and the code of a problem, or null. */
  readonly reason: string;
  readonly code: string | null;

  constructor(reason: string, code: string | null) {
    super(code ?? reason);
    this.reason = reason;
    this.code = code;
  }
}

export type { CardField, ClosingReason, Id, OwnCard, SeatView } from "../wire/types.ts";

export interface Office {
  readonly picture: Picture;
  /** Calls back after each change of the picture; returns what ends that. */
  readonly onPicture: (listener: (picture: Picture) => void) => () => void;
  readonly onNotice: (listener: (notice: Notice) => void) => () => void;
  /** @throws ActionFailed */
  readonly act: (action: Action) => Promise<Outcome>;
}

/** Those who listen to one thing. */
export class Listeners<T> {
  readonly #all = new Set<(value: T) => void>();

  add(listener: (value: T) => void): () => void {
    this.#all.add(listener);
    return () => this.#all.delete(listener);
  }

  tell(value: T): void {
    for (const listener of this.#all) {
      listener(value);
    }
  }
}
