/**
 * Which roster of each mailbox this account follows: the one that it saw first, or one that a person accepted since.
 *
 * SPEC.md sections 3.3 and 4.7. A pin is never replaced: each accepted reset adds one, from the root before to the new.
 */

import { branded, type Bytes, type Hash, hex, ID, type Id as IdBytes } from "../e2ee/bytes.ts";
import { BadRoster } from "../e2ee/errors.ts";
import { checkPin, type RosterState } from "../e2ee/roster.ts";
import type { Id } from "../wire/types.ts";
import { toBase64 } from "./base64.ts";
import { ResetUnaccepted } from "./errors.ts";
import type { VaultKeeper } from "./vault.ts";
import { resetKind, rosterKind } from "./vault-parts.ts";

/** The pins and checkpoints of one account's rosters. */
export class Roots {
  readonly #keeper: Pick<VaultKeeper, "pin" | "setPin" | "checkpoint" | "setCheckpoint">;

  constructor(keeper: Pick<VaultKeeper, "pin" | "setPin" | "checkpoint" | "setCheckpoint">) {
    this.#keeper = keeper;
  }

  /** The roots that this account followed, the one in force last; none for a mailbox that it never saw. */
  of(mailbox: Id): readonly Hash[] {
    const followed: Hash[] = [];
    let root = this.#keeper.pin(rosterKind, mailbox);
    while (root !== null && !has(followed, root)) {
      followed.push(branded<Hash>(root));
      root = this.#keeper.pin(resetKind, nameOf(root));
    }
    return followed;
  }

  /**
   * The roster is the one that is followed, and leads through what was seen of it.
   * @throws BadRoster; ResetUnaccepted, for one that begins with another record
   */
  check(mailbox: Id, state: RosterState): void {
    const followed = this.of(mailbox);
    const current = followed.at(-1);
    if (current !== undefined && hex(current) !== hex(state.root)) {
      if (has(followed, state.root)) {
        throw new BadRoster("the service shows a roster again that a reset ended");
      }
      throw new ResetUnaccepted("the mailbox begins with another record than the one seen before");
    }
    const seen = this.#keeper.checkpoint(rosterKind, placeOf(mailbox, followed));
    if (seen !== null) {
      checkPin(state, seen.position, seen.head);
    }
  }

  /** Pins a roster that was checked, and how far it goes. */
  keep(mailbox: Id, state: RosterState): void {
    if (this.of(mailbox).length === 0) {
      this.#keeper.setPin(rosterKind, mailbox, state.root);
    }
    const place = placeOf(mailbox, this.of(mailbox));
    this.#keeper.setCheckpoint(rosterKind, place, { position: state.index, head: state.head });
  }

  /** From now on this root is followed, and no other one again. @throws BadRoster, for one that was before */
  accept(mailbox: Id, root: Hash): void {
    const followed = this.of(mailbox);
    const current = followed.at(-1);
    if (current === undefined || hex(current) === hex(root)) {
      return;
    }
    if (has(followed, root)) {
      throw new BadRoster("the service shows a roster again that a reset ended");
    }
    this.#keeper.setPin(resetKind, nameOf(current), root);
  }
}

const has = (roots: readonly Hash[], root: Bytes): boolean => roots.some((each) => hex(each) === hex(root));

const nameOf = (root: Bytes): Id => toBase64<16>(branded<IdBytes>(root.slice(0, ID)));

/** Under which id the checkpoint stands. */
function placeOf(mailbox: Id, followed: readonly Hash[]): Id {
  const current = followed.at(-1);
  return followed.length < 2 || current === undefined ? mailbox : nameOf(current);
}
