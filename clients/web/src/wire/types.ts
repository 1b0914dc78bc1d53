// Made from the structs of messaging/wire by scripts/make_wire_types.py: change those, then run it.
// What each field means is in messaging/ws/PROTOCOL.md.
//
// Every number is an integer that JavaScript holds exactly (at most 2^53 - 1), but for the value of a figure. The
// 64-bit numbers of SPEC.md are inside bytes: read those as BigInt.

declare const length: unique symbol;

/**
 * Bytes as they stand on the wire: base64 with padding (RFC 4648 section 4), of which `Length` counts the bytes that it
 * decodes to. An id in an address is not this, but 32 lower-case hex digits.
 */
export type Base64<Length extends number = number> = string & { readonly [length]: Length };

export type Id = Base64<16>;

export type Hash = Base64<32>;

export type Ed25519Public = Base64<32>;

export type Ed25519Signature = Base64<64>;

export type KemPublic = Base64<1216>;

export type WrappedKey = Base64<1168>;

/** At most 2^53 - 1. */
export type Seq = number;

/** At most 2^53 - 1. */
export type Ref = number;

/** At most 2^53 - 1. */
export type Millis = number;

/** From 0 to 1,439. */
export type MinuteOfDay = number;

/** From 3 to 254 characters. */
export type MailAddress = string;

/** From 1 to 45,056 bytes. */
export type Payload = Base64;

/** From 1 to 4,096 bytes. */
export type RosterBytes = Base64;

/** From 1 to 6,144 bytes. */
export type InvitationBytes = Base64;

/** From 1 to 24,576 bytes. */
export type SealedStatement = Base64;

/** From 1 to 4,000 characters. */
export type Written = string;

/** From 0 to 2. */
export type Party = number;

/** From 1 to 730. */
export type Days = number;

/** From 1 to 8,192 bytes. */
export type SignedRecord = Base64;

/** Which kind of party talks. */
export type MailboxKind =
  | "territory"
  | "project"
  | "partner"
  | "moderation";

/** What a person is in one mailbox. */
export type Role =
  | "mayor"
  | "deputy"
  | "agent"
  | "holder"
  | "co_holder"
  | "facilitator"
  | "moderator";

/** What a thread's log holds (SPEC.md section 7). Unknown kinds are kept in the chain and shown as a placeholder. */
export type EventKind =
  | "epoch"
  | "message"
  | "released"
  | "asked"
  | "closed"
  | "reopened"
  | "invited"
  | "joined"
  | "left"
  | "step"
  | "reset"
  | "restored"
  | "frozen";

/** The kind in a message header: the one thing about a content that the server sees. */
export type MessageKind =
  | "text"
  | "offer"
  | "meeting"
  | "attachment"
  | "card";

/** The fields of an identity card, in their fixed order. */
export type CardField =
  | "name"
  | "role"
  | "organisation"
  | "phone"
  | "email";

/** Why a relation was closed. */
export type ClosingReason =
  | "filled"
  | "project_abandoned"
  | "need_gone"
  | "housing"
  | "spouse_job"
  | "school"
  | "premises"
  | "financing"
  | "no_answer"
  | "after_visit"
  | "team_change"
  | "abuse"
  | "other";

export type Stage =
  | "solicited"
  | "engaged"
  | "meeting_planned"
  | "visited"
  | "agreed"
  | "installed"
  | "closed";

export type CardState =
  | "absent"
  | "waiting"
  | "released"
  | "withdrawn"
  | "retracted";

/** What a report says to be about; signed inside it, and told to the service for the moderators' queue. */
export type ReportCategory =
  | "posing"
  | "payment"
  | "harassment"
  | "false_diploma"
  | "contact_pressure"
  | "other";

/** What opened a case. */
export type CaseOrigin =
  | "report"
  | "notice"
  | "flag";

/** What moderators decide. */
export type Measure =
  | "none"
  | "warning"
  | "freeze"
  | "block"
  | "suspension";

/** On which rule a decision rests. */
export type Ground =
  | "terms"
  | "law";

/** What one publication is of. */
export type PeriodKind =
  | "month"
  | "year"
  | "late"
  | "waiting";

/** Every `code` of a problem that this version knows. */
export type ProblemCode =
  | "busy"
  | "conflict"
  | "failed"
  | "frozen"
  | "key_reused"
  | "malformed"
  | "not_found"
  | "reset_pending"
  | "rotation_needed"
  | "stale_epoch"
  | "stale_head"
  | "suspended"
  | "target_not_ready"
  | "token_expired"
  | "too_large"
  | "too_many"
  | "unauthenticated"
  | "unknown_command"
  | "unverifiable";

/** First frame of a connection, within `limits.hello_s`. */
export interface Hello {
  readonly t: "hello";
  /** At most 128 characters. */
  readonly ticket: string;
  /** Random, drawn once per device; groups a person's reconnects, shown to nobody. */
  readonly device: Id;
  /** `now` of the last welcome that this device finished processing; absent: everything. */
  readonly since?: Millis | null;
  /** At least 0. */
  readonly stream_epoch?: number | null;
  readonly ref: Ref;
}

/** Replaces the token of a live connection by a fresh ticket of the same account. */
export interface Refresh {
  readonly t: "refresh";
  /** At most 128 characters. */
  readonly ticket: string;
  readonly ref: Ref;
}

