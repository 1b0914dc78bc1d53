/**
 * What an application sees: what stands in a conversation, and what it is told once. All of it has verified, and all of
 * it can be cloned from one tab to another.
 *
 * Times are ms since 1970, UTC, as the service stamped them; order is by `seq` only.
 */

import type { Step } from "./openly.ts";
import type { AlertSettings, Base64, ClosingReason, Id, Problem } from "../wire/types.ts";

/** Which colleague wrote, and the roster head that they knew. */
export interface SeatTag {
  readonly seat: Id;
  readonly rosterHead: Base64<32>;
}

interface Placed {
  readonly seq: number;
  readonly at: number;
}

interface Said extends Placed {
  readonly party: number;
  /** Whether the reader's own side said it. */
  readonly own: boolean;
  readonly msgId: Id;
}

/** One message. Without a text it is a content that this version does not know: the same placeholder everywhere. */
export interface Message extends Said {
  readonly type: "message";
  readonly kind: string;
  readonly text: string | null;
  /** Own side only: which seat wrote. */
  readonly author: SeatTag | null;
}

/** A side openly proposes to show identities. It shows nothing by itself: each person consents, or not. */
export interface Asked extends Said {
  readonly type: "asked";
}

/** A side closed the conversation; writing stays possible. */
export interface Closed extends Said {
  readonly type: "closed";
  /** null where the closer did not tell it, or told one that this version does not know. */
  readonly reason: ClosingReason | null;
}

export interface Reopened extends Said {
  readonly type: "reopened";
}

/** A side said how far things are: a meeting, a visit, an offer, an installation. */
export interface StepTaken extends Said {
  readonly type: "step";
  /** null for one that this version does not know. */
  readonly step: Step | null;
}

/** One person's identity card, released and verified. */
export interface RevealedCard {
  readonly card: Id;
  readonly party: number;
  readonly own: boolean;
  /** The consented fields only, by the name of the field. */
  readonly fields: Readonly<Record<string, string>>;
  /** The claims that the platform vouches for; null: nothing is attested, show « déclaré ». */
  readonly attested: Readonly<Record<string, string>> | null;
}

/** Both sides consented: these cards appeared, on both sides at once. */
export interface Released extends Placed {
  readonly type: "released";
  readonly cards: readonly RevealedCard[];
}

/** A side begins anew, with other people perhaps: what it had shown of itself no longer says who writes. */
export interface SideReset extends Placed {
  readonly type: "reset";
  readonly party: number;
  readonly own: boolean;
}

/** What the platform says of a third party, the same for both sides. */
export interface Presented {
  readonly group: string;
  readonly area: string;
  readonly verified: boolean;
  readonly words: string;
}

/** A side proposes a third party. It holds under the keys in force: once a side renewed them, it is made again. */
export interface ThirdInvited extends Said {
  readonly type: "invited";
  /** Names the stay in this conversation. */
  readonly third: Base64<32>;
  /** What the other side accepts, to the byte. */
  readonly payload: Base64;
  /** R_n of the epoch in which it holds. */
  readonly record: Base64<32>;
  readonly presented: Presented;
  /** Whether it is to read what was written before, too. */
  readonly history: boolean;
}

/** Both sides let a third party in (party 2): from here on it reads and writes. Cards are not shown to it. */
export interface ThirdJoined extends Said {
  readonly type: "joined";
  readonly third: Base64<32>;
  readonly presented: Presented;
  readonly history: boolean;
  /** Twelve, the same for all three unless somebody stands between. */
  readonly words: readonly string[];
}

/** The third party left by itself (party 2), or a side ended its presence; it reads nothing of what follows. */
export interface ThirdLeft extends Said {
  readonly type: "left";
  readonly third: Base64<32>;
}

/** Moderators froze the conversation, or the freeze ended. Why, its case says (`MailboxView.cases`). */
export interface Froze extends Placed {
  readonly type: "froze";
  readonly frozen: boolean;
}

