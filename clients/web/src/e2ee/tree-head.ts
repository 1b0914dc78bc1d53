/**
 * Signed tree heads of the audit log: checkpoints (c2sp.org/tlog-checkpoint) in signed notes (c2sp.org/signed-note).
 *
 * <origin>\n<size>\n<root in base64>\n\n— <origin> <base64(key id || signature)>\n
 *
 * key id = first 4 bytes of SHA256(name || 0x0A || 0x01 || public key), Ed25519 over the text before the empty line. The
 * key's name is the origin. Signatures of others (witnesses) may stand beside it; they are passed over here.
 */

import { type Bytes, concat, exactly, HASH, type Hash, hex, type Id, same } from "./bytes.ts";
import { utf8 } from "./encoding.ts";
import { BadAudit, BadSignature } from "./errors.ts";
import { verify } from "./signing.ts";
import { sha256 } from "./suite.ts";

const NOTE_CHARS_MAX = 4096;
const SIGNATURES_MAX = 16;
const KEY_ID_BYTES = 4;
const NAME_AND_TYPE: Bytes = Uint8Array.of(0x0a, 0x01);
const ED25519: Bytes = Uint8Array.of(0x01);
const SIZE = /^(?:0|[1-9][0-9]{0,14})$/;
const NAME = /^[!-*,-~]{1,255}$/;
const DASH = "— ";

/** The state of the log at one size. */
export interface TreeHead {
  /** Which log: a name of ASCII characters without white space or `+`. */
  readonly origin: string;
  /** How many leaves it has. */
  readonly size: number;
  /** The RFC 6962 root over them. */
  readonly root: Hash;
}

/** The origin of a service's audit log. */
export const originOf = (service: Id): string => `pli-audit/${hex(service)}`;

/** The key in C2SP's form, for tools that read such logs. */
export const verifierKey = (origin: string, publicKey: Bytes): string =>
  `${origin}+${hex(keyId(origin, publicKey))}+${toBase64(concat(ED25519, publicKey))}`;

/** Verifies a checkpoint of that log under its pinned key. Throws BadAudit, BadSignature. */
export async function openHead(note: string, origin: string, publicKey: Bytes): Promise<TreeHead> {
  const { text, signatures } = takeApart(note);
  const head = parse(text);
  if (head.origin !== origin) throw new BadAudit("the checkpoint is of another log");
  const wanted = keyId(origin, publicKey);
  for (const { name, data } of signatures) {
    if (name !== origin || !same(data.slice(0, KEY_ID_BYTES), wanted)) continue;
    await verify(publicKey, data.slice(KEY_ID_BYTES), utf8(text));
    return head;
  }
  throw new BadSignature("the checkpoint is not signed by the pinned key");
}

const keyId = (name: string, publicKey: Bytes): Bytes =>
  sha256(concat(utf8(name), NAME_AND_TYPE, publicKey)).slice(0, KEY_ID_BYTES);

interface NoteSignature {
  readonly name: string;
  readonly data: Bytes;
}

function takeApart(note: string): { text: string; signatures: NoteSignature[] } {
  const at = note.lastIndexOf("\n\n");
  // oxlint-disable-next-line no-control-regex -- that is what a note must not hold
  if (note.length > NOTE_CHARS_MAX || at < 0 || !note.endsWith("\n") || /[\0-\t\v-\x1f]/.test(note)) {
    throw new BadAudit("not a signed note");
  }
  const lines = note.slice(at + 2, -1).split("\n");
  if (at + 2 >= note.length) throw new BadAudit("not a signed note");
  if (lines.length > SIGNATURES_MAX) throw new BadAudit("the note has too many signatures");
  return { text: note.slice(0, at + 1), signatures: lines.map(signatureOf) };
}

function signatureOf(line: string): NoteSignature {
  const [name = "", ...rest] = line.startsWith(DASH) ? line.slice(DASH.length).split(" ") : [];
  if (rest.length === 0 || !NAME.test(name)) throw new BadAudit("a signature line of the note is malformed");
  const data = fromBase64(rest.join(" "));
  if (data.length <= KEY_ID_BYTES) throw new BadAudit("a signature of the note is cut");
  return { name, data };
}

function parse(text: string): TreeHead {
  const [origin = "", size = "", root = "", ...rest] = text.split("\n");
  if (rest.length !== 1 || rest[0] !== "" || !SIZE.test(size) || !NAME.test(origin)) {
    throw new BadAudit("not a checkpoint: three lines, the second a number");
  }
  const hash = fromBase64(root);
  if (hash.length !== HASH) throw new BadAudit("the root of the checkpoint has not 32 bytes");
  return { origin, size: Number(size), root: exactly(hash, HASH, "the root") };
}

const toBase64 = (data: Bytes): string => btoa(String.fromCharCode(...data));

/** Canonical base64 only: one text for each value. */
function fromBase64(text: string): Bytes {
  let data: Bytes;
  try {
    data = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch (cause) {
    throw new BadAudit("the note holds what is not base64", { cause });
  }
  if (data.length === 0 || toBase64(data) !== text) throw new BadAudit("the note holds what is not base64");
  return data;
}
