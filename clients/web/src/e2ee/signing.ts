/**
 * Ed25519, strictly verified (SPEC.md section 2.4): the same signatures are accepted here as in every implementation.
 *
 * The rules on encodings are checked here, whoever computes the rest. The rest (is A a point of the curve, and does
 * encode(S.B - k.A) equal R?) is WebCrypto's where it passes its cases, and else noble's points with that formula.
 * An R of small order, which no honest signer makes, is always left to the formula: WebCrypto's own specification
 * refuses it, SPEC.md does not.
 */

import {
  branded,
  type Bytes,
  littleEndian,
  SIGN_PUBLIC,
  SIGNATURE,
  type Secret,
  type Signature,
  type SignPublic,
} from "./bytes.ts";
import type { Case } from "./ed25519-cases.ts";
import * as webcrypto from "./ed25519-webcrypto.ts";
import { BadSignature } from "./errors.ts";
import { checkKey } from "./suite.ts";

/** What computes Ed25519, after the encodings were checked. */
export interface Ed25519 {
  /** The key pair of a seed: the public key, and what signs. */
  keyPair(seed: Secret): Promise<{ public: SignPublic; sign: (message: Bytes) => Promise<Signature> }>;
  /** Throws BadSignature unless A is a point of the curve and encode(S.B - k.A) equals R, byte for byte. */
  check(publicKey: SignPublic, signature: Signature, message: Bytes): Promise<void>;
}

const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const Y_MASK = 2n ** 255n - 1n;
const Y_ORDER_8 = 2707385501144840649318225287225658788936804267575313519463743609750303402022n;
/** The y coordinates of the eight points of order 1, 2, 4 and 8, whichever the sign of x. */
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([0n, 1n, P - 1n, Y_ORDER_8, P - Y_ORDER_8]);

/** The y coordinate that a point's encoding holds, without the sign of x. */
const yOf = (point: Bytes): bigint => littleEndian(point) & Y_MASK;

/**
 * Throws BadSignature for a public key that no verifier may use: another width, y >= p (a second encoding of a point),
 * and every point of small order, under which anyone can make signatures.
 */
export function checkSignPublic(publicKey: Bytes): SignPublic {
  if (publicKey.length !== SIGN_PUBLIC) {
    throw new BadSignature(`an Ed25519 public key has ${publicKey.length} bytes instead of ${SIGN_PUBLIC}`);
  }
  const y = yOf(publicKey);
  if (y >= P) throw new BadSignature("the public key is not encoded canonically");
  if (SMALL_ORDER_Y.has(y)) throw new BadSignature("the public key is of small order");
  return branded(publicKey);
}

/** Throws BadSignature for another width, and for S >= L: a second signature of the same message. */
export function checkSignature(signature: Bytes): Signature {
  if (signature.length !== SIGNATURE) {
    throw new BadSignature(`a signature has ${signature.length} bytes instead of ${SIGNATURE}`);
  }
  if (littleEndian(signature.slice(32)) >= ORDER) throw new BadSignature("the signature's scalar is not reduced");
  return branded(signature);
}

const noble = (): Promise<Ed25519> => import("./ed25519-noble.ts");

let chosen: Promise<Ed25519> | undefined;

/** WebCrypto's Ed25519 if it decides every case as it must, else noble's, which is loaded only then. */
async function engine(): Promise<Ed25519> {
  chosen ??= passes(webcrypto).then((fit) => (fit ? webcrypto : noble()));
  try {
    return await chosen;
  } catch (error) {
    // The chunk did not load: the next call tries again.
    chosen = undefined;
    throw error;
  }
}

/** Loads and chooses what computes Ed25519, so that a later failure to load it is not taken for a refusal. */
export async function prepare(): Promise<void> {
  await engine();
}

/** Whether an implementation decides every one of the cases as the specification does. */
export async function passes(candidate: Ed25519): Promise<boolean> {
  const { cases } = await import("./ed25519-cases.ts");
  const decided = await Promise.all(cases().map((each) => decides(candidate, each)));
  return decided.every(Boolean);
}

async function decides(candidate: Ed25519, each: Case): Promise<boolean> {
  try {
    await candidate.check(each.publicKey, each.signature, each.message);
  } catch {
    return !each.accepted;
  }
  return each.accepted;
}

/** Throws BadSignature unless this is the signature of `message` under `publicKey`. */
export async function verify(publicKey: Bytes, signature: Bytes, message: Bytes): Promise<void> {
  const key = checkSignPublic(publicKey);
  const checked = checkSignature(signature);
  const decider = SMALL_ORDER_Y.has(yOf(checked.slice(0, 32))) ? noble() : engine();
  await (await decider).check(key, checked, message);
}

/** An Ed25519 key pair from its 32-byte seed. */
export class SigningKey {
  readonly public: SignPublic;
  /** Signs a message: 64 bytes. */
  readonly sign: (message: Bytes) => Promise<Signature>;

  private constructor(publicKey: SignPublic, sign: (message: Bytes) => Promise<Signature>) {
    this.public = publicKey;
    this.sign = sign;
  }

  static async fromSeed(seed: Secret): Promise<SigningKey> {
    const pair = await (await engine()).keyPair(checkKey(seed, "a signing seed"));
    return new SigningKey(pair.public, pair.sign);
  }
}
