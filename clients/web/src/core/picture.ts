/** Draws the picture of a client for a page. Pure but for what a client is. */

import type { Client } from "./client.ts";
import type { Mailbox } from "./mailbox.ts";
import type { MailboxView, OnItsWay, Picture, ThreadLine, ThreadView } from "./office.ts";
import type { Id, Presentation } from "../wire/types.ts";
import type { Glance, Outgoing } from "./local.ts";
import type { ThreadLog } from "./log.ts";
import { textOf } from "./outgoing.ts";
import { background, pause } from "./tasks.ts";
import type { Thread } from "./thread.ts";
import type { Way } from "./way.ts";

/** So many of a conversation's items are drawn each time; a page asks for older ones. */
const tailItems = 100;

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
    signInNeeded: client.signInNeeded,
    caughtUp,
    account: client.account,
    seats: client.seats,
    seenBefore: client.seats.flatMap((seat) =>
      seat.state !== "active" && client.saw(seat.mailbox) ? [seat.mailbox] : [],
    ),
    doubts: Object.fromEntries(doubts),
    mailboxes: client.mailboxes.map(mailboxOf),
    threads: client.threads.map(lineOf),
    gone: client.gone.all,
    opened: views,
    devices: client.devices,
    card: client.card,
    alerts: client.alerts.picture,
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
    refused: mailbox.first.refused,
    cases: mailbox.cases,
    firstDrafts: Object.fromEntries(mailbox.desk.firstDrafts),
  };
}

const nobody: Presentation = { group: "", area: "", verified: false, words: "" };
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
    recipient: thread.isThird ? (state.recipient ?? nobody) : null,
    name: glance.name,
    lastAt: state.last_at,
    text: last === undefined ? glance.text : textOf(last),
    own: last !== undefined || glance.own,
    notSent: thread.outbox.refusals.all.length > 0,
    unread: !thread.hidden && !glance.own && glance.seq > state.read_seq,
    revealed: thread.revealed,
    closed: glance.closed,
    hidden: thread.hidden,
    stopped: thread.stopped !== null,
    assigned: mailbox.desk.assigned.get(thread.id) ?? null,
    draft: mailbox.desk.drafts.get(thread.id) ?? "",
    answeringUntil: mailbox.desk.answeringUntil(thread.id),
    ...wayOf(thread, glance),
  };
}

const wayOf = ({ state }: Thread, { course, seq }: Glance): Way => ({
  party: state.party,
  stage: state.stage,
  course: course ?? null,
  seen: state.peer_read_seq >= seq,
});

async function viewOf(thread: Thread): Promise<ThreadView> {
  const { state, follower } = thread;
  return {
    id: thread.id,
    party: state.party,
    sides: thread.isThird ? [state.peer, state.recipient ?? nobody] : null,
    ...tailOf(follower.log),
    first: follower.log.first,
    begun: follower.begun,
    gist: follower.log.gist,
    guests: follower.log.chain.stays.map(({ third, joined }) => ({ seq: joined, presented: third.invitation.shown })),
    lost: thread.losses.all,
    invitations: thread.inviting.open,
    third: follower.log.third?.invitation.shown ?? null,
    silence: follower.log.silence,
    onItsWay: thread.outbox.waiting.map(onItsWay),
    refused: thread.outbox.refusals.all,
    seq: follower.log.seq,
    readSeq: state.read_seq,
    peerReadSeq: state.peer_read_seq,
    cards: thread.cards,
    words: await wordsOf(thread),
    notes: thread.mailbox.desk.notes.get(thread.id) ?? [],
    complete: !follower.log.isEmpty && !follower.behind,
  };
}

/** The control words; drawn later, where their list is still being loaded. */
async function wordsOf(thread: Thread): Promise<readonly string[]> {
  const words = thread.words();
  const now = await Promise.race([words, pause(0).then(() => null)]);
  if (now === null) {
    background(words.then(() => thread.redraw()));
  }
  return now ?? [];
}

/** The newest items, all that one event shows or none. */
function tailOf({ items, from }: ThreadLog): Pick<ThreadView, "items" | "from"> {
  const begin = items.at(-tailItems)?.seq ?? from;
  return { items: items.filter((item) => item.seq >= begin), from: begin };
}

function onItsWay(message: Outgoing): OnItsWay {
  return { msgId: message.msgId, kind: message.kind, text: textOf(message), at: message.at };
}
