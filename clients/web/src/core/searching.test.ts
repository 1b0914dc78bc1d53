import { expect, it } from "vitest";
import type { Id } from "../wire/types.ts";
import { toBase64 } from "./base64.ts";
import { hitIn } from "./searching.ts";
import type { Message } from "./views.ts";

const thread: Id = toBase64<16>(new Uint8Array(16).fill(7));

const message = (text: string | null): Message => ({
  type: "message",
  seq: 3,
  at: 5,
  party: 0,
  own: false,
  msgId: thread,
  kind: "text",
  text,
  author: null,
});

it("shows what was found in its surroundings, cut where they are long", () => {
  expect(hitIn(message("Le maire est là."), thread, ["maire"])).toEqual({
    thread,
    seq: 3,
    at: 5,
    own: false,
    before: "Le ",
    match: "maire",
    after: " est là.",
  });
  const long = hitIn(message(`${"👋".repeat(50)}Œuvre${"👋".repeat(50)}`), thread, ["oeuvre"]);
  expect([long?.before, long?.match, long?.after]).toEqual([`…${"👋".repeat(30)}`, "Œuvre", `${"👋".repeat(30)}…`]);
});

it("wants all words, of a text", () => {
  expect(hitIn(message("Le maire est là."), thread, ["maire", "hier"])).toBeNull();
  expect(hitIn(message(null), thread, ["maire"])).toBeNull();
  expect(hitIn({ type: "restored", seq: 1, at: 1 }, thread, ["maire"])).toBeNull();
});