/** Opens a thread: epoch record 0, both wraps and the first message in one command. */
export interface Open {
  readonly t: "open";
  /** The initiator's own mailbox. */
  readonly mailbox: Id;
  readonly claim: Id;
  readonly thread: Id;
  readonly signed_record: SignedRecord;
  readonly wraps: readonly [WrappedKey, WrappedKey];
  readonly own: Ed25519Signature;
  readonly payload: Payload;
  readonly ref: Ref;
}

/** Appends a message; thread, party, epoch and message id are inside the payload (SPEC.md section 6). */
export interface Send {
  readonly t: "send";
  readonly payload: Payload;
  /** Whether it may have been taken before: sent on a connection that ended, or by an earlier run of the client. */
  readonly again?: boolean;
  readonly ref: Ref;
}

/** Asks to show identities, closes, reopens, or says how far things are; kind, thread, party and id are inside the payload (SPEC.md 7.5). */
export interface Notice {
  readonly t: "notice";
  /** From 1 to 512 bytes. */
  readonly payload: Base64;
  /** Of a closing, for the figures; told to the peer only where the payload holds it too. */
  readonly reason?: ClosingReason | null;
  readonly ref: Ref;
}

/** How satisfied one's side is with a relation, and whether it would recommend the service. No peer hears of it. */
export interface Rate {
  readonly t: "rate";
  readonly thread: Id;
  /** From 1 to 5. */
  readonly satisfied: number;
  /** From 1 to 5. */
  readonly recommends: number;
  readonly ref: Ref;
}

/** Renews a thread's keys: the next epoch record, its wraps, and the vouching for one's new pseudonym. */
export interface Rotate {
  readonly t: "rotate";
  readonly thread: Id;
  readonly signed_record: SignedRecord;
  readonly wraps: readonly [WrappedKey, WrappedKey];
  readonly own: Ed25519Signature;
  /** The epoch's key for the third party, while one is in. */
  readonly share?: WrappedKey | null;
  readonly ref: Ref;
}

/** Proposes a third party; thread, party, id, target and keys are inside the payload (SPEC.md section 7.6). */
export interface Invite {
  readonly t: "invite";
  readonly claim: Id;
  readonly payload: InvitationBytes;
  readonly ref: Ref;
}

/** Accepts the other side's invitation, and renews the thread's keys: from here on the third party reads. */
export interface Accept {
  readonly t: "accept";
  readonly payload: InvitationBytes;
  readonly signed_record: SignedRecord;
  readonly wraps: readonly [WrappedKey, WrappedKey];
  readonly own: Ed25519Signature;
  /** The new epoch's key for the third party. */
  readonly share: WrappedKey;
  readonly ref: Ref;
}

/** The key of one epoch, wrapped to a third party (SPEC.md section 7.6). */
export interface EpochShare {
  /** From 0 to 4,294,967,295. */
  readonly epoch: number;
  readonly share: WrappedKey;
}

/** Gives the third party keys of earlier epochs, where both sides chose that it reads what was written before. */
export interface Share {
  readonly t: "share";
  readonly thread: Id;
  /** From 1 to 24 entries. */
  readonly shares: readonly EpochShare[];
  readonly ref: Ref;
}

/** Reads the thread log: events with seq > after, at most `limit`, in order. */
export interface Pull {
  readonly t: "pull";
  readonly thread: Id;
  readonly after: Seq;
  /** From 1 to 500. */
  readonly limit?: number;
  readonly ref: Ref;
}

/** Reads the wrapped epoch secrets of a thread, from epoch `first` on. */
export interface Wraps {
  readonly t: "wraps";
  readonly thread: Id;
  /** From 0 to 4,294,967,295. */
  readonly first?: number;
  readonly ref: Ref;
}

/** Lists one's threads in pages, in order of thread id; `after` is the last id of the page before. */
export interface Threads {
  readonly t: "threads";
  readonly since?: Millis | null;
  readonly after?: Id | null;
  readonly ref: Ref;
}

/** A person saw the thread up to `seq`. Kept for one's own side; shown to the peer only if `share`. */
export interface Read {
  readonly t: "read";
  readonly thread: Id;
  readonly seq: Seq;
  readonly share?: boolean;
  readonly ref: Ref;
}

/** Shows a service that was restored from a backup how far a thread had come, by its own stamp. */
export interface RestoreClaim {
  readonly t: "restore.claim";
  readonly thread: Id;
  readonly seq: Seq;
  readonly head: Base64<32>;
  /** The stamp of the event at `seq`. At most 1,024 bytes. */
  readonly proof: Base64;
  /** Under which that event was seen. At least 0. */
  readonly stream_epoch: number;
  readonly ref: Ref;
}

/** Appends an entry, sealed to the mailbox's seats, to the mailbox's private log. */
export interface DeskPut {
  readonly t: "desk.put";
  readonly mailbox: Id;
  readonly entry: Id;
  /** From 1 to 32,768 bytes. */
  readonly blob: Base64;
  readonly ref: Ref;
}

export interface DeskPull {
  readonly t: "desk.pull";
  readonly mailbox: Id;
  readonly after: Seq;
  /** From 1 to 500. */
  readonly limit?: number;
  readonly ref: Ref;
}

