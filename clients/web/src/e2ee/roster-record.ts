/**
 * One record of a roster: its bytes, and its signature (SPEC.md section 4.3). What it may say is `roster`'s.
 *
 * record = frame("pli1/roster", mailbox, u32 index, prev_hash, kind, seat, sign_pk, kem_pk, role, u8 admin,
 *                u32 g, I_g, K_g, sc, signer)
 * signed = frame("pli1/signed-roster", record, Ed25519(signer's seat key, frame("pli1/roster-sig", record)))
 */

import {
  type Bytes,
  exactly,
  HASH,
  type Hash,
  ID,
  type Id,
  KEM_PUBLIC,
  type KemPublic,
  SIGN_PUBLIC,
  SIGNATURE,
  type Signature,
  type SignPublic,
  U32,
  U8,
} from "./bytes.ts";
import { asciiWord, frame, readAsciiWord, readU32, readU8, u32, u8, unframe } from "./encoding.ts";
import { BadRoster } from "./errors.ts";
import type { SigningKey } from "./signing.ts";
import { sha256 } from "./suite.ts";

/** One change of the roster. */
export interface RosterFields {
  readonly mailbox: Id;
  readonly index: number;
  readonly prevHash: Hash;
  /** `create`, `admit`, `remove`, `rotate`, or a word that nobody understands. */
  readonly kind: string;
  readonly seat: Id;
  readonly signPk: SignPublic;
  readonly kemPk: KemPublic;
  readonly role: string;
  readonly admin: boolean;
  readonly g: number;
  /** I_g */
  readonly identitySign: SignPublic;
  /** K_g */
  readonly identityKem: KemPublic;
  readonly sc: Hash;
  readonly signer: Id;
}

/** The same with its bytes, and their hash. */
export interface RosterRecord extends RosterFields {
  readonly encoded: Bytes;
  readonly hash: Hash;
}

const WIDTHS = [
  ...([ID, U32, HASH, null, ID, SIGN_PUBLIC, KEM_PUBLIC, null, U8, U32] as const),
  ...([SIGN_PUBLIC, KEM_PUBLIC, HASH, ID] as const),
] as const;

function encode(record: RosterFields): Bytes {
  return frame(
    "pli1/roster",
    exactly(record.mailbox, ID, "the mailbox id"),
    u32(record.index),
    exactly(record.prevHash, HASH, "the previous record's hash"),
    asciiWord(record.kind),
    exactly(record.seat, ID, "the seat id"),
    exactly(record.signPk, SIGN_PUBLIC, "the seat's signing key"),
    exactly(record.kemPk, KEM_PUBLIC, "the seat's KEM key"),
    asciiWord(record.role),
    u8(Number(record.admin)),
    u32(record.g),
    exactly(record.identitySign, SIGN_PUBLIC, "I_g"),
    exactly(record.identityKem, KEM_PUBLIC, "K_g"),
    exactly(record.sc, HASH, "sc"),
    exactly(record.signer, ID, "the signer's seat id"),
  );
}

/** What the signer of a record signs. */
export const toSign = (encoded: Bytes): Bytes => frame("pli1/roster-sig", encoded);

/** The signed record, as it is stored and sent. */
export async function signRecord(record: RosterFields, key: SigningKey): Promise<Bytes> {
  const encoded = encode(record);
  return frame("pli1/signed-roster", encoded, await key.sign(toSign(encoded)));
}

/** Takes a signed record apart into the record and its signature. Throws BadEncoding or BadRoster; verifies nothing. */
export function parseSigned(signed: Bytes): [RosterRecord, Signature] {
  const [encoded, signature] = unframe(signed, "pli1/signed-roster", [null, SIGNATURE]);
  const [mailbox, index, prevHash, kind, seat, signPk, kemPk, role, admin, g, identitySign, identityKem, sc, signer] =
    unframe(encoded, "pli1/roster", WIDTHS);
  const record = {
    mailbox,
    index: readU32(index),
    prevHash,
    kind: readAsciiWord(kind),
    seat,
    signPk,
    kemPk,
    role: readAsciiWord(role),
    admin: flag(admin),
    g: readU32(g),
    identitySign,
    identityKem,
    sc,
    signer,
    encoded,
    hash: sha256(encoded),
  };
  return [record, signature];
}

function flag(raw: Bytes): boolean {
  const value = readU8(raw);
  if (value > 1) throw new BadRoster("admin is neither 0 nor 1");
  return value === 1;
}
