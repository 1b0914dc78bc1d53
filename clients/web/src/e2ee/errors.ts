/**
 * What end-to-end encryption can refuse, as a tree (SPEC.md section 1.3). Verification throws one of these; it never
 * returns a truth value. A message says why, in English, and never holds a secret.
 *
 * Each class carries its own name: a minifier renames classes, and the name is what the vectors and the logs show.
 */

export class E2EEError extends Error {
  override readonly name: string = "E2EEError";
}

/** Bytes that are not what the specification says: label, width, trailing bytes, UTF-8. */
export class BadEncoding extends E2EEError {
  override readonly name: string = "BadEncoding";
}

/** A key of the wrong width, or one that no honest party publishes. */
export class BadKey extends E2EEError {
  override readonly name: string = "BadKey";
}

/** An Ed25519 signature or public key that strict verification refuses. */
export class BadSignature extends E2EEError {
  override readonly name: string = "BadSignature";
}

/** A ciphertext that does not open: another key, other associated data, or altered bytes. */
export class BadSeal extends E2EEError {
  override readonly name: string = "BadSeal";
}

/** A vault that does not open, or two that contradict each other. */
export class BadVault extends E2EEError {
  override readonly name: string = "BadVault";
}

/** An older version of a vault than one already seen. */
export class RolledBack extends BadVault {
  override readonly name: string = "RolledBack";
}

/** Mistyped (the check characters tell), or the code of another account. */
export class WrongRecoveryCode extends BadVault {
  override readonly name: string = "WrongRecoveryCode";
}

/** A record that does not continue its roster, or whose signer has no right to it. */
export class BadRoster extends E2EEError {
  override readonly name: string = "BadRoster";
}

/** A mailbox seed that the roster does not vouch for. */
export class BadSeed extends E2EEError {
  override readonly name: string = "BadSeed";
}

/** An epoch record that breaks a rule of section 5. */
export class BadRecord extends E2EEError {
  override readonly name: string = "BadRecord";
}

/** A message that breaks a rule of section 6. */
export class BadMessage extends E2EEError {
  override readonly name: string = "BadMessage";
}

/** Non-zero padding, or a padded length other than the one prescribed. */
export class BadPadding extends BadMessage {
  override readonly name: string = "BadPadding";
}

/** The ciphertext opens, but not to what its sender committed to. */
export class BadCommitment extends BadMessage {
  override readonly name: string = "BadCommitment";
}

/** A message of another thread, epoch, party or suite. */
export class WrongHeader extends BadMessage {
  override readonly name: string = "WrongHeader";
}

/** A log that breaks a rule of section 7. */
export class BadChain extends E2EEError {
  override readonly name: string = "BadChain";
}

/** An event is missing. */
export class Gap extends BadChain {
  override readonly name: string = "Gap";
}

/** An event older than the one before it. */
export class TimeWentBack extends BadChain {
  override readonly name: string = "TimeWentBack";
}

/** Two histories: keep both as evidence. */
export class Fork extends BadChain {
  override readonly name: string = "Fork";
}

/** The log ends before a point already seen. */
export class Rollback extends BadChain {
  override readonly name: string = "Rollback";
}

/** A message id that its party already used. */
export class Repeated extends BadChain {
  override readonly name: string = "Repeated";
}

/** A message that claims to have seen itself or what comes after it. */
export class FutureSeen extends BadChain {
  override readonly name: string = "FutureSeen";
}

/** A proof that does not lead to the service's signature. */
export class BadStamp extends E2EEError {
  override readonly name: string = "BadStamp";
}

/** An identity card that does not open under its share. */
export class BadCard extends E2EEError {
  override readonly name: string = "BadCard";
}

/** The peer saw other keys than this side did: someone stands between. */
export class SwappedPrekey extends BadCard {
  override readonly name: string = "SwappedPrekey";
}

/** An attestation that does not vouch for this card's key. */
export class BadAttestation extends BadCard {
  override readonly name: string = "BadAttestation";
}

/** A consent or withdrawal that does not hold for what it is shown with. */
export class BadConsent extends E2EEError {
  override readonly name: string = "BadConsent";
}

/** A third party whom not both sides invited, who is in already, or who is not in. */
export class BadInvitation extends E2EEError {
  override readonly name: string = "BadInvitation";
}

/** A key to report to that is out of its time, or not the newest one that was seen. */
export class BadModerationKey extends E2EEError {
  override readonly name: string = "BadModerationKey";
}

/** A report, an answer or an excerpt that does not hold together: cut, or not of this thread. */
export class BadReport extends E2EEError {
  override readonly name: string = "BadReport";
}

/** An audit log whose proofs or checkpoints do not hold: something in it was changed. */
export class BadAudit extends E2EEError {
  override readonly name: string = "BadAudit";
}

/**
 * Runs `attempt` and puts `replace(cause)` in the place of a refusal of one of these kinds. Anything else passes: a
 * chunk that did not load, or a programming error, must not look like a forgery.
 */
export async function refusedAs<T>(
  kinds: readonly (abstract new (...args: never[]) => E2EEError)[],
  attempt: () => T | Promise<T>,
  replace: (cause: E2EEError) => E2EEError,
): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof E2EEError && kinds.some((kind) => error instanceof kind)) throw replace(error);
    throw error;
  }
}
