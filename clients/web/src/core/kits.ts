/** The printed kit of a mailbox: a seat that no account holds, and the code that gives its keys (SPEC.md section 4.6). */

import { seatKeys, type SeatKeyPair } from "../e2ee/account.ts";
import { hex, type Id as IdBytes, type Secret } from "../e2ee/bytes.ts";
import { systemEntropy } from "../e2ee/entropy.ts";
import { BadRoster, BadSeed } from "../e2ee/errors.ts";
import { kitSeed } from "../e2ee/kit.ts";
import { newCode, parseCode } from "../e2ee/recovery.ts";
import { KIT, type RosterState } from "../e2ee/roster.ts";
import type { SigningKey } from "../e2ee/signing.ts";
import type { RosterView } from "../wire/types.ts";
import { toBase64 } from "./base64.ts";
import { wrappedSeeds } from "./seeds.ts";

/** A new code, to be printed. Whoever asks for a kit draws it: asked again with the same one, there is one kit. */
export function drawnKitCode(): string {
  return newCode(systemEntropy);
}

/** @throws WrongRecoveryCode */
export async function kitPair(code: string, state: RosterState): Promise<SeatKeyPair> {
  return seatKeys(kitSeed(parseCode(code), state.mailbox, state.root), state.mailbox);
}

/** The seat of the kit with these keys; null: the roster has none. */
export function kitSeat(state: RosterState, pair: SeatKeyPair): IdBytes | null {
  const isIt = (entry: { role: string; signPk: Uint8Array<ArrayBuffer> }): boolean =>
    entry.role === KIT && hex(entry.signPk) === hex(pair.sign.public);
  return [...state.seats.values()].find(isIt)?.seat ?? null;
}

/** What a kit can do: sign as an administrator, and give the seed in force. */
export interface OpenedKit {
  readonly seat: IdBytes;
  readonly sign: SigningKey;
  readonly seed: Secret;
}

/** @throws WrongRecoveryCode, BadRoster (no seat of this roster is that kit's), BadSeed, BadSeal */
export async function openKit(answer: RosterView, state: RosterState, code: string): Promise<OpenedKit> {
  const pair = await kitPair(code, state);
  const seat = kitSeat(state, pair);
  if (seat === null) {
    throw new BadRoster("no seat of this mailbox is that kit's: it was removed, or is another mailbox's");
  }
  const seed = (await wrappedSeeds(answer.kits, state, toBase64<16>(seat), pair)).get(state.g);
  if (seed === undefined) {
    throw new BadSeed("the mailbox's seed was not wrapped to the kit");
  }
  return { seat, sign: pair.sign, seed };
}
