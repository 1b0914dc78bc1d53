/**
 * What the service says, checked before anything believes its types: a service that lies must not make this client fail
 * in ways of its choosing. Unknown fields pass, an unknown event type is left out, anything else raises `Malformed`.
 */

import type {
  AccountView,
  AlertOpened,
  AlertsView,
  AnyDown,
  Claim,
  ColleaguesUnreached,
  OwnTargets,
  PendingSeats,
  Problem,
  PushSubscribed,
  RosterView,
  ServiceInfo,
  TicketIssued,
  VaultBody,
} from "../wire/types.ts";
import {
  base64,
  bytes,
  type Check,
  entryFields,
  flag,
  hash,
  id,
  kemPublic,
  list,
  Malformed,
  orAbsent,
  orNull,
  pair,
  parse,
  presentation,
  signature,
  signPublic,
  struct,
  text,
  whole,
  wrapped,
} from "./checks.ts";

const problem = struct({
  type: text,
  title: text,
  status: whole,
  code: text,
  detail: orAbsent(text),
  retryable: orAbsent(flag),
  retry_after_ms: orAbsent(whole),
});
const seatView = struct({
  mailbox: id,
  kind: text,
  role: text,
  admin: flag,
  state: text,
  seat: orNull(id),
  founded: flag,
  desk_seq: whole,
});
const threadState = struct({
  thread: id,
  mailbox: id,
  party: whole,
  target: id,
  peer: presentation,
  seq: whole,
  epoch: whole,
  opened_at: whole,
  last_at: whole,
  stage: text,
  read_seq: whole,
  peer_read_seq: whole,
  revealed: flag,
  recipient: orAbsent(presentation),
});
const deskEntry = struct({ seq: whole, entry: id, at: whole, blob: base64 });
const seedWrap = struct({ g: whole, seat: id, record_hash: hash, wrap: wrapped });
const ownCard = struct({
  card: id,
  seat: id,
  bits: whole,
  state: text,
  at: whole,
  statement: orAbsent(base64),
  signature: orAbsent(signature),
});

const downs: { readonly [K in AnyDown["t"]]: Check } = {
  err: struct({ problem, ref: orAbsent(whole) }),
  ok: struct({ ref: whole }),
  ack: struct({ ref: whole, thread: id, seq: whole, at: whole, proof: base64 }),
  event: struct({ thread: id, ...entryFields }),
  events: struct({ ref: whole, thread: id, events: list(struct(entryFields)), head_seq: whole }),
  wraps: struct({
    ref: whole,
    thread: id,
    epochs: list(struct({ epoch: whole, wraps: pair(wrapped) })),
    prekey_index: orNull(whole),
    more: flag,
    entry: orAbsent(
      struct({
        joined: base64,
        seq: whole,
        head: base64,
        signed_record: base64,
        shares: list(struct({ epoch: whole, share: wrapped })),
      }),
    ),
  }),
  receipt: struct({ thread: id, party: whole, seq: whole, at: whole }),
  restored: struct({ ref: whole, thread: id, seq: whole }),
  welcome: struct({
    ref: whole,
    now: whole,
    service: id,
    stream_epoch: whole,
    account: id,
    seats: list(seatView),
    threads: list(threadState),
    more: flag,
  }),
  threads: struct({ ref: whole, now: whole, threads: list(threadState), more: flag }),
  thread: struct({ state: threadState }),
  desk: struct({ mailbox: id, entry: deskEntry }),
  "desk.entries": struct({ ref: whole, mailbox: id, entries: list(deskEntry), head_seq: whole }),
  "desk.ack": struct({ ref: whole, seq: whole, at: whole }),
  cards: struct({ ref: whole, thread: id, cards: list(ownCard) }),
  "cards.changed": struct({ thread: id }),
  "seats.changed": struct({ mailbox: id }),
  "cases.changed": struct({ mailbox: id }),
  closing: struct({ code: whole, reconnect_after_ms: orAbsent(whole) }),
};