/** One person's consent to show one card, with the card itself in escrow (SPEC.md section 9). */
export interface ConsentGive {
  readonly t: "consent.give";
  readonly thread: Id;
  /** At most 1,024 bytes. */
  readonly statement: Base64;
  readonly signature: Ed25519Signature;
  /** At most 8,192 bytes. */
  readonly payload: Base64;
  readonly s_server: Base64<32>;
  readonly ref: Ref;
}

export interface ConsentWithdraw {
  readonly t: "consent.withdraw";
  readonly thread: Id;
  readonly card: Id;
  /** At most 1,024 bytes. */
  readonly statement: Base64;
  readonly signature: Ed25519Signature;
  readonly ref: Ref;
}

/** Lists the cards of one's own side in a thread. The peer's side is never listed. */
export interface Consents {
  readonly t: "consents";
  readonly thread: Id;
  readonly ref: Ref;
}

/** RFC 9457. `type` is the address of a page of this service that explains the error in French and English. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly retryable?: boolean;
  readonly retry_after_ms?: number;
}

export interface Err {
  readonly t: "err";
  readonly problem: Problem;
  /** Absent when the frame was so broken that no ref could be read. */
  readonly ref?: Ref;
}

export interface Ok {
  readonly t: "ok";
  readonly ref: Ref;
}

/** The message is committed. A retry of the same bytes gets the same ack. */
export interface Ack {
  readonly t: "ack";
  readonly ref: Ref;
  readonly thread: Id;
  readonly seq: Seq;
  readonly at: Millis;
  /** The stamp with its path (SPEC.md section 8); of the message's own event. */
  readonly proof: Base64;
}

/** A new event of a thread. A gap in `seq` is pulled, never guessed. */
export interface Event {
  readonly t: "event";
  readonly thread: Id;
  readonly seq: Seq;
  readonly at: Millis;
  readonly kind: string;
  readonly party: number;
  readonly payload: Base64;
  readonly proof: Base64;
}

/** One event of a thread's log, the same bytes for both sides (SPEC.md section 7). */
export interface LogEntry {
  readonly seq: Seq;
  readonly at: Millis;
  readonly kind: string;
  readonly party: number;
  readonly payload: Base64;
  readonly proof: Base64;
}

/** Answer to `pull`. */
export interface Events {
  readonly t: "events";
  readonly ref: Ref;
  readonly thread: Id;
  readonly events: readonly LogEntry[];
  readonly head_seq: Seq;
}

export interface EpochWraps {
  readonly epoch: number;
  readonly wraps: readonly [WrappedKey, WrappedKey];
}

/** For a third party: how it came in, and its keys so far (SPEC.md section 7.6). */
export interface ThirdEntry {
  /** The payload of its joining. */
  readonly joined: Base64;
  /** Of the last event before those that it reads; 0: it reads all. */
  readonly seq: Seq;
  /** The log's head there. */
  readonly head: Base64;
  /** The epoch record in force when it joined. */
  readonly signed_record: Base64;
  /** From the asked epoch on, one page. */
  readonly shares: readonly EpochShare[];
}

/** Answer to `wraps`; `more` tells that later epochs exist. */
export interface WrapsList {
  readonly t: "wraps";
  readonly ref: Ref;
  readonly thread: Id;
  /** Empty for a third party: its keys are in `entry`. */
  readonly epochs: readonly EpochWraps[];
  /** For the recipient's side, and a third party: which of its prekeys stands in the thread. */
  readonly prekey_index: number | null;
  readonly more: boolean;
  /** For a third party only. */
  readonly entry?: ThirdEntry;
}

/** A side saw the thread up to `seq`: the peer's (coarse before reveal), or one's own from another seat. */
export interface Receipt {
  readonly t: "receipt";
  readonly thread: Id;
  readonly party: number;
  readonly seq: Seq;
  readonly at: Millis;
}

/** Answer to `restore.claim`. */
export interface RestoreExplained {
  readonly t: "restored";
  readonly ref: Ref;
  readonly thread: Id;
  /** Of the `restored` event that explains what is gone; 0 if the log still leads through what was claimed. */
  readonly seq: Seq;
}

/** One's own seat in a mailbox, or the right to ask for one. */
export interface SeatView {
  readonly mailbox: Id;
  readonly kind: MailboxKind;
  readonly role: Role;
  /** Whether the platform lets this person found the mailbox, or the roster made them an administrator. */
  readonly admin: boolean;
  /** `claimable` (no seat asked for yet), `pending` (asked, not admitted), `active`. */
  readonly state: string;
  readonly seat: Id | null;
  /** Whether the mailbox has a roster. */
  readonly founded: boolean;
  readonly desk_seq: Seq;
}

/** What a party shows before reveal, supplied and vouched for by the platform. Never a name, never an id. */
export interface Presentation {
  /** Profession or project group, or the kind of territory: « Médecin généraliste », « Commune ». At most 120 characters. */
  readonly group: string;
  /** As coarse as its owner chose: « Côtes-d’Armor ». At most 120 characters. */
  readonly area: string;
  readonly verified: boolean;
  /** At most 600 characters. */
  readonly words: string;
}

