/**
 * What can go wrong beside verification. What does not verify raises an `E2EEError` of `../e2ee/errors`.
 *
 *     ClientError
 *      |- ProblemError        the service refused; `code` names why (RFC 9457)
 *      |- Unreachable         no answer (retryable); what was kept still goes out
 *      |   |- TimedOut        not within the time given
 *      |   `- SignInNeeded    the platform gives no token any more: the person signs in again, and it goes on
 *      |- Ended               the service closed for good, or this client was closed
 *      |- ServiceRestored     the service was restored from a backup: what was sealed before is void
 *      |- Overloaded          too many commands wait already; nothing was sent
 *      |- WrongService        not the service that this client was configured for
 *      |- RecoveryCodeNeeded  this device is new to the account: its recovery code opens the vault
 *      |- NotSeated           no active seat in that mailbox yet
 *      |- WordsDiffer         the twelve words of a newcomer are not those of the keys that the service shows
 *      |- ConsentElsewhere    another person gave that consent: only they withdraw it
 *      |- FirstMessageKept    nobody can receive there yet; the message is kept here and goes out by itself
 *      |- ResetAwaited        our mailbox began anew, and the platform has not vouched for it in this conversation yet
 *      |- PeerBeginsAnew      the other side begins anew and has no keys yet: nobody there could read what is written
 *      |- Stopped             the thread's log broke a rule and is no longer followed
 *      `- StorageDamaged      what the device keeps does not open
 *
 * One refusal of what does not verify has its own name: `ResetUnaccepted`, a `BadRoster`.
 */

import { BadRoster } from "../e2ee/errors.ts";
import type { Id, Problem } from "../wire/types.ts";

export class ClientError extends Error {
  override readonly name: string = "ClientError";
}

export class ProblemError extends ClientError {
  override readonly name: string = "ProblemError";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail ?? problem.title}`);
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }

  get retryable(): boolean {
    return this.problem.retryable ?? false;
  }

  /** Whether the same request will never be taken; anything else is worth another try. */
  get final(): boolean {
    return this.problem.status >= 400 && this.problem.status < 500 && !this.retryable;
  }
}

export class Unreachable extends ClientError {
  override readonly name: string = "Unreachable";
}

export class TimedOut extends Unreachable {
  override readonly name: string = "TimedOut";
}

export class SignInNeeded extends Unreachable {
  override readonly name: string = "SignInNeeded";
}

export class Ended extends ClientError {
  override readonly name: string = "Ended";
  /** The close code, or null when this client closed itself. */
  readonly code: number | null;

  constructor(message: string, code: number | null = null) {
    super(message);
    this.code = code;
  }
}

export class ServiceRestored extends ClientError {
  override readonly name: string = "ServiceRestored";
}

export class Overloaded extends ClientError {
  override readonly name: string = "Overloaded";
}

export class WrongService extends ClientError {
  override readonly name: string = "WrongService";
}

export class RecoveryCodeNeeded extends ClientError {
  override readonly name: string = "RecoveryCodeNeeded";
}

export class NotSeated extends ClientError {
  override readonly name: string = "NotSeated";
}

export class WordsDiffer extends ClientError {
  override readonly name: string = "WordsDiffer";
}

export class ConsentElsewhere extends ClientError {
  override readonly name: string = "ConsentElsewhere";
}

export class FirstMessageKept extends ClientError {
  override readonly name: string = "FirstMessageKept";
  /** Its id, as the mailbox lists it among those that wait. */
  readonly id: Id;

  constructor(id: Id) {
    super("nobody can receive there yet; the first message is kept here and goes out by itself");
    this.id = id;
  }
}

export class Stopped extends ClientError {
  override readonly name: string = "Stopped";
  /** The rule that was broken. */
  readonly reason: Error;

  constructor(reason: Error) {
    super(`this conversation is no longer followed: ${reason.message}`);
    this.reason = reason;
  }
}

export class StorageDamaged extends ClientError {
  override readonly name: string = "StorageDamaged";
}

export class ResetAwaited extends ClientError {
  override readonly name: string = "ResetAwaited";
}

export class PeerBeginsAnew extends ClientError {
  override readonly name: string = "PeerBeginsAnew";
}

/**
 * A mailbox shows another first record than the one that this account saw. Only a person who knows of the reset, and not
 * by this service, accepts it: `Client.acceptReset`.
 */
export class ResetUnaccepted extends BadRoster {
  override readonly name = "ResetUnaccepted";
}
