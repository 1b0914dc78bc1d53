/** What a verified log shows of what its parties say openly beside their messages (SPEC.md sections 7.5 and 7.6). */

import type { Id as IdBytes } from "../e2ee/bytes.ts";
import { BadEncoding } from "../e2ee/errors.ts";
import type { Notice } from "../e2ee/notice.ts";
import { sha256 } from "../e2ee/suite.ts";
import { wordsHash } from "../e2ee/third.ts";
import type { LogEvent, ThreadChain } from "../e2ee/thread-log.ts";
import { recordWords } from "../e2ee/words.ts";
import { toBase64 } from "./base64.ts";
import { knownReason, knownStep } from "./openly.ts";
import type { Asked, Closed, Item, Reopened, StepTaken, ThirdInvited, ThirdJoined, ThirdLeft } from "./views.ts";

type Where = (id: IdBytes) => Pick<ThirdLeft, "seq" | "at" | "party" | "own" | "msgId">;
type Reader = (chain: ThreadChain, event: LogEvent, where: Where) => Promise<Item>;

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["asked", openly],
  ["closed", openly],
  ["reopened", openly],
  ["invited", invited],
  ["joined", joined],
  ["left", left],
  ["step", stepped],
]);

/** What such an event shows; nothing for one of another kind. `party`: the reader's. @throws E2EEError */
export async function openSaid(chain: ThreadChain, event: LogEvent, party: number): Promise<Item[]> {
  const reader = readers.get(event.kind);
  if (reader === undefined) {
    return [];
  }
  const where: Where = (id) => ({
    seq: event.seq,
    at: event.time,
    party: event.party,
    own: event.party === party,
    msgId: toBase64<16>(id),
  });
  return [await reader(chain, event, where)];
}

async function noticed(chain: ThreadChain, event: LogEvent): Promise<Notice> {
  const notice = await chain.checkNotice(event);
  chain.checkSeen(event.seq, notice.seenSeq, notice.seenHead);
  chain.takeNotice(event.seq, notice);
  return notice;
}

async function openly(chain: ThreadChain, event: LogEvent, where: Where): Promise<Asked | Closed | Reopened> {
  const { kind, id, reason } = await noticed(chain, event);
  if (kind === "closed") {
    return { type: kind, ...where(id), reason: knownReason(reason) };
  }
  return { type: kind === "asked" ? "asked" : "reopened", ...where(id) };
}

async function stepped(chain: ThreadChain, event: LogEvent, where: Where): Promise<StepTaken> {
  const { id, step } = await noticed(chain, event);
  return { type: "step", ...where(id), step: knownStep(step) };
}

async function invited(chain: ThreadChain, event: LogEvent, where: Where): Promise<ThirdInvited> {
  const said = await chain.checkInvited(event);
  chain.takeId(event.seq, said);
  const third = toBase64<32>(sha256(event.payload));
  return {
    type: "invited",
    ...where(said.id),
    third,
    payload: toBase64(event.payload),
    record: toBase64<32>(said.recordHash),
    presented: said.shown,
    history: said.history,
  };
}

async function joined(chain: ThreadChain, event: LogEvent, where: Where): Promise<ThirdJoined> {
  const { joining, third } = await chain.checkJoined(event);
  chain.takeId(event.seq, joining);
  const { shown: presented, history } = third.invitation;
  const words = await recordWords(wordsHash(third));
  return { type: "joined", ...where(joining.id), third: toBase64<32>(third.id), presented, history, words };
}

async function left(chain: ThreadChain, event: LogEvent, where: Where): Promise<ThirdLeft> {
  const notice = await noticed(chain, event);
  if (notice.third === undefined) {
    throw new BadEncoding("a leaving names the stay that it ends");
  }
  return { type: "left", ...where(notice.id), third: toBase64<32>(notice.third) };
}
