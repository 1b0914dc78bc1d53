/**
 * Many messages of one thread opened at once, as a worker can be told to: what goes in and comes out is bytes and
 * numbers, and a refusal is the name of its rule.
 */

import { type Bytes, type Hash, type Id, type Secret, type SignPublic } from "./bytes.ts";
import { BadMessage, BadSeal, E2EEError } from "./errors.ts";
import { openMessage, openSeatTag, parsePayload, type Place } from "./message.ts";

/** So many are under way at a time: the browser computes a few while this prepares the next. */
const atOnce = 16;

/** One message, with what its reader knows of it. */
export interface Sealed {
  readonly payload: Bytes;
  readonly epochSecret: Secret;
  /** The signing pseudonym of its author, where it stands. */
  readonly author: SignPublic;
  readonly place: Place;
  /** Under which its seat tag may open, the newest first; none: it is not of the reader's side. */
  readonly seeds: readonly Secret[];
}

/** Which seat of the reader's side wrote, and the roster's head that it knew. */
export interface Author {
  readonly seat: Id;
  readonly rosterHead: Hash;
}

/** A message that verified. `author`: null where no seed opens its tag. */
export interface Read {
  readonly content: Bytes;
  readonly seenSeq: number;
  readonly seenHead: Hash;
  readonly author: Author | null;
  /** Its seat tag, as it stands. */
  readonly tag: Bytes;
}

/** The rule that a message broke, or `BadMessage` for a fault of this package that whoever wrote it may have looked for. */
export interface Refused {
  readonly rule: string;
}

/** Opens and verifies each message, as `openMessage` does; the outcomes are in the order of the messages. */
export async function openAll(messages: readonly Sealed[]): Promise<(Read | Refused)[]> {
  const outcomes: (Read | Refused)[] = [];
  for (let begun = 0; begun < messages.length; begun += atOnce) {
    outcomes.push(...(await Promise.all(messages.slice(begun, begun + atOnce).map(opened))));
  }
  return outcomes;
}

/** The rule of a refusal. */
export const ruleOf = (error: unknown): string =>
  error instanceof E2EEError ? error.name : new BadMessage("a fault of this package").name;

async function opened(message: Sealed): Promise<Read | Refused> {
  try {
    const { payload, epochSecret, author, place, seeds } = message;
    const { content, seenSeq, seenHead, tag } = await openMessage(payload, epochSecret, author, place);
    return { content, seenSeq, seenHead, author: await authorOf(payload, tag, seeds), tag };
  } catch (error) {
    return { rule: ruleOf(error) };
  }
}

/** Who wrote a message, by its seat tag; null where no seed opens it. */
export async function authorOf(payload: Bytes, tag: Bytes, seeds: readonly Secret[]): Promise<Author | null> {
  const { headerBytes, salt } = parsePayload(payload);
  for (const seed of seeds) {
    try {
      return await openSeatTag(seed, headerBytes, salt, tag);
    } catch (error) {
      if (!(error instanceof BadSeal)) throw error;
    }
  }
  return null;
}
