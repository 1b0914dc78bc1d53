/** What the next record of a roster may say (SPEC.md section 4.3). Its signature, and what it changes, are `roster`'s. */

import { same, type SignPublic } from "./bytes.ts";
import { BadRoster } from "./errors.ts";
import type { GrowingRoster } from "./growing-roster.ts";
import type { RosterRecord } from "./roster-record.ts";
import { NO_RECORD } from "./roster-state.ts";

/** Checks record 0 and returns the key that must have signed it. Throws BadRoster. */
export function checkCreate(record: RosterRecord): SignPublic {
  if (record.kind !== "create" || record.index !== 0 || !same(record.prevHash, NO_RECORD)) {
    throw new BadRoster("a roster begins with a create record of index 0");
  }
  if (!same(record.signer, record.seat) || !record.admin || record.g !== 0) {
    throw new BadRoster("the first seat founds the mailbox: its own signer, administrator, generation 0");
  }
  return record.signPk;
}

/** Checks the record after `roster` and returns the key that must have signed it. Throws BadRoster. */
export function checkNext(roster: GrowingRoster, record: RosterRecord): SignPublic {
  if (!same(record.mailbox, roster.mailbox)) throw new BadRoster("the record belongs to another mailbox");
  if (record.index !== roster.length || !same(record.prevHash, roster.head)) {
    throw new BadRoster("the record does not continue the roster at its head");
  }
  const signer = roster.seat(record.signer);
  if (signer?.admin !== true) {
    throw new BadRoster("the signer is not an administrator of the mailbox at this point");
  }
  if (roster.owesRotation && record.kind !== "rotate") {
    throw new BadRoster("a removal is followed by a rotation, and by nothing else");
  }
  checkKind(roster, record);
  return signer.signPk;
}

function checkKind(roster: GrowingRoster, record: RosterRecord): void {
  switch (record.kind) {
    case "admit":
      return checkAdmit(roster, record);
    case "remove":
      return checkRemove(roster, record);
    case "rotate":
      return checkRotate(roster, record);
    default:
      throw new BadRoster(`a record of kind ${record.kind} is not understood`);
  }
}

function checkAdmit(roster: GrowingRoster, record: RosterRecord): void {
  checkSameGeneration(roster, record);
  if (roster.wasEverSeated(record.seat)) throw new BadRoster("the seat is taken, or was");
  for (const seat of roster.seats.values()) {
    if (same(record.signPk, seat.signPk) || same(record.kemPk, seat.kemPk)) {
      throw new BadRoster("the seat's key is another seat's");
    }
  }
}

function checkRemove(roster: GrowingRoster, record: RosterRecord): void {
  checkSameGeneration(roster, record);
  checkAsSeated(roster, record);
  const remaining = [...roster.seats.values()].filter((seat) => !same(seat.seat, record.seat));
  if (!remaining.some((seat) => seat.admin)) throw new BadRoster("the last administrator cannot be removed");
}

function checkRotate(roster: GrowingRoster, record: RosterRecord): void {
  if (!same(record.seat, record.signer)) throw new BadRoster("who rotates names their own seat");
  checkAsSeated(roster, record);
  if (record.g !== roster.generation.g + 1) throw new BadRoster("a rotation begins the next generation");
  if (roster.had(record)) throw new BadRoster("a rotation must renew the identity and the seed check");
}

function checkSameGeneration(roster: GrowingRoster, record: RosterRecord): void {
  const { g, identitySign, identityKem, sc } = roster.generation;
  const isSame =
    record.g === g &&
    same(record.identitySign, identitySign) &&
    same(record.identityKem, identityKem) &&
    same(record.sc, sc);
  if (!isSame) throw new BadRoster("only a rotation may change the mailbox's generation and keys");
}

function checkAsSeated(roster: GrowingRoster, record: RosterRecord): void {
  const seated = roster.seat(record.seat);
  if (seated === undefined) throw new BadRoster("the seat is not seated");
  const isSame =
    same(record.signPk, seated.signPk) &&
    same(record.kemPk, seated.kemPk) &&
    record.role === seated.role &&
    record.admin === seated.admin;
  if (!isSame) throw new BadRoster("the record gives the seat other keys, another role or rank than it has");
}
