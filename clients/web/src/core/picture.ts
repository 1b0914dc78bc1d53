/** Draws the picture of a client for a page. Pure but for what a client is. */

import type { Client } from "./client.ts";
import type { Mailbox } from "./mailbox.ts";
import type { MailboxView, OnItsWay, Picture, ThreadLine, ThreadView } from "./office.ts";
import { decodeContent } from "../e2ee/content.ts";
import { E2EEError } from "../e2ee/errors.ts";
import type { Id } from "../wire/types.ts";
import { fromBase64 } from "./base64.ts";
import type { Glance, Outgoing } from "./local.ts";
import type { Thread } from "./thread.ts";

/** `opened`: the conversations that a page shows. */
export async function draw(client: Client, caughtUp: boolean, opened: Iterable<Id>): Promise<Picture> {
  const views: Record<string, ThreadView> = {};
  for (const id of opened) {
    const thread = client.threads.find((each) => each.id === id);
    if (thread !== undefined) {
      views[id] = await viewOf(thread);
    }
  }
  const doubts = client.seats.flatMap((seat) => {
    const rule = client.doubts(seat.mailbox);
    return rule === null ? [] : [[seat.mailbox, rule] as const];
  });
  return {
    stage: { name: "open" },
    connected: client.connected,
    caughtUp,
    account: client.account,
    seats: client.seats,
    doubts: Object.fromEntries(doubts),
    mailboxes: client.mailboxes.map(mailboxOf),
    threads: client.threads.map(lineOf),
    opened: views,
    devices: client.devices,
    card: client.card,
  };
}

function mailboxOf(mailbox: Mailbox): MailboxView {
  return {
    id: mailbox.id,
    seat: mailbox.keys.seat,
    kind: mailbox.view.kind,
    admin: mailbox.view.admin,
    colleagues: mailbox.keys.seats,
    pending: mailbox.pending,
    waiting: mailbox.first.waiting,
  };
}

const unread: Glance = { text: null, own: true, seq: 0, at: 0, closed: false, name: null };

function lineOf(thread: Thread): ThreadLine {
  const { state, mailbox } = thread;
  const glance = thread.glance ?? unread;
  const last = thread.outbox.waiting.findLast((each) => each.kind === "text");
  return {
    id: thread.id,
    mailbox: state.mailbox,
    target: state.target,
    peer: state.peer,
    name: glance.name,
    lastAt: state.last_at,
    text: last === undefined ? glance.text : textOf(last),
    own: last !== undefined || glance.own,
    unread: !thread.hidden && !glance.own && glance.seq > state.read_seq,
    revealed: state.revealed,
    closed: glance.closed,
    hidden: thread.hidden,
    stopped: thread.stopped !== null,
    assigned: mailbox.desk.assigned.get(thread.id) ?? null,
    draft: mailbox.desk.drafts.get(thread.id) ?? "",
  };
}

async function viewOf(thread: Thread): Promise<ThreadView> {
  const { state, follower } = thread;
  return {
    id: thread.id,
    party: state.party,
    items: [...thread.items],
    onItsWay: thread.outbox.waiting.map(onItsWay),
    seq: follower.log.seq,
    readSeq: state.read_seq,
    peerReadSeq: state.peer_read_seq,
    cards: thread.cards,
    words: await thread.words(),
    notes: thread.mailbox.desk.notes.get(thread.id) ?? [],
    complete: follower.log.seq > 0 && !follower.behind,
  };
}

function onItsWay(message: Outgoing): OnItsWay {
  return { msgId: message.msgId, kind: message.kind, text: textOf(message), at: message.at };
}

function textOf(message: Outgoing): string | null {
  if (message.kind !== "text") {
    return null;
  }
  try {
    const content = decodeContent(fromBase64(message.content));
    return content.kind === "Text" ? content.text : null;
  } catch (error) {
    if (error instanceof E2EEError) {
      return null;
    }
    throw error;
  }
}
