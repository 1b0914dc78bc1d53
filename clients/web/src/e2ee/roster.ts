/**
 * The roster of a mailbox: who may hold its seed, as a chain of signed records (SPEC.md section 4.3).
 *
 * Record 0 creates the mailbox and is signed by its first seat; every other one by a seat that is admin before it. The
 * mailbox's public root is the hash of record 0. Clients wrap the seed to nobody whom a verified roster does not seat.
 *
 * create ---> admit, remove + rotate, rotate ---> ...        (a remove is never the last record)
 */

import { type Bytes, type Hash, type Id, type KemPublic, same } from "./bytes.ts";
import { BadRoster, BadSignature, refusedAs } from "./errors.ts";
import { GrowingRoster } from "./growing-roster.ts";
import type { Identity } from "./mailbox.ts";
import { parseSigned, type RosterFields, signRecord, toSign } from "./roster-record.ts";
import { checkCreate, checkNext } from "./roster-rules.ts";
import { NO_RECORD, type RosterState, type SeatKeys } from "./roster-state.ts";
import { type SigningKey, verify } from "./signing.ts";

export type { Generation, RosterState, SeatKeys } from "./roster-state.ts";

/** The role of a printed kit's seat (SPEC.md section 4.6): an administrator whom no account holds. */
export const KIT = "kit";

/** What a record of a mailbox's own says of one seat. */
type SeatFields = Pick<SeatKeys, "signPk" | "kemPk" | "role" | "admin">;

const seatFields = ({ signPk, kemPk, role, admin }: SeatFields): SeatFields => ({ signPk, kemPk, role, admin });

/** Makes and signs record 0: its first seat is an administrator, and the generation is 0. */
export const makeCreate = (made: {
  mailbox: Id;
  seat: Id;
  sign: SigningKey;
  kemPk: KemPublic;
  role: string;
  identity: Identity;
  sc: Hash;
}): Promise<Bytes> =>
  signRecord(
    {
      mailbox: made.mailbox,
      index: 0,
      prevHash: NO_RECORD,
      kind: "create",
      seat: made.seat,
      signPk: made.sign.public,
      kemPk: made.kemPk,
      role: made.role,
      admin: true,
      g: 0,
      identitySign: made.identity.sign.public,
      identityKem: made.identity.kem.public,
      sc: made.sc,
      signer: made.seat,
    },
    made.sign,
  );

/** Makes and signs the record that admits a seat after `state`; an administrator compared the words first. */
export const makeAdmit = (
  state: RosterState,
  made: SeatFields & { seat: Id; signer: Id; signerKey: SigningKey },
): Promise<Bytes> => signRecord(next(state, "admit", made.seat, seatFields(made), made.signer), made.signerKey);

/** Makes and signs the record that removes a seat; `makeRotate` after it makes it whole. Throws BadRoster. */
export async function makeRemove(
  state: RosterState,
  made: { seat: Id; signer: Id; signerKey: SigningKey },
): Promise<Bytes> {
  const seated = state.seat(made.seat);
  if (seated === undefined) throw new BadRoster("the seat is not seated");
  return signRecord(next(state, "remove", made.seat, seatFields(seated), made.signer), made.signerKey);
}

/** Makes and signs the record that begins the next generation. Throws BadRoster unless the signer sits there. */
export async function makeRotate(
  state: RosterState,
  made: { identity: Identity; sc: Hash; signer: Id; signerKey: SigningKey },
): Promise<Bytes> {
  const seated = state.seat(made.signer);
  if (seated === undefined) throw new BadRoster("the signer is not seated");
  const record = {
    ...next(state, "rotate", made.signer, seatFields(seated), made.signer),
    g: state.g + 1,
    sc: made.sc,
    identitySign: made.identity.sign.public,
    identityKem: made.identity.kem.public,
  };
  return signRecord(record, made.signerKey);
}

/** The record of this kind after `state`, in the generation in force. */
function next(state: RosterState, kind: string, seat: Id, fields: SeatFields, signer: Id): RosterFields {
  const { g, identitySign, identityKem, sc } = state.generation;
  return {
    mailbox: state.mailbox,
    index: state.index + 1,
    prevHash: state.head,
    kind,
    seat,
    ...fields,
    g,
    identitySign,
    identityKem,
    sc,
    signer,
  };
}

/**
 * Verifies the record after `state` (null: record 0) and returns the new state.
 *
 * Throws BadEncoding or BadRoster and changes nothing. Stored rosters and new records go through the same rule.
 */
export async function apply(state: RosterState | null, signed: Bytes): Promise<RosterState> {
  return (await applied(state === null ? null : GrowingRoster.after(state), signed)).whole();
}

async function applied(roster: GrowingRoster | null, signed: Bytes): Promise<GrowingRoster> {
  const [record, signature] = parseSigned(signed);
  const signerPk = roster === null ? checkCreate(record) : checkNext(roster, record);
  await refusedAs(
    [BadSignature],
    () => verify(signerPk, signature, toSign(record.encoded)),
    (cause) => new BadRoster(`record ${record.index} is not signed by its signer: ${cause.message}`, { cause }),
  );
  if (roster === null) return GrowingRoster.created(record);
  roster.add(record);
  return roster;
}

/** Verifies a whole roster of one mailbox, in order, and returns its state. Throws BadEncoding or BadRoster. */
export async function replay(signedRecords: readonly Bytes[], mailbox: Id): Promise<RosterState> {
  let roster: GrowingRoster | null = null;
  for (const signed of signedRecords) roster = await applied(roster, signed);
  if (roster === null) throw new BadRoster("a roster has at least one record");
  if (!same(roster.mailbox, mailbox)) throw new BadRoster("the roster is another mailbox's");
  if (roster.owesRotation) throw new BadRoster("the roster ends with a removal: its rotation was withheld");
  return roster.whole();
}

/** Throws BadRoster unless the roster still has the head seen at `index`: else it was forked or rolled back. */
export function checkPin(state: RosterState, index: number, head: Hash): void {
  const found = state.heads[index];
  if (found === undefined) throw new BadRoster("the roster ends before a record that was already seen");
  if (!same(found, head)) throw new BadRoster("the roster was forked: its history is not the one already seen");
}

/**
 * The new seat's side of an admission: returns its entry, or throws BadRoster (SPEC.md section 4.4).
 *
 * `shownHead` is the head for which this seat displayed its words. An admission made on another head was not the one
 * that the two persons compared.
 */
export function checkAdmission(state: RosterState, seat: Id, signPk: Bytes, kemPk: Bytes, shownHead: Hash): SeatKeys {
  const entry = state.seat(seat);
  if (entry === undefined || !same(entry.signPk, signPk) || !same(entry.kemPk, kemPk)) {
    throw new BadRoster("the roster does not seat this key");
  }
  if (!same(entry.shownHead, shownHead)) {
    throw new BadRoster("the seat was admitted under another roster head than the one whose words were compared");
  }
  return entry;
}
