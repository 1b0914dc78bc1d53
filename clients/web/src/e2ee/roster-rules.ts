/** What the next record of a roster may say (SPEC.md section 4.3). Its signature, and what it changes, are `roster`'s. */

import { hex, same, type SignPublic } from "./bytes.ts";
import { BadRoster } from "./errors.ts";
import type { RosterRecord } from "./roster-record.ts";
import { NO_RECORD, type RosterState } from "./roster-state.ts";

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

/** Checks the record after `state` and returns the key that must have signed it. Throws BadRoster. */
export function checkNext(state: RosterState, record: RosterRecord): SignPublic {
  if (!same(record.mailbox, state.mailbox)) throw new BadRoster("the record belongs to another mailbox");
  if (record.index !== state.index + 1 || !same(record.prevHash, state.head)) {
    throw new BadRoster("the record does not continue the roster at its head");
  }
  const signer = state.seat(record.signer);
  if (signer?.admin !== true) {
    throw new BadRoster("the signer is not an administrator of the mailbox at this point");
  }
  if (state.owesRotation && record.kind !== "rotate") {
    throw new BadRoster("a removal is followed by a rotation, and by nothing else");
  }
  checkKind(state, record);
  return signer.signPk;
}

function checkKind(state: RosterState, record: RosterRecord): void {
  switch (record.kind) {
    case "admit":
      return checkAdmit(state, record);
    case "remove":
      return checkRemove(state, record);
    case "rotate":
      return checkRotate(state, record);
    default:
      throw new BadRoster(`a record of kind ${record.kind} is not understood`);
  }
}

function checkAdmit(state: RosterState, record: RosterRecord): void {
  checkSameGeneration(state, record);
  if (state.ever.has(hex(record.seat))) throw new BadRoster("the seat is taken, or was");
  for (const seat of state.seats.values()) {
    if (same(record.signPk, seat.signPk) || same(record.kemPk, seat.kemPk)) {
      throw new BadRoster("the seat's key is another seat's");
    }
  }
}

function checkRemove(state: RosterState, record: RosterRecord): void {
  checkSameGeneration(state, record);
  checkAsSeated(state, record);
  const remaining = [...state.seats.values()].filter((seat) => !same(seat.seat, record.seat));
  if (!remaining.some((seat) => seat.admin)) throw new BadRoster("the last administrator cannot be removed");
}

function checkRotate(state: RosterState, record: RosterRecord): void {
  if (!same(record.seat, record.signer)) throw new BadRoster("who rotates names their own seat");
  checkAsSeated(state, record);
  if (record.g !== state.g + 1) throw new BadRoster("a rotation begins the next generation");
  for (const old of state.generations) {
    if (
      same(record.identitySign, old.identitySign) ||
      same(record.identityKem, old.identityKem) ||
      same(record.sc, old.sc)
    ) {
      throw new BadRoster("a rotation must renew the identity and the seed check");
    }
  }
}

function checkSameGeneration(state: RosterState, record: RosterRecord): void {
  const { g, identitySign, identityKem, sc } = state.generation;
  const isSame =
    record.g === g &&
    same(record.identitySign, identitySign) &&
    same(record.identityKem, identityKem) &&
    same(record.sc, sc);
  if (!isSame) throw new BadRoster("only a rotation may change the mailbox's generation and keys");
}

function checkAsSeated(state: RosterState, record: RosterRecord): void {
  const seated = state.seat(record.seat);
  if (seated === undefined) throw new BadRoster("the seat is not seated");
  const isSame =
    same(record.signPk, seated.signPk) &&
    same(record.kemPk, seated.kemPk) &&
    record.role === seated.role &&
    record.admin === seated.admin;
  if (!isSame) throw new BadRoster("the record gives the seat other keys, another role or rank than it has");
}