/** The service was restored from a backup: what it had after this place is gone. */
export interface Restored extends Placed {
  readonly type: "restored";
}

/**
 * Something that did not verify, and is therefore not shown; a quiet line says so. `stopped`: the log itself broke a
 * rule, nothing after it is followed, the evidence is kept.
 */
export interface NotRendered {
  readonly type: "refused";
  readonly seq: number;
  /** The name of the rule, of SPEC.md section 1.3. */
  readonly rule: string;
  readonly stopped: boolean;
}

export type Item =
  | Message
  | Asked
  | Closed
  | Reopened
  | StepTaken
  | Released
  | ThirdInvited
  | ThirdJoined
  | ThirdLeft
  | SideReset
  | Froze
  | Restored
  | NotRendered;

/** A first message that nobody can receive yet, on this device only. */
export interface WaitingMessage {
  readonly id: Id;
  readonly mailbox: Id;
  readonly target: Id;
  readonly text: string;
  readonly at: number;
}

/** A first message that the service refused for good: it stays on this device until the person lets it go. */
export interface RefusedFirst extends WaitingMessage {
  /** Of the problem. */
  readonly code: string;
}

/** Someone asks for a seat. Compare the words with them, in person or by phone, then admit or not. */
export interface SeatAsked {
  readonly mailbox: Id;
  readonly seat: Id;
  readonly role: string;
  readonly words: readonly string[];
}

/** How this person is alerted, as of the last reading. */
export interface AlertsPicture {
  readonly settings: Required<AlertSettings>;
  /** An address that waits to be confirmed. */
  readonly pending: string | null;
  /** When the mail server last refused the address for good, ms. */
  readonly failingSince: number | null;
  /** Whether this service sends mails at all. */
  readonly mails: boolean;
  readonly pushKey: Base64;
  /** Where this browser takes pushes, and whether the service still knows; null: nowhere. */
  readonly here: { readonly endpoint: string; readonly taken: boolean } | null;
  /** By mailbox, the seats whom mails do not reach. */
  readonly unreached: Readonly<Record<Id, readonly Id[]>>;
}

/** What a person hears of once. */
export type Notice =
  /** The service refused for good what waited to be sent. */
  | { readonly type: "sendRefused"; readonly thread: Id; readonly msgId: Id; readonly problem: Problem }
  | { readonly type: "firstRefused"; readonly message: WaitingMessage; readonly problem: Problem }
  | { readonly type: "firstSent"; readonly message: WaitingMessage; readonly thread: Id }
  /** The list of who may read a mailbox is not what it was, or not what a colleague saw: do not go on unwarned. */
  | { readonly type: "rosterAlarm"; readonly mailbox: Id; readonly rule: string }
  /** In the name of one's own side stands what no seat of the mailbox can be told to have written. */
  | { readonly type: "authorAlarm"; readonly mailbox: Id; readonly thread: Id }
  /** The account's vault contradicts what this device saw: the service shows its devices different things. */
  | { readonly type: "vaultAlarm"; readonly rule: string }
  /** This device was taken out of the account: it goes on until it ends, and then needs the recovery code. */
  | { readonly type: "deviceForgotten" }
  /** No seat in the mailbox any more: it and its conversations are gone from this client. */
  | { readonly type: "seatEnded"; readonly mailbox: Id }
  /** This mailbox is no third party in a conversation any more, which is gone from here. */
  | { readonly type: "stayEnded"; readonly thread: Id }
  /** What this device kept of a conversation was not as it had left it: the conversation is read anew. */
  | { readonly type: "copyRefused"; readonly thread: Id }
  /** Something changed in a case that this mailbox may see (of the moderators': in the queue); it is not said what. */
  | { readonly type: "casesChanged"; readonly mailbox: Id }
  | { readonly type: "newMessage"; readonly thread: Id };
