/** The operations of the vectors on third parties: their grant, their keys, and logs in which they come and go. */

import { type Bytes, type Secret } from "../bytes.ts";
import { parseSigned } from "../epoch.ts";
import { E2EEError } from "../errors.ts";
import { KemKey } from "../kem.ts";
import { openInvited, openJoined, openShare, wordsHash } from "../third.ts";
import { type LogEvent, ThreadChain } from "../thread-log.ts";
import { recordWords } from "../words.ts";
import type { Input, Operation, Output } from "./case.ts";
import { eventOf, readMessage, readNotice } from "./operations-log.ts";

async function readInvited(log: ThreadChain, event: LogEvent): Promise<Bytes> {
  const invitation = await log.checkInvited(event);
  log.takeId(event.seq, invitation);
  return invitation.id;
}

async function readJoined(log: ThreadChain, event: LogEvent): Promise<Bytes> {
  const { joining } = await log.checkJoined(event);
  log.takeId(event.seq, joining);
  return joining.id;
}

type Reader = (log: ThreadChain, event: LogEvent) => Promise<Bytes>;

const readersOf = (given: Input): ReadonlyMap<string, Reader> => {
  const secrets = given.raws<Secret>("epoch_secrets");
  return new Map<string, Reader>([
    ["message", (log, event) => readMessage(log, event, secrets)],
    ["left", readNotice],
    ["invited", readInvited],
    ["joined", readJoined],
    ...(isWithheld(given)
      ? [["released", (log: ThreadChain, event: LogEvent) => Promise.resolve(log.checkWithheld(event))] as const]
      : []),
  ]);
};

const isWithheld = (given: Input): boolean => given.has("withheld") && given.flag("withheld");

function logOf(given: Input): ThreadChain {
  const log = new ThreadChain({
    service: given.raw("service"),
    thread: given.raw("thread"),
    stampPublic: given.raw("stamp_public"),
    withheld: isWithheld(given),
  });
  if (given.has("entry_seq")) {
    const entry = {
      seq: given.number("entry_seq"),
      head: given.raw<never>("entry_head"),
      signedRecord: given.raw("entry_record"),
    };
    log.enter(entry, { sign: given.raw("own_sign"), kem: given.raw("own_kem") });
  }
  return log;
}

async function shown(seq: number, read: () => Promise<Bytes>): Promise<Output> {
  try {
    return { seq, content: await read() };
  } catch (error) {
    if (!(error instanceof E2EEError)) throw error;
    return { seq, refused: error.name };
  }
}

async function showThirdLog(given: Input): Promise<Output> {
  const log = logOf(given);
  const readers = readersOf(given);
  const items: Output[] = [];
  for (const range of given.inputLists("ranges")) {
    const events = range.map(eventOf);
    await log.verifyRange(events);
    for (const event of events) {
      const reader = readers.get(event.kind);
      if (reader !== undefined) items.push(await shown(event.seq, () => reader(log, event)));
    }
  }
  return { shown: items, third: log.third?.id ?? new Uint8Array(), exposed: log.isExposed };
}

export const OPERATIONS_THIRD: Readonly<Record<string, Operation>> = {
  open_invited: async (given) => {
    const { record } = parseSigned(given.raw("signed"));
    const opened = await openInvited(given.raw("payload"), record, given.number("party"));
    const { id, target, keys, history, shown: presented } = opened;
    return { id, target, sign_public: keys.sign, kem_public: keys.kem, history, ...presented };
  },

  open_joined: async (given) => {
    const { record } = parseSigned(given.raw("signed"));
    const { joining, third } = await openJoined(given.raw("payload"), record, given.number("party"));
    return { id: joining.id, third: third.id, words: await recordWords(wordsHash(third)) };
  },

  open_share: async (given) => {
    const { record } = parseSigned(given.raw("signed"));
    const kem = await KemKey.fromSeed(given.raw("kem_seed"));
    return { epoch_secret: await openShare(given.raw("share"), given.raw("third"), record, kem) };
  },

  show_third_log: showThirdLog,
};
