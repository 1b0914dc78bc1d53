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
import type { Gist } from "./gist.ts";
import type { GoneThread } from "./gone.ts";
import type { ModeratorAct } from "./moderation-views.ts";
import type { Asked } from "./telling.ts";
import type { RefusedText } from "./refusals.ts";
import type {
  AlertsPicture,
  Item,
  Notice,
  Presented,
  RefusedFirst,
  SeatAsked,
  ThirdInvited,
  WaitingMessage,
} from "./views.ts";
import type {
  AlertSettings,
  Base64,
  CaseView,
  Id,
  OwnCard,
  Presentation,
  PushSubscription,
  SeatView,
} from "../wire/types.ts";
import type { Outcome } from "./outcomes.ts";
import type { LostText } from "./losing.ts";
import type { ThreadLog } from "./log.ts";
import type { Way, WayAction } from "./way.ts";

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
  /** First messages that the service refused for good; `cancel` lets each go. */
  readonly refused: readonly RefusedFirst[];
  /** Of moderation, as of the last reading, the newest first. */
  readonly cases: readonly CaseView[];
  /** What was begun to be written to targets, for the first time. */
  readonly firstDrafts: Readonly<Record<string, string>>;
}

/** One line of the list. */
export interface ThreadLine extends Way {
  readonly id: Id;
  readonly mailbox: Id;
  readonly target: Id;
  /** Where this mailbox is a third party: who began. */
  readonly peer: Presentation;
  /** Where this mailbox is a third party, and only there: the other one of the two sides. */
  readonly recipient: Presentation | null;
  /** As the peer's card says, once it is shown. */
  readonly name: string | null;
  readonly lastAt: number;
  /** The last text, or null where there is none to show. */
  readonly text: string | null;
  /** Whether own texts are kept here that the service refused for good. */
  readonly notSent: boolean;
  /** Whether the own side spoke last. */
  readonly own: boolean;
  readonly unread: boolean;
  readonly revealed: boolean;
  readonly closed: boolean;
  readonly hidden: boolean;
  readonly stopped: boolean;
  readonly assigned: Id | null;
  readonly draft: string;
  /** Until when somebody else of this mailbox counts as writing an answer: ms by this device's clock. null: nobody does. */
  readonly answeringUntil: number | null;
}

/** A message that did not arrive yet. */
export interface OnItsWay {
  readonly msgId: Id;
  readonly kind: string;
  readonly text: string | null;
  readonly at: number;
}

/** A third party that came in with the event `seq`. */
export interface Guest {
  readonly seq: number;
  readonly presented: Presented;
}

/** What the events from `from` to `to` of a conversation show. */
export interface Stretch {
  readonly items: readonly Item[];
  readonly from: number;
  readonly to: number;
}

/** An opened conversation, as far as its newest events go: what is older is asked for (`items`). */
export interface ThreadView {
  readonly id: Id;
  readonly party: number;
  /** For a third party, what the two sides show, by their party; null: one's own mailbox is a side. */
  readonly sides: readonly [Presentation, Presentation] | null;
  /** What the events from `from` on show. */
  readonly items: readonly Item[];
  readonly from: number;
  /** The first event that this reader has. */
  readonly first: number;
  /** How often the log was begun again: then items of before may read otherwise. */
  readonly begun: number;
  /** What the whole conversation comes to. */
  readonly gist: Gist;
  readonly guests: readonly Guest[];
  /** Proposals of third parties that wait for an answer, here or on the other side. */
  readonly invitations: readonly ThirdInvited[];
  /** Own texts that a restored service lost. */
  readonly lost: readonly LostText[];
  /** Who is in as a third party; null: nobody. */
  readonly third: Presented | null;
  /** Why nothing can be written at the moment; `beginsAnew`: it can. */
  readonly silence: ThreadLog["silence"];
  readonly onItsWay: readonly OnItsWay[];
  /** Own texts that the service refused for good. */
  readonly refused: readonly RefusedText[];
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
  /** Whether the person has to sign in again at the platform; what they wrote is kept, and `wake` goes on. */
  readonly signInNeeded: boolean;
  /** Whether everything that happened before this connection was read. */
  readonly caughtUp: boolean;
  readonly account: Id | null;
  readonly seats: readonly SeatView[];
  /** Mailboxes in which one has no seat, and which this account saw before. */
  readonly seenBefore: readonly Id[];
  /** Active seats that are not used, or not to be trusted, with the rule that their mailbox broke. */
  readonly doubts: Readonly<Record<string, string>>;
  readonly mailboxes: readonly MailboxView[];
  readonly threads: readonly ThreadLine[];
  /** Conversations that a restored service has no more. */
  readonly gone: readonly GoneThread[];
  readonly opened: Readonly<Record<string, ThreadView>>;
  readonly devices: readonly KnownDevice[];
  /** The person's own card, as they filled it in last in this browser. */
  readonly card: CardValues;
  /** null: not asked for yet. */
  readonly alerts: AlertsPicture | null;
}