/** One thread as its own side may see it. */
export interface ThreadState {
  readonly thread: Id;
  /** The reader's own mailbox. */
  readonly mailbox: Id;
  /** Which party that mailbox is; 2: a third one that both sides let in. */
  readonly party: number;
  /** What the first contact aimed at; for a third party its own target, under whose prekey it was invited. */
  readonly target: Id;
  /** The other side's; for a third party the initiator's. */
  readonly peer: Presentation;
  /** The head of the log. */
  readonly seq: Seq;
  readonly epoch: number;
  readonly opened_at: Millis;
  readonly last_at: Millis;
  readonly stage: string;
  /** Up to where the own side read. */
  readonly read_seq: Seq;
  readonly peer_read_seq: Seq;
  readonly revealed: boolean;
  /** For a third party only: what the recipient shows. */
  readonly recipient?: Presentation;
}

export interface Welcome {
  readonly t: "welcome";
  readonly ref: Ref;
  readonly now: Millis;
  readonly service: Id;
  readonly stream_epoch: number;
  readonly account: Id;
  readonly seats: readonly SeatView[];
  readonly threads: readonly ThreadState[];
  /** Further pages through `threads`, from the last listed id on. */
  readonly more: boolean;
}

export interface ThreadsPage {
  readonly t: "threads";
  readonly ref: Ref;
  readonly now: Millis;
  readonly threads: readonly ThreadState[];
  readonly more: boolean;
}

/** A thread that this side did not know: someone wrote, or a colleague did. */
export interface ThreadOpened {
  readonly t: "thread";
  readonly state: ThreadState;
}

export interface DeskEntry {
  readonly seq: Seq;
  readonly entry: Id;
  readonly at: Millis;
  readonly blob: Base64;
}

export interface DeskEvent {
  readonly t: "desk";
  readonly mailbox: Id;
  readonly entry: DeskEntry;
}

/** Answer to `desk.pull`. */
export interface DeskEntries {
  readonly t: "desk.entries";
  readonly ref: Ref;
  readonly mailbox: Id;
  readonly entries: readonly DeskEntry[];
  readonly head_seq: Seq;
}

export interface DeskAck {
  readonly t: "desk.ack";
  readonly ref: Ref;
  readonly seq: Seq;
  readonly at: Millis;
}

/** One card of the own side, as the register has it. */
export interface OwnCard {
  readonly card: Id;
  readonly seat: Id;
  readonly bits: number;
  readonly state: string;
  readonly at: Millis;
  /** Of the reader's own seat only: the consent as that seat signed it, which a withdrawal must name. */
  readonly statement: Base64 | null;
  readonly signature: Base64 | null;
}

/** Answer to `consents`. */
export interface CardsList {
  readonly t: "cards";
  readonly ref: Ref;
  readonly thread: Id;
  readonly cards: readonly OwnCard[];
}

/** For the own side's other seats only: ask again with `consents`. */
export interface CardsChanged {
  readonly t: "cards.changed";
  readonly thread: Id;
}

/** Someone asked for a seat of this mailbox, or was admitted: read the roster again. */
export interface SeatsChanged {
  readonly t: "seats.changed";
  readonly mailbox: Id;
}

/** Something changed in a case that this mailbox may see: read its cases again; of moderators, the queue. */
export interface CasesChanged {
  readonly t: "cases.changed";
  readonly mailbox: Id;
}

/** The connection is about to close; `code` is the close code to expect (PROTOCOL.md section 7). */
export interface Closing {
  readonly t: "closing";
  readonly code: number;
  readonly reconnect_after_ms: number | null;
}

export interface VaultWrap {
  /** At most 32 characters. */
  readonly method: string;
  readonly id: Id;
  /** At most 256 bytes. */
  readonly blob: Base64;
}

/** GET and PUT /v1/vault. PUT is a compare-and-swap: `version` must be the stored one plus 1. */
export interface VaultBody {
  /** From 1 to 4,294,967,295. */
  readonly version: number;
  /** At most 262,144 bytes. */
  readonly blob: Base64;
  /** From 1 to 16 entries. */
  readonly wraps: readonly VaultWrap[];
}

/** The mailbox's seed of generation `g`, wrapped to one seat. */
export interface SeedWrap {
  readonly g: number;
  readonly seat: Id;
  readonly record_hash: Base64<32>;
  readonly wrap: WrappedKey;
}

/** POST /v1/mailboxes/{mailbox}/roster: a create or admit record with the seed wrap for the seat it seats. */
export interface RosterAppend {
  readonly signed: RosterBytes;
  readonly seed: SeedWrap;
}

/** POST /v1/mailboxes/{mailbox}/seats: asks for admission; an administrator compares the twelve words. */
export interface SeatRequest {
  readonly seat: Id;
  readonly sign_pk: Ed25519Public;
  readonly kem_pk: KemPublic;
}

export interface Prekey {
  /** From 0 to 4,294,967,295. */
  readonly index: number;
  readonly pk_sign: Ed25519Public;
  readonly pk_kem: KemPublic;
  readonly own: Ed25519Signature;
}

/** New prekeys of one own target. */
export interface TargetPrekeys {
  readonly target: Id;
  /** At most 16 entries. */
  readonly prekeys: readonly Prekey[];
}

/** POST /v1/mailboxes/{mailbox}/removals: ends a seat, if `remove` is there, and begins the next generation. */
export interface Removal {
  readonly rotate: RosterBytes;
  /** S_g for every remaining seat, kits too. From 1 to 64 entries. */
  readonly seeds: readonly SeedWrap[];
  readonly prev: Base64<48>;
  /** In place of all unclaimed ones; a target that is not named has none then. */
  readonly prekeys?: readonly TargetPrekeys[];
  readonly remove?: RosterBytes | null;
}

