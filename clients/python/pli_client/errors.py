"""What can go wrong, as two trees: what the service or the network refused, and what did not verify.

ClientError
 |- ProblemError         the service refused; `code` names why (RFC 9457, PROTOCOL.md section 3)
 |- Unreachable          no answer from the service (retryable)
 |   `- TimedOut         not within the time given; a message stays in the outbox and still goes out
 |- Ended                the service closed for good (close codes 4500-4999), or this client was closed
 |- FirstMessageKept     nobody can receive there yet; the message is kept on this device and goes out by itself
 |- ServiceRestored      the service was restored from a backup meanwhile: what was sealed on the lost history is void
 |- Overloaded           too many commands wait already; nothing was sent
 |- WrongService         not the service that this client was configured for
 |- ResetAwaited         our mailbox began anew, and the platform has not vouched for it in this conversation yet
 |- PeerBeginsAnew       the other side begins anew: nobody there has keys yet that could open what is written
 |- RecoveryCodeNeeded   this device is new to the account: its recovery code opens the vault
 |- NotSeated            no active seat in that mailbox yet
 |- ConsentElsewhere     another person gave that consent, a colleague: only they withdraw it
 |- NotASide             this mailbox is a third party in the conversation: only its two sides do this
 |- WordsDiffer          the twelve words of a newcomer are not those of the keys that the service shows
 |- ThreadGone           a restored service lost the conversation, and only the other side can begin it again
 |- Stopped              the thread's log broke a rule and is no longer followed; `reason` says which
 `- StorageDamaged       a file of the device's storage does not open

E2EEError                messaging.e2ee.errors: keys, rosters, messages, chains, stamps, cards
 `- BadRoster
     `- ResetUnaccepted  a mailbox shows another first record than before; only a person accepts that it began anew
"""

from messaging.e2ee.errors import (
    BadAttestation,
    BadCard,
    BadChain,
    BadCommitment,
    BadConsent,
    BadEncoding,
    BadInvitation,
    BadKey,
    BadMessage,
    BadPadding,
    BadRecord,
    BadRoster,
    BadSeal,
    BadSeed,
    BadSignature,
    BadStamp,
    BadVault,
    E2EEError,
    Fork,
    FutureSeen,
    Gap,
    Repeated,
    Rollback,
    RolledBack,
    SwappedPrekey,
    TimeWentBack,
    WrongHeader,
    WrongRecoveryCode,
)
from messaging.wire.events import Problem


class ClientError(Exception):
    """Base of what is not about verification."""


class ProblemError(ClientError):
    """The service refused. `problem` is its answer; nothing of it identifies another party."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.code}: {problem.detail or problem.title}")
        self.problem = problem

    @property
    def code(self) -> str:
        return self.problem.code

    @property
    def retryable(self) -> bool:
        return self.problem.retryable

    @property
    def final(self) -> bool:
        """Whether the same request will never be taken; anything else is worth another try."""
        return 400 <= self.problem.status < 500 and not self.problem.retryable


class Unreachable(ClientError): ...


class TimedOut(Unreachable): ...


class Ended(ClientError):
    """`code` is the close code, or None when this client closed itself."""

    def __init__(self, reason: str, code: int | None = None) -> None:
        super().__init__(reason)
        self.code = code


class FirstMessageKept(ClientError):
    """`message` is its id: `Mailbox.waiting` lists it, `Mailbox.cancel` takes it back."""

    def __init__(self, message: bytes) -> None:
        super().__init__("nobody can receive there yet; the first message is kept here and goes out by itself")
        self.message = message


class Overloaded(ClientError): ...


class WrongService(ClientError): ...


class ServiceRestored(ClientError): ...


class RecoveryCodeNeeded(ClientError): ...


class NotSeated(ClientError): ...


class ResetAwaited(ClientError): ...


class PeerBeginsAnew(ClientError): ...


class ResetUnaccepted(BadRoster):
    """Either the platform had the mailbox begin anew, or the service shows a mailbox of somebody else. A person who
    knows of the reset, and not by this service, accepts it: `Client.accept_reset`.
    """


class ConsentElsewhere(ClientError): ...


class NotASide(ClientError): ...


class WordsDiffer(ClientError): ...


class Stopped(ClientError):
    """`reason` is the rule that was broken."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(f"this conversation is no longer followed: {reason}")
        self.reason = reason


class StorageDamaged(ClientError): ...


class ThreadGone(ClientError): ...


__all__ = [
    "BadAttestation",
    "BadCard",
    "BadChain",
    "BadCommitment",
    "BadConsent",
    "BadEncoding",
    "BadInvitation",
    "BadKey",
    "BadMessage",
    "BadPadding",
    "BadRecord",
    "BadRoster",
    "BadSeal",
    "BadSeed",
    "BadSignature",
    "BadStamp",
    "BadVault",
    "ClientError",
    "ConsentElsewhere",
    "E2EEError",
    "Ended",
    "FirstMessageKept",
    "Fork",
    "FutureSeen",
    "Gap",
    "NotASide",
    "NotSeated",
    "Overloaded",
    "PeerBeginsAnew",
    "ProblemError",
    "RecoveryCodeNeeded",
    "Repeated",
    "ResetAwaited",
    "ResetUnaccepted",
    "Rollback",
    "RolledBack",
    "ServiceRestored",
    "Stopped",
    "StorageDamaged",
    "SwappedPrekey",
    "ThreadGone",
    "TimeWentBack",
    "TimedOut",
    "Unreachable",
    "WordsDiffer",
    "WrongHeader",
    "WrongRecoveryCode",
    "WrongService",
]
