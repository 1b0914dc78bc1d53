import { expect, it } from "vitest";
import type { Id } from "../wire/types.ts";
import { NotSeated } from "./errors.ts";
import { type GoneThread, GoneThreads } from "./gone.ts";
import { shelves } from "./local.ts";
import type { Mailbox } from "./mailbox.ts";
import { MemoryStorage } from "./storage.ts";

const id = (of: number): Id => Buffer.alloc(16, of).toString("base64") as Id;
const [thread, mailbox, target, msgId] = [id(1), id(2), id(3), id(4)];
const peer = { group: "", area: "", verified: false, words: "" };
const own = [{ msgId, text: "Bonjour", at: 1 }];

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
