/** The operations of the vectors that read whole logs, as a client reads them. */

import { type Bytes, type Hash, type Secret } from "../bytes.ts";
import { openCard } from "../card.ts";
import { partyOf } from "../epoch.ts";
import { BadCard, BadRecord, E2EEError } from "../errors.ts";
import { openMessage } from "../message.ts";
import { NOTICE_KINDS } from "../notice.ts";
import type { ReleasedCard } from "../release.ts";
import type { PlatformKey } from "../reset.ts";
import { type LogEvent, ThreadChain } from "../thread-log.ts";
import type { Checkpoint } from "../vault.ts";
import type { Input, Operation, Output } from "./case.ts";

const checkpointOf = (given: Input): Checkpoint | null =>
  given.has("checkpoint_seq") ? { position: given.number("checkpoint_seq"), head: given.raw("checkpoint_head") } : null;

const platformOf = (given: Input): PlatformKey | null =>
  given.has("platform_key") ? { public: given.raw("platform_key"), audience: given.text("audience") } : null;

export const eventOf = (given: Input): LogEvent => ({
  seq: given.number("seq"),
  time: given.number("time"),
  kind: given.text("kind"),
  party: given.number("party"),
  payload: given.raw("payload"),
  proof: given.raw("proof"),
});

function record(log: ThreadChain, epoch: number): ThreadChain["records"][number] {
  const found = log.records[epoch];
  if (found === undefined) throw new TypeError(`the log has no epoch ${epoch}`);
  return found;
}

function secretOf(secrets: readonly Secret[], epoch: number): Secret {
  const found = secrets[epoch];
  if (found === undefined) throw new TypeError(`the case has no secret of epoch ${epoch}`);
  return found;
}

export async function readMessage(log: ThreadChain, event: LogEvent, secrets: readonly Secret[]): Promise<Bytes> {
  const place = log.checkMessage(event);
  const author = log.authorAt(event.seq, event.party);
  const opened = await openMessage(event.payload, secretOf(secrets, place.epoch), author, place);
  log.checkSeen(event.seq, opened.seenSeq, opened.seenHead);
  log.takeMessage(event);
  return opened.content;
}

export async function readNotice(log: ThreadChain, event: LogEvent): Promise<Bytes> {
  const opened = await log.checkNotice(event);
  log.checkSeen(event.seq, opened.seenSeq, opened.seenHead);
  log.takeNotice(event.seq, opened);
  return opened.id;
}

/** Opens a card of a release; `opened` hears of it before what its author had seen is checked. */
async function readCard(
  log: ThreadChain,
  seq: number,
  released: ReleasedCard,
  secrets: readonly Secret[],
  opened?: () => void,
): Promise<Bytes> {
  const place = log.cardPlace(released);
  const read = await openCard(released.payload, released.sServer, {
    card: released.card,
    place,
    record0: record(log, 0).hash,
    epochSecret: secretOf(secrets, place.epoch),
    authorSignPk: partyOf(record(log, place.epoch), released.party).sign,
  });
  opened?.();
  log.checkSeen(seq, read.message.seenSeq, read.message.seenHead);
  return released.card;
}

async function takenCard(
  log: ThreadChain,
  seq: number,
  released: ReleasedCard,
  secrets: readonly Secret[],
): Promise<Bytes> {
  const id = await readCard(log, seq, released, secrets);
  log.takeCard(seq, released);
  return id;
}

async function readLog(given: Input): Promise<Output> {
  const log = new ThreadChain({
    service: given.raw("service"),
    thread: given.raw("thread"),
    stampPublic: given.raw("stamp_public"),
    checkpoint: checkpointOf(given),
    platform: platformOf(given),
    restoresSeen: given.has("restores_seen") ? given.raws<Hash>("restores_seen") : [],
  });
  const secrets = given.raws<Secret>("epoch_secrets");
  const contents: Bytes[] = [];
  for (const range of given.inputLists("ranges")) {
    const events = range.map(eventOf);
    await log.verifyRange(events);
    for (const event of events.filter(({ kind }) => kind === "message")) {
      contents.push(await readMessage(log, event, secrets));
    }
  }
  if (given.has("end_seq")) log.checkEnd(given.number("end_seq"));
  return { seq: log.seq, head: log.head, contents };
}

async function shown(seq: number, read: () => Promise<Bytes>): Promise<Output> {
  try {
    return { seq, content: await read() };
  } catch (error) {
    if (!(error instanceof E2EEError)) throw error;
    return { seq, refused: error.name };
  }
}

async function shownOf(log: ThreadChain, event: LogEvent, secrets: readonly Secret[]): Promise<Output[]> {
  if (event.kind === "message") return [await shown(event.seq, () => readMessage(log, event, secrets))];
  if (NOTICE_KINDS.has(event.kind)) return [await shown(event.seq, () => readNotice(log, event))];
  const items: Output[] = [];
  for (const each of event.kind === "released" ? log.checkRelease(event) : []) {
    items.push(await shown(event.seq, () => takenCard(log, event.seq, each, secrets)));
  }
  return items;
}

/** A log that verified, and its events. */
async function logOf(given: Input): Promise<{ log: ThreadChain; events: LogEvent[] }> {
  const log = new ThreadChain({
    service: given.raw("service"),
    thread: given.raw("thread"),
    stampPublic: given.raw("stamp_public"),
  });
  const events = given.inputLists("ranges").flat().map(eventOf);
  await log.verifyRange(events);
  return { log, events };
}

async function showLog(given: Input): Promise<Output> {
  const { log, events } = await logOf(given);
  const items: Output[] = [];
  for (const event of events) items.push(...(await shownOf(log, event, given.raws("epoch_secrets"))));
  return { shown: items };
}

/** The cards of one release. An empty secret is one that is no longer kept: its cards count, and are not shown. */
async function exchanged(log: ThreadChain, event: LogEvent, secrets: readonly Secret[]): Promise<Output[]> {
  const sides = new Set<number>();
  const cards = log.checkRelease(event);
  const items: Output[] = [];
  for (const each of cards) {
    const counts = (): void => void sides.add(each.party);
    const read = async (): Promise<Bytes> => {
      if (secretOf(secrets, log.cardPlace(each).epoch).length > 0) {
        return readCard(log, event.seq, each, secrets, counts);
      }
      counts();
      throw new BadRecord("the key of this epoch is no longer kept");
    };
    items.push(await shown(event.seq, read));
  }
  if (items.some(({ refused }) => refused === "SwappedPrekey")) {
    return items.map(() => ({ seq: event.seq, refused: "SwappedPrekey" }));
  }
  try {
    log.checkExchange(sides);
  } catch (error) {
    if (!(error instanceof BadCard)) throw error;
    return items.map((item) => ("refused" in item ? item : { seq: event.seq, refused: error.name }));
  }
  const taken: Output[] = [];
  for (const [at, each] of cards.entries()) {
    const item = items[at] ?? {};
    const take = (): Promise<Bytes> => {
      log.takeCard(event.seq, each);
      return Promise.resolve(each.card);
    };
    taken.push("refused" in item ? item : await shown(event.seq, take));
  }
  return taken;
}

async function showExchange(given: Input): Promise<Output> {
  const { log, events } = await logOf(given);
  const items: Output[] = [];
  for (const event of events.filter(({ kind }) => kind === "released")) {
    items.push(...(await exchanged(log, event, given.raws("epoch_secrets"))));
  }
  return { shown: items };
}

export const OPERATIONS_LOG: Readonly<Record<string, Operation>> = {
  read_log: readLog,
  show_exchange: showExchange,
  show_log: showLog,
};