/** POST /v1/targets/{target}/prekeys */
export interface PrekeyBatch {
  /** From 1 to 64 entries. */
  readonly prekeys: readonly Prekey[];
}

/** POST /v1/targets/{target}/claims */
export interface ClaimRequest {
  /** The claimant's own mailbox. */
  readonly mailbox: Id;
}

/** POST /v1/threads/{thread}/reports: what a participant shows moderators of a conversation. */
export interface Report {
  /** Random, drawn by who reports; sent again it is the same report. */
  readonly report: Id;
  /** As whom. */
  readonly party: Party;
  /** Whom it is about. */
  readonly about: Party;
  readonly category: ReportCategory;
  /** The range, from `first` to `last`, both in it. At most 2^53 - 1. */
  readonly first: number;
  /** At most 2^53 - 1. */
  readonly last: number;
  /** SHA-256 of the moderation key that it is sealed to. */
  readonly key: Hash;
  readonly sealed: SealedStatement;
}

/** POST /v1/cases/{case}/answers and …/appeals: words, and messages that are shown beside those in question. */
export interface Answer {
  /** The range of what is opened; 0 and 0 for words alone. */
  readonly first: Seq;
  readonly last: Seq;
  readonly key: Hash;
  readonly sealed: SealedStatement;
}

/** POST /v1/notices: of somebody who is not in the conversation and has nothing of it to show. */
export interface OutsideNotice {
  /** Random, drawn by who sends it. */
  readonly notice: Id;
  readonly category: ReportCategory;
  /** What is wrong, in their own words, and how it can be found: a listing, a page of the platform. From 1 to 4,000 characters. */
  readonly text: string;
  /** Whether they declare that it is true to the best of their knowledge: without that it is not taken. */
  readonly good_faith: boolean;
}

/** POST /v1/moderation/cases/{case}/excerpts: what of a statement's entries and events comes after `after`. */
export interface Continuing {
  /** Its place in the file, from 0 on. */
  readonly statement: number;
  /** The seq of the last entry or event that one has. */
  readonly after: Seq;
}

/** POST /v1/moderation/cases/{case}/hearing: asks the accused about messages of their own. */
export interface Hearing {
  /** From 1 to 64 entries. */
  readonly seqs: readonly Seq[];
}

/** One text in French and in English. */
export interface InBoth {
  readonly fr: Written;
  readonly en: Written;
}

/** POST /v1/moderation/cases/{case}/decision */
export interface Decide {
  /** Random, drawn by who decides; sent again it is the same decision. */
  readonly decision: Id;
  readonly measure: Measure;
  readonly ground: Ground;
  readonly rule: InBoth;
  readonly facts: InBoth;
  /** Which messages of the accused it rests on. At most 64 entries. */
  readonly seqs?: readonly Seq[];
  /** How long a measure lasts; a freeze and a block may last without an end. */
  readonly days?: Days | null;
  /** Whether the report was an abuse of reporting; with the measure `none` only. */
  readonly abusive?: boolean;
}

/** POST /v1/moderation/cases/{case}/approval: the word of a second moderator on what waits for one. */
export interface Second {
  /** The decision or the unmasking. */
  readonly subject: Id;
  readonly approve: boolean;
}

/** POST /v1/moderation/cases/{case}/review: what comes of an appeal. */
export interface Review {
  readonly overturn: boolean;
  readonly reasons: InBoth;
  /** Decided in place of what was overturned, with a measure that one moderator may decide. */
  readonly instead?: Decide | null;
}

/** POST /v1/moderation/cases/{case}/unmaskings: asks to see which mailbox is behind a party. */
export interface Unmask {
  readonly unmasking: Id;
  readonly party: Party;
  readonly reason: Written;
}

/** POST /v1/moderation/cases/{case}/exports: says that a statement of the case is about to leave the console. */
export interface Exporting {
  /** The report's id, or the case's of an answer. */
  readonly subject: Id;
}

/** POST /v1/moderation/audit */
export interface AuditAsked {
  /** Entries before this position; absent: the newest. */
  readonly before?: Seq | null;
  /** Whether they leave the console as a file. */
  readonly export?: boolean;
}

/** PUT /v1/account/alerts. An address other than the one confirmed is written to first, and used once confirmed. */
export interface AlertSettings {
  /** Whether mails are sent. Pushes go to whatever browser is subscribed. */
  readonly wanted: boolean;
  /** None: forget it. */
  readonly address: MailAddress | null;
  /** From 1 to 64 characters. */
  readonly zone?: string;
  /** Minutes after midnight; until `quiet_ends`, over midnight if that is smaller; equal: no quiet time. */
  readonly quiet_begins?: MinuteOfDay;
  readonly quiet_ends?: MinuteOfDay;
  readonly quiet_sundays?: boolean;
}

/** POST /v1/account/alerts/open: the token of a mail's link. */
export interface AlertLink {
  /** From 1 to 64 characters. */
  readonly token: string;
}

/** PUT /v1/account/push: what the browser's PushSubscription says. */
export interface PushSubscription {
  /** From 1 to 1,024 characters. */
  readonly endpoint: string;
  readonly p256dh: Base64<65>;
  readonly auth: Base64<16>;
}