export const nothing: Picture = {
  stage: { name: "opening" },
  connected: false,
  signInNeeded: false,
  caughtUp: false,
  account: null,
  seats: [],
  seenBefore: [],
  doubts: {},
  mailboxes: [],
  threads: [],
  gone: [],
  opened: {},
  devices: [],
  card: {},
  alerts: null,
};

/** A picture as a tab of another version may draw it, which leads until its page is loaded again. */
export interface DrawnElsewhere extends Omit<Picture, "mailboxes" | "opened"> {
  readonly mailboxes: readonly Lacking<MailboxView, "refused">[];
  readonly opened: Readonly<Record<string, Lacking<ThreadView, "refused">>>;
}

type Lacking<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

/** Fills in what that version does not draw. */
export function filledIn({ mailboxes, opened, ...picture }: DrawnElsewhere): Picture {
  const views = Object.entries(opened).map(([id, view]) => [id, { ...view, refused: view.refused ?? [] }] as const);
  return {
    ...picture,
    mailboxes: mailboxes.map((mailbox) => ({ ...mailbox, refused: mailbox.refused ?? [] })),
    opened: Object.fromEntries(views),
  };
}

export type Action =
  | { readonly type: "codeKept" }
  | { readonly type: "enterCode"; readonly code: string }
  | { readonly type: "open"; readonly thread: Id }
  /** Gives the stretch that ends before the event `before`, or begins after the event `after`: some hundred events. */
  | { readonly type: "items"; readonly thread: Id; readonly before: number }
  | { readonly type: "items"; readonly thread: Id; readonly after: number }
  /** Gives what was found in what this device has of these conversations. */
  | { readonly type: "search"; readonly threads: readonly Id[]; readonly searched: string }
  | { readonly type: "send"; readonly thread: Id; readonly msgId: Id; readonly text: string }
  | { readonly type: "write"; readonly mailbox: Id; readonly target: Id; readonly id: Id; readonly text: string }
  | { readonly type: "cancel"; readonly mailbox: Id; readonly id: Id }
  | { readonly type: "read"; readonly thread: Id; readonly seq: number; readonly share: boolean }
  | { readonly type: "draft"; readonly thread: Id; readonly text: string }
  | { readonly type: "draftFirst"; readonly mailbox: Id; readonly target: Id; readonly text: string }
  /** `entry`: drawn when the note is asked for, so that whoever does it again, in whatever tab, adds it once. */
  | { readonly type: "note"; readonly thread: Id; readonly entry: Id; readonly text: string }
  | { readonly type: "assign"; readonly thread: Id; readonly seat: Id | null }
  | { readonly type: "hide"; readonly thread: Id; readonly hidden: boolean }
  | { readonly type: "ask"; readonly thread: Id; readonly msgId: Id }
  | WayAction
  /** Gives what the platform vouches for about one's own mailbox. */
  | { readonly type: "attest"; readonly thread: Id }
  | {
      readonly type: "invite";
      readonly thread: Id;
      readonly msgId: Id;
      readonly target: Id;
      readonly history: boolean;
    }
  /** Sends again what a restored service lost here; lets it go. Then the same for a whole conversation. */
  | { readonly type: "sendAgain" | "letGo"; readonly thread: Id }
  | { readonly type: "beginAgain" | "letGoWhole"; readonly thread: Id }
  /** Lets go of a text that the service refused for good. */
  | { readonly type: "letGoRefused"; readonly thread: Id; readonly msgId: Id }
  | { readonly type: "acceptThird" | "declineThird"; readonly thread: Id; readonly third: Base64<32> }
  /** Ends a third party's presence; ends one's own, as a third party. */
  | { readonly type: "endThird" | "leave"; readonly thread: Id; readonly msgId: Id }
  | { readonly type: "consent"; readonly thread: Id; readonly consent: Consent }
  | { readonly type: "withdraw"; readonly thread: Id; readonly card: Id }
  /** What is told to moderators of a conversation; gives what there is of it. */
  | { readonly type: "telling"; readonly thread: Id; readonly asked: Asked }
  | { readonly type: "keepCard"; readonly card: CardValues }
  /** `afterReset`: the person knows that the mailbox was there before, and begins anew. */
  | { readonly type: "found"; readonly mailbox: Id; readonly afterReset?: boolean }
  | { readonly type: "acceptReset"; readonly mailbox: Id }
  /** The code of a printed kit: to seat it, and to come in by it. */
  | { readonly type: "makeKit" | "enterWithKit"; readonly mailbox: Id; readonly code: string }
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
  | { readonly type: "readTargets"; readonly mailbox: Id }
  /** What a moderator does, and gives what it shows. */
  | { readonly type: "moderate"; readonly mailbox: Id; readonly act: ModeratorAct }
  | { readonly type: "readDevices" }
  | { readonly type: "forgetOtherDevices"; readonly code: string | null }
  /** Destroys all that this browser keeps of the account; it ends, with the reason `Forgotten`. */
  | { readonly type: "forget" }
  | { readonly type: "newCode" }
  | { readonly type: "readAlerts" }
  | { readonly type: "writeAlerts"; readonly settings: AlertSettings }
  /** Gives the conversation that a mail's link leads to, or `toCases`, or nothing. */
  | { readonly type: "openAlert"; readonly token: string }
  | { readonly type: "subscribePush"; readonly pushed: PushSubscription }
  | { readonly type: "unsubscribePush" }
  /** The page was shown again, or the network is back; it is gone; the person signed in again at the platform. */
  | { readonly type: "wake" | "sleep" | "signedIn" };

export { attestedIn, foundIn, moderatedIn, type Outcome, stretchIn, textsIn, toCases } from "./outcomes.ts";

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

export type { Found, Hit } from "./searching.ts";
export type { GoneThread } from "./gone.ts";
export type { Begun, Receipt, Telling, Told } from "./telling.ts";
export type { AlertsPicture } from "./views.ts";
export type {
  CaseShown,
  LeafShown,
  LineShown,
  Moderated,
  ModeratorAct,
  ProvenStatement,
  QueueShown,
  StatementShown,
  TrailEntry,
  TrailShown,
} from "./moderation-views.ts";
export type {
  AlertSettings,
  CardField,
  CaseView,
  ClosingReason,
  Decide,
  Ground,
  Id,
  Letters,
  Measure,
  OwnCard,
  PushSubscription,
  QueuedCase,
  ReportCategory,
  Review,
  SeatView,
} from "../wire/types.ts";

export interface Office {
  readonly picture: Picture;
  /** Calls back after each change of the picture; returns what ends that. */
  readonly onPicture: (listener: (picture: Picture) => void) => () => void;
  readonly onNotice: (listener: (notice: Notice) => void) => () => void;
  /** @throws ActionFailed */
  readonly act: (action: Action) => Promise<Outcome>;
}