/** What HTTP answers with, by the name of its struct. */
interface Bodies {
  readonly Problem: Problem;
  readonly ServiceInfo: ServiceInfo;
  readonly TicketIssued: TicketIssued;
  readonly AccountView: AccountView;
  readonly VaultBody: VaultBody;
  readonly RosterView: RosterView;
  readonly PendingSeats: PendingSeats;
  readonly OwnTargets: OwnTargets;
  readonly Claim: Claim;
  readonly AlertsView: AlertsView;
  readonly AlertOpened: AlertOpened;
  readonly PushSubscribed: PushSubscribed;
  readonly ColleaguesUnreached: ColleaguesUnreached;
}

const bodies: { readonly [K in keyof Bodies]: Check } = {
  Problem: problem,
  ServiceInfo: struct({
    service: id,
    stamp_key: signPublic,
    stream_epoch: whole,
    protocol: text,
    platform_key: orNull(signPublic),
    attestation_audience: text,
    sign_in_url: orAbsent(text),
    token_url: orAbsent(text),
    attestation_url: orAbsent(text),
    moderation_root: orAbsent(signPublic),
    audit_key: orAbsent(signPublic),
  }),
  TicketIssued: struct({ ticket: text, expires_in_s: whole }),
  AccountView: struct({ account: id, seats: list(seatView) }),
  VaultBody: struct({ version: whole, blob: base64, wraps: list(struct({ method: text, id, blob: base64 })) }),
  RosterView: struct({
    records: list(base64),
    seeds: list(seedWrap),
    prevs: list(struct({ g: whole, prev: base64 })),
    kits: list(seedWrap),
    anew: flag,
  }),
  PendingSeats: struct({
    pending: list(struct({ seat: id, sign_pk: signPublic, kem_pk: kemPublic, role: text, asked_at: whole })),
    departed: list(struct({ seat: id, role: text, left_at: whole })),
  }),
  OwnTargets: struct({ targets: list(struct({ target: id, available: whole, next_index: whole })) }),
  Claim: struct({ claim: id, pk_sign: signPublic, pk_kem: kemPublic, presentation }),
  AlertsView: struct({
    settings: struct({
      wanted: flag,
      address: orNull(text),
      zone: orAbsent(text),
      quiet_begins: orAbsent(whole),
      quiet_ends: orAbsent(whole),
      quiet_sundays: orAbsent(flag),
    }),
    pending: orNull(text),
    failing_since: orNull(whole),
    mails: flag,
    push_key: bytes(65),
    subscriptions: list(id),
  }),
  AlertOpened: struct({ thread: orNull(id), cases: flag }),
  PushSubscribed: struct({ subscription: id }),
  ColleaguesUnreached: struct({ seats: list(id) }),
};

/** One frame of the service: a struct, or an array of them in order. @throws Malformed */
export function decodeDowns(frame: string): AnyDown[] {
  const parsed = parse(frame);
  const structs: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  return structs.flatMap(known);
}

/** @throws Malformed */
export function decodeAnswer<K extends keyof Bodies>(name: K, body: string): Bodies[K] {
  const parsed = parse(body);
  if (!isBody(name, parsed)) {
    throw new Malformed(`not a ${name} of this protocol`);
  }
  return parsed;
}

function isBody<K extends keyof Bodies>(name: K, value: unknown): value is Bodies[K] {
  return bodies[name](value);
}

function isTag(tag: string): tag is AnyDown["t"] {
  return Object.hasOwn(downs, tag);
}

function isDown(tag: AnyDown["t"], value: unknown): value is AnyDown {
  return downs[tag](value);
}

function known(value: unknown): AnyDown[] {
  const tag = typeof value === "object" && value !== null && "t" in value ? value.t : undefined;
  if (typeof tag !== "string") {
    throw new Malformed("a struct without a type");
  }
  if (!isTag(tag)) {
    return [];
  }
  if (!isDown(tag, value)) {
    throw new Malformed(`not a struct of type ${tag}`);
  }
  return [value];
}