/** POST /v1/tickets */
export interface TicketIssued {
  readonly ticket: string;
  readonly expires_in_s: number;
}

/** GET /v1/account */
export interface AccountView {
  readonly account: Id;
  readonly seats: readonly SeatView[];
}

/** The seed of generation `g` - 1, sealed under that of `g`. */
export interface PreviousSeed {
  readonly g: number;
  readonly prev: Base64;
}

/** GET /v1/mailboxes/{mailbox}/roster: all signed records in order, and the reader's own seed wraps. */
export interface RosterView {
  readonly records: readonly Base64[];
  readonly seeds: readonly SeedWrap[];
  /** For active seats only. */
  readonly prevs: readonly PreviousSeed[];
  /** The seed in force, wrapped to the mailbox's printed kits: who has the paper opens it (SPEC.md section 4.6). */
  readonly kits: readonly SeedWrap[];
  /** Whether another roster was there before, which a reset ended (SPEC.md section 4.7). */
  readonly anew: boolean;
}

export interface PendingSeat {
  readonly seat: Id;
  readonly sign_pk: Base64;
  readonly kem_pk: Base64;
  readonly role: Role;
  readonly asked_at: Millis;
}

/** The platform said that this person left: access ended, and an administrator should remove the seat. */
export interface DepartedSeat {
  readonly seat: Id;
  readonly role: Role;
  readonly left_at: Millis;
}

/** GET /v1/mailboxes/{mailbox}/seats: what waits for an administrator. */
export interface PendingSeats {
  readonly pending: readonly PendingSeat[];
  readonly departed: readonly DepartedSeat[];
}

export interface OwnTarget {
  readonly target: Id;
  readonly available: number;
  readonly next_index: number;
}

/** GET /v1/mailboxes/{mailbox}/targets: the mailbox's own targets, to see which need prekeys. */
export interface OwnTargets {
  readonly targets: readonly OwnTarget[];
}

export interface Claim {
  readonly claim: Id;
  readonly pk_sign: Ed25519Public;
  readonly pk_kem: KemPublic;
  readonly presentation: Presentation;
}

/** GET /v1/moderation/key: what reports are sealed to, as the offline root vouches for it (SPEC.md section 10.1). */
export interface ModerationKeyView {
  readonly certificate: Base64;
}

/** The receipt. */
export interface ReportTaken {
  readonly case: Id;
  readonly at: Millis;
}

/** A statement of reasons, or what came of an appeal. */
export interface StatementView {
  readonly at: Millis;
  readonly fr: string;
  readonly en: string;
}

/** A case as one of the sides sees it: never who moderates it, and of the other side nothing that it said. */
export interface CaseView {
  readonly case: Id;
  /** `reporter`, `accused`, or `unmasked`: moderators looked at which mailbox this is, and nothing else is said. */
  readonly side: string;
  /** When it was reported; for the accused and the unmasked, when they were told. */
  readonly opened_at: Millis;
  /** `received`, `in_review`, `decided`, `appealed`, `upheld`, `overturned` or `closed`. */
  readonly progress: string;
  readonly thread?: Id;
  /** For who reported. */
  readonly category?: ReportCategory;
  /** For the accused: which of their own messages the moderators ask about. */
  readonly in_question?: readonly Seq[];
  readonly answer_until?: Millis;
  readonly measure?: Measure;
  readonly ends_at?: Millis;
  /** Until when this side can contest the decision; absent where it cannot, or has. */
  readonly appeal_until?: Millis;
  readonly statements?: readonly StatementView[];
  /** How many answers this side gave, an appeal among them. */
  readonly answered?: number;
  /** When moderators looked at which mailbox is behind a pseudonym here; `unmasked` tells whose it was. */
  readonly unmasked_at?: Millis;
  readonly unmasked?: Party;
}

/** GET /v1/mailboxes/{mailbox}/cases */
export interface CasesList {
  readonly cases: readonly CaseView[];
}

export interface NoticeView {
  readonly notice: Id;
  readonly at: Millis;
  readonly progress: string;
  readonly category: ReportCategory;
  readonly statements?: readonly StatementView[];
}

/** GET /v1/notices: one's own. */
export interface NoticesList {
  readonly notices: readonly NoticeView[];
}

/** A case before it is claimed, or one's own: nothing of what was said. */
export interface QueuedCase {
  readonly case: Id;
  readonly state: string;
  readonly origin: CaseOrigin;
  readonly category: ReportCategory;
  readonly opened_at: Millis;
  readonly points: number;
  /** Why it stands where it stands. */
  readonly reasons: readonly string[];
  readonly reports: number;
  /** Other open cases about the same party: a claim takes them together. */
  readonly related: number;
  readonly mine?: boolean;
  readonly held_until?: Millis;
  /** Until when the accused may answer. */
  readonly due_at?: Millis;
  /** Whether a proposal waits for a second moderator. */
  readonly wants_second?: boolean;
  readonly abusive_reporter?: boolean;
  /** The rule over metadata that opened it, with what it measured. */
  readonly flag?: string;
  readonly measured?: number;
}

/** Of the last 30 days. */
export interface Workload {
  readonly waiting: number;
  readonly decided: number;
  readonly median_minutes_to_decision: number | null;
  readonly appealed: number;
  readonly overturned: number;
}

