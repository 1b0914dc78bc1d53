import { expect, it } from "vitest";
import { encodeText } from "../e2ee/content.ts";
import type { Id } from "../wire/types.ts";
import { toBase64 } from "./base64.ts";
import { Catalogue } from "./catalogue.ts";
import { NotSeated } from "./errors.ts";
import { type GoneThread, GoneThreads } from "./gone.ts";
import { type Followed, type Outgoing, shelves } from "./local.ts";
import type { Mailbox } from "./mailbox.ts";
import type { RefusedText } from "./refusals.ts";
import type { Runtime } from "./runtime.ts";
import { MemoryStorage } from "./storage.ts";
import type { Thread } from "./thread.ts";
import type { RefusedFirst } from "./views.ts";

const id = (of: number): Id => Buffer.alloc(16, of).toString("base64") as Id;
const [thread, mailbox, target, msgId] = [id(1), id(2), id(3), id(4)];
const peer = { group: "", area: "", verified: false, words: "" };
const own = [{ msgId, text: "Bonjour", at: 1 }];

const waiting = (of: number, text: string, kind = "text"): Outgoing =>
  ({ order: of, thread, msgId: id(of), kind, content: toBase64(encodeText(text)), at: of }) as unknown as Outgoing;

const refusedText = (of: number, text: string): RefusedText => ({
  thread,
  msgId: id(of),
  text,
  at: of,
  code: "frozen",
});

/** A conversation whose log shows what was sent, and whose outbox has these. */
function lost(unsent: readonly Outgoing[], refused: readonly RefusedText[] = []): Thread {
  const items = own.map((each) => ({ type: "message", own: true, seq: 1, ...each }));
  const state = { mailbox, target, peer, party: 0 };
  const follower = { open: async () => Promise.resolve(), log: { items } };
  return {
    id: thread,
    state,
    follower,
    outbox: { end: () => unsent, refusals: { all: refused } },
  } as unknown as Thread;
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
  await shelves.refused.save(storage, refusedText(8, "refusé"), thread, id(8));
  await gone.take(
    new Map([[thread, await shelves.outgoing.all(storage)]]),
    new Map([[thread, await shelves.refused.all(storage)]]),
  );
  expect(gone.all.map((each) => each.own.map(({ text }) => text))).toEqual([["Bonjour", "attend", "refusé"]]);
  expect(await storage.names("outbox.")).toEqual([]);
  expect(await storage.names("refused.")).toEqual([]);
});

it.each([
  ["keep", true, ["Bonjour", "refusé", "attend"]],
  ["keepUnsent", false, ["refusé", "attend"]],
] as const)("shows what was refused before, until the conversation is let go: %s", async (keep, opened, texts) => {
  const storage = await MemoryStorage.create();
  await shelves.refused.save(storage, refusedText(5, "refusé"), thread, id(5));
  await shelves.outgoing.save(storage, waiting(6, "attend"), thread, id(6));
  const gone = new GoneThreads(storage, new Map(), () => undefined);
  await gone[keep](lost([waiting(6, "attend")], [refusedText(5, "refusé")]));
  expect(gone.all.map((each) => [each.opened, each.own.map(({ text }) => text)])).toEqual([[opened, texts]]);
  expect(await storage.names("refused.")).toEqual([]);
  expect(await storage.names("outbox.")).toEqual([]);
  await gone.forget(thread);
  expect(await storage.names("")).toEqual([]);
});

it("keeps nothing of an erased conversation in which all was sent", async () => {
  const storage = await MemoryStorage.create();
  const gone = new GoneThreads(storage, new Map(), () => undefined);
  await gone.keepUnsent(lost([]));
  expect([gone.all, await storage.names("")]).toEqual([[], []]);
});

it("leaves nothing that was refused in a mailbox that is not this account's any more", async () => {
  const storage = await MemoryStorage.create();
  const other = id(9);
  await shelves.thread.save(storage, { state: { thread, mailbox } } as unknown as Followed, thread);
  await shelves.refused.save(storage, refusedText(5, "refusé"), thread, id(5));
  await shelves.refused.save(storage, { ...refusedText(6, "ailleurs"), thread: other }, other, id(6));
  await shelves.refusedFirst.save(storage, { id: id(7), mailbox } as unknown as RefusedFirst, mailbox, id(7));
  const catalogue = new Catalogue({ storage, changed: () => undefined } as unknown as Runtime, new Map());
  await catalogue.restore();
  await catalogue.drop(mailbox);
  expect(await storage.names("")).toEqual([shelves.refused.name(other, id(6))]);
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
