import { expect, it } from "vitest";
import { encodeText } from "../e2ee/content.ts";
import type { Id } from "../wire/types.ts";
import { toBase64 } from "./base64.ts";
import { NotSeated } from "./errors.ts";
import { type GoneThread, GoneThreads } from "./gone.ts";
import { type Outgoing, shelves } from "./local.ts";
import type { Mailbox } from "./mailbox.ts";
import { MemoryStorage } from "./storage.ts";
import type { Thread } from "./thread.ts";

const id = (of: number): Id => Buffer.alloc(16, of).toString("base64") as Id;
const [thread, mailbox, target, msgId] = [id(1), id(2), id(3), id(4)];
const peer = { group: "", area: "", verified: false, words: "" };
const own = [{ msgId, text: "Bonjour", at: 1 }];

const waiting = (of: number, text: string, kind = "text"): Outgoing =>
  ({ order: of, thread, msgId: id(of), kind, content: toBase64(encodeText(text)), at: of }) as unknown as Outgoing;

/** A conversation whose log shows what was sent, and whose outbox has these. */
function lost(unsent: readonly Outgoing[]): Thread {
  const items = own.map((each) => ({ type: "message", own: true, seq: 1, ...each }));
  const state = { mailbox, target, peer, party: 0 };
  const follower = { open: async () => Promise.resolve(), log: { items } };
  return { id: thread, state, follower, outbox: { end: () => unsent } } as unknown as Thread;
}

it("keeps what waited to be sent too, and in the outbox no more", async () => {
  const storage = await MemoryStorage.create();
  const unsent = [waiting(5, "attend"), waiting(6, "", "asked"), waiting(7, "aussi")];
  for (const each of unsent) {
    await shelves.outgoing.save(storage, each, thread, each.msgId);
  }
  const gone = new GoneThreads(storage, new Map(), () => undefined);
  await gone.keep(lost(unsent));
  const texts = ["Bonjour", "attend", "aussi"];
  expect(gone.all.map((each) => each.own.map(({ text }) => text))).toEqual([texts]);
  expect(await storage.names("outbox.")).toEqual([]);
  // The run ended before the conversation was forgotten: it is found out to be lost once more.
  const again = new GoneThreads(storage, new Map(), () => undefined);
  await again.restore();
  await again.keep(lost([]));
  expect(again.all.map((each) => each.own.map(({ text }) => text))).toEqual([texts]);
});

it("takes what an earlier version left in the outbox", async () => {
  const storage = await MemoryStorage.create();
  await shelves.gone.save(storage, { thread, mailbox, target, peer, opened: true, own }, thread);
  await shelves.outgoing.save(storage, waiting(5, "attend"), thread, id(5));
  const gone = new GoneThreads(storage, new Map(), () => undefined);
  await gone.restore();
  await gone.take(new Map([[thread, await shelves.outgoing.all(storage)]]));
  expect(gone.all.map((each) => each.own.map(({ text }) => text))).toEqual([["Bonjour", "attend"]]);
  expect(await storage.names("outbox.")).toEqual([]);
});

async function kept(gone: GoneThread, mailboxes: ReadonlyMap<Id, Mailbox>): Promise<GoneThreads> {
  const storage = await MemoryStorage.create();
  await shelves.gone.save(storage, gone, thread);
  const all = new GoneThreads(storage, mailboxes, () => undefined);
  await all.restore();
  return all;
}

it("forgets nothing of a lost conversation that cannot be begun again: its mailbox is not open", async () => {
  const gone = await kept({ thread, mailbox, target, peer, opened: true, own }, new Map());
  await expect(gone.beginAgain(thread)).rejects.toThrow(NotSeated);
  expect(gone.all.map((each) => each.own)).toEqual([own]);
});

it("forgets nothing of one that the other side is to begin again", async () => {
  const gone = await kept({ thread, mailbox, target, peer, opened: false, own }, new Map());
  await gone.beginAgain(thread);
  expect(gone.all).toHaveLength(1);
});

it("writes all of it anew, once", async () => {
  const written: string[] = [];
  const write = async (...message: string[]): Promise<void> => Promise.resolve(void written.push(message.join(" ")));
  const mailboxes = new Map([[mailbox, { first: { write } } as unknown as Mailbox]]);
  const gone = await kept({ thread, mailbox, target, peer, opened: true, own }, mailboxes);
  for (let tries = 0; tries < 2; tries += 1) {
    await gone.beginAgain(thread);
  }
  expect(written).toEqual([`${msgId} ${target} Bonjour`]);
  expect(gone.all).toEqual([]);
});