/** What the facts of a statement begin with: every `{{placeholder}}` is to be filled in before it is taken. */
export interface FactsTemplate {
  readonly category: ReportCategory;
  readonly text: InBoth;
}

/** The leaf of the audit log that says that this was read, and its proof (SPEC.md section 10.6): a console checks it before it shows anything. */
export interface AuditProof {
  readonly position: number;
  readonly leaf: Base64;
  readonly path: Base64;
  readonly checkpoint: string;
}

/** GET /v1/moderation/queue: the most urgent first. */
export interface Queue {
  readonly cases: readonly QueuedCase[];
  readonly workload: Workload;
  readonly facts: readonly FactsTemplate[];
  readonly audit: AuditProof;
}

/** SPEC.md section 10.4. */
export interface ExcerptEntryView {
  readonly head: Hash;
  readonly event: LogEntry;
}

/** A report or an answer, as sealed by its author, and what the service stored that proves it (SPEC.md 10.4). */
export interface CaseStatement {
  /** `report` or `answer`. */
  readonly kind: string;
  /** The report's id, or the case's. */
  readonly subject: Id;
  readonly side: string;
  readonly party: Party;
  readonly at: Millis;
  /** As the service was told; what is signed inside counts. */
  readonly category: ReportCategory | null;
  readonly key: Hash;
  readonly sealed: Base64;
  readonly first: Seq;
  readonly last: Seq;
  readonly entries: readonly ExcerptEntryView[];
  /** Before the range. */
  readonly head: Hash;
  readonly events: readonly LogEntry[];
  readonly is_appeal: boolean;
  /** Whether entries and events follow: POST …/excerpts gives them. */
  readonly more: boolean;
}

export interface NoticeRead {
  readonly at: Millis;
  readonly text: string;
}

export interface DecisionRead {
  readonly decision: Id;
  readonly measure: Measure;
  readonly state: string;
  readonly at: Millis;
  readonly ends_at: Millis | null;
  readonly ground: Ground;
  readonly rule: InBoth;
  readonly facts: InBoth;
  readonly seqs: readonly Seq[];
  readonly is_mine: boolean;
}

export interface UnmaskingRead {
  readonly unmasking: Id;
  readonly party: Party;
  readonly state: string;
  readonly at: Millis;
  readonly reason: string;
  readonly is_mine: boolean;
}

/** One party as the other one sees it, and its history with moderation. */
export interface PartyRead {
  readonly party: Party;
  readonly presentation: Presentation;
  readonly is_accused: boolean;
  /** Conversations that it opened in the last 30 days. */
  readonly opened: number;
  /** In how many conversations others reported it, in the last year. */
  readonly reported: number;
  /** Decided about it before. */
  readonly measures: number;
  readonly reports_made: number;
  readonly reports_founded: number;
  readonly reports_abusive: number;
}

/** GET /v1/moderation/cases/{case}: released to one moderator, with the audit leaf that says so. */
export interface CaseFile {
  readonly case: Id;
  readonly state: string;
  readonly origin: CaseOrigin;
  readonly category: ReportCategory;
  readonly opened_at: Millis;
  readonly held_until: Millis | null;
  readonly due_at: Millis | null;
  readonly thread: Id | null;
  readonly accused_party: number | null;
  readonly flag: string | null;
  readonly measured: number | null;
  readonly statements: readonly CaseStatement[];
  readonly notices: readonly NoticeRead[];
  readonly decisions: readonly DecisionRead[];
  readonly unmaskings: readonly UnmaskingRead[];
  readonly parties: readonly PartyRead[];
  readonly told: readonly StatementView[];
  readonly related: readonly Id[];
  readonly audit: AuditProof;
}

/** What follows in a statement's excerpt, with the audit leaf that says so. */
export interface CaseExcerpt {
  readonly entries: readonly ExcerptEntryView[];
  readonly events: readonly LogEntry[];
  readonly more: boolean;
  readonly audit: AuditProof;
}

/** Until when the claim holds, and all cases that it took. */
export interface Claimed {
  readonly cases: readonly Id[];
  readonly until: Millis;
}

/** A whole statement of reasons, as one side gets it. */
export interface Letter {
  readonly fr: string;
  readonly en: string;
}

/** POST /v1/moderation/cases/{case}/letters: what a decision would tell both sides. */
export interface Letters {
  readonly accused: Letter;
  readonly reporter: Letter;
}

export interface Decided {
  /** `in_force`, or `proposed` while a second moderator has not approved it. */
  readonly state: string;
}

/** GET /v1/moderation/unmaskings/{unmasking}, once a second moderator approved it (SPEC.md section 10.5). */
export interface Unmasked {
  readonly mailbox: Id;
  readonly pk_sign: Base64;
  readonly pk_kem: Base64;
  /** The mailbox's signature over the pseudonym that was in force after the last range that was shown in the case. */
  readonly own: Base64;
  /** Its signed roster records, from which the signature's key follows. */
  readonly roster: readonly Base64[];
  readonly audit: AuditProof;
}

export interface Exported {
  readonly audit: AuditProof;
}

/** An entry of the audit log, proven under the checkpoint of the look. */
export interface AuditEntry {
  readonly position: number;
  /** Of the leaf (RFC 9162 section 2.1.1). */
  readonly hash: Hash;
  readonly path: Base64;
  /** Absent for what one may not read: of a case that somebody else has. */
  readonly leaf: Base64 | null;
}

export interface AuditTrail {
  /** The newest first. */
  readonly entries: readonly AuditEntry[];
  readonly audit: AuditProof;
}

/** GET /v1/account/alerts */
export interface AlertsView {
  readonly settings: AlertSettings;
  /** An address that waits to be confirmed. */
  readonly pending: MailAddress | null;
  /** When the mail server last refused `settings.address` for good; nothing is sent there until it is set again. */
  readonly failing_since: Millis | null;
  /** Whether this service sends mails at all. */
  readonly mails: boolean;
  /** The VAPID key that a browser subscribes with: 65 bytes, uncompressed P-256. */
  readonly push_key: Base64;
  readonly subscriptions: readonly Id[];
}

export interface AlertOpened {
  /** None: the link is unknown, old, somebody else's, or leads to where one has no seat; the inbox opens. */
  readonly thread: Id | null;
  /** The link leads to the list of one's cases of moderation, with no thread. */
  readonly cases: boolean;
}

export interface PushSubscribed {
  readonly subscription: Id;
}

/** GET /v1/mailboxes/{mailbox}/alerts */
export interface ColleaguesUnreached {
  /** Active seats whose address the mail server refused for good: they hear of nothing by mail. */
  readonly seats: readonly Id[];
}

/** GET /v1/service, public. */
export interface ServiceInfo {
  readonly service: Id;
  /** For display and first contact only: clients pin it by configuration. */
  readonly stamp_key: Ed25519Public;
  readonly stream_epoch: number;
  readonly protocol: string;
  /** What this deployment takes the platform's attestations and resets by; as `stamp_key`, pinned by clients. */
  readonly platform_key: Ed25519Public | null;
  readonly attestation_audience: string;
  /** Where the platform signs people in, and leads them back to the inbox. */
  readonly sign_in_url: string | null;
  /** Where the inbox gets further tokens from the platform; none: only by signing in. */
  readonly token_url: string | null;
  /** Where it gets the platform's word for a mailbox's identity key. */
  readonly attestation_url: string | null;
  /** The offline root of the keys that reports are sealed to; as `stamp_key`, pinned by clients. None: no reports. */
  readonly moderation_root: Ed25519Public | null;
  /** Signs the checkpoints of the moderators' audit log; pinned by consoles and by who oversees the service. */
  readonly audit_key: Ed25519Public | null;
}

/** One figure. */
export interface PublishedCell {
  readonly kind: PeriodKind;
  /** `2026-11` or `2026`: the month or year of the first contacts; of `waiting`, whose end it is. */
  readonly period: string;
  readonly table: string;
  readonly row: string;
  readonly column: string;
  readonly measure: string;
  /** None: not published; of days: more than 90. */
  readonly value: number | null;
}

/** One text in the two languages of the service, each with the typography of its own. */
export interface Words {
  readonly fr: string;
  readonly en: string;
}

/** One measure of the published cells. */
export interface Definition {
  /** As in a cell; `closing`: the contacts of the table of that name. */
  readonly measure: string;
  /** Of the indicator, 1 to 9. */
  readonly number: number;
  readonly name: Words;
  readonly says: Words;
  /** Its denominator: what it is a part of. None: it is a part of nothing. */
  readonly of: Words | null;
}

/** A territory that cells call by its code. */
export interface Named {
  readonly code: string;
  readonly name: string;
}

/** GET /v1/figures: the published cells of one year, and what is needed to read them. */
export interface FiguresView {
  /** Of which something is published, the oldest first. */
  readonly years: readonly string[];
  readonly cells: readonly PublishedCell[];
  readonly definitions: readonly Definition[];
  readonly regions: readonly Named[];
  readonly departements: readonly Named[];
}

/** What a client sends. */
export type AnyCommand =
  | Hello
  | Refresh
  | Open
  | Send
  | Notice
  | Rate
  | Rotate
  | Invite
  | Accept
  | Share
  | Pull
  | Wraps
  | Threads
  | Read
  | RestoreClaim
  | DeskPut
  | DeskPull
  | ConsentGive
  | ConsentWithdraw
  | Consents;

/** What the service sends. */
export type AnyDown =
  | Err
  | Ok
  | Ack
  | Event
  | Events
  | WrapsList
  | Receipt
  | RestoreExplained
  | Welcome
  | ThreadsPage
  | ThreadOpened
  | DeskEvent
  | DeskEntries
  | DeskAck
  | CardsList
  | CardsChanged
  | SeatsChanged
  | CasesChanged
  | Closing;

/** What answers each command, by its tag, where it is not refused with `err`. */
export interface Answers {
  readonly "hello": Welcome;
  readonly "refresh": Ok;
  readonly "open": Ack;
  readonly "send": Ack;
  readonly "notice": Ack;
  readonly "rate": Ok;
  readonly "rotate": Ack;
  readonly "invite": Ack;
  readonly "accept": Ack;
  readonly "share": Ok;
  readonly "pull": Events;
  readonly "wraps": WrapsList;
  readonly "threads": ThreadsPage;
  readonly "read": Ok;
  readonly "restore.claim": RestoreExplained;
  readonly "desk.put": DeskAck;
  readonly "desk.pull": DeskEntries;
  readonly "consent.give": Ok;
  readonly "consent.withdraw": Ok;
  readonly "consents": CardsList;
}
