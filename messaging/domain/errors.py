"""What can be refused, as a tree: who is to blame, the wire code, and whether trying again can help.

PliError
 |- Malformed            400 malformed            the bytes are not what the protocol says
 |   |- TooLarge         413 too_large
 |   |- UnknownCommand   400 unknown_command
 |   |- Unverifiable     422 unverifiable         a signature, proof or key did not verify
 |   `- KeyReused        422 key_reused           this Idempotency-Key stood on another request
 |- Unauthenticated      401 unauthenticated      no token, or one that does not verify
 |   `- TokenExpired     401 token_expired        get a new one (retryable)
 |- NotFound             404 not_found            unknown, or not yours: the two answer alike, to the byte
 |- Conflict             409 conflict             the state does not allow it; nothing changed
 |   |- StaleHead        409 stale_head           compare-and-swap lost: read again, rebase
 |   |- StaleEpoch       409 stale_epoch          the thread's keys were renewed: rebase on the new epoch
 |   |- RotationNeeded   409 rotation_needed      one's own side must renew its keys here first (retryable)
 |   |- ResetPending     409 reset_pending        the platform must vouch here for this side, begun anew (retryable)
 |   `- TargetNotReady   409 target_not_ready     nobody can receive yet, or all prekeys are taken (retryable)
 |- Frozen               403 frozen               moderation froze the conversation
 |- Suspended            403 suspended            moderation suspended the caller's own mailbox for a time
 |- TooMany              429 too_many             a quota of the caller's own (retryable)
 |- Busy                 503 busy                 admission control; nothing was stored (retryable)
 `- Failed               500 failed               the outcome is unknown; the same again gets the truth (retryable)

Only the class and `detail` reach a client; `detail` never holds an id, a name or another party's state.
"""

from typing import ClassVar


class PliError(Exception):
    """A refusal. `detail` is a short English sentence for developers; users read the catalogue's title."""

    code: ClassVar[str]
    status: ClassVar[int]
    retryable: ClassVar[bool] = False

    def __init__(self, detail: str = "", *, retry_after_ms: int | None = None) -> None:
        super().__init__(detail or self.code)
        self.detail = detail
        self.retry_after_ms = retry_after_ms


class Malformed(PliError):
    code, status = "malformed", 400


class TooLarge(Malformed):
    code, status = "too_large", 413


class UnknownCommand(Malformed):
    code = "unknown_command"


class Unverifiable(Malformed):
    code, status = "unverifiable", 422


class KeyReused(Malformed):
    code, status = "key_reused", 422


class Unauthenticated(PliError):
    code, status = "unauthenticated", 401


class TokenExpired(Unauthenticated):
    code, retryable = "token_expired", True


class NotFound(PliError):
    code, status = "not_found", 404


class Conflict(PliError):
    code, status = "conflict", 409


class StaleHead(Conflict):
    code, retryable = "stale_head", True


class StaleEpoch(Conflict):
    code, retryable = "stale_epoch", True


class RotationNeeded(Conflict):
    code, retryable = "rotation_needed", True


class ResetPending(Conflict):
    code, retryable = "reset_pending", True


class TargetNotReady(Conflict):
    code, retryable = "target_not_ready", True


class Frozen(PliError):
    code, status = "frozen", 403


class Suspended(PliError):
    code, status = "suspended", 403


class TooMany(PliError):
    code, status, retryable = "too_many", 429, True


class Busy(PliError):
    code, status, retryable = "busy", 503, True


class Failed(PliError):
    code, status, retryable = "failed", 500, True


def all_errors() -> tuple[type[PliError], ...]:
    """Every class of the tree that a client may meet, in a stable order: the problem pages are made from it."""
    found: list[type[PliError]] = []
    waiting = PliError.__subclasses__()
    while waiting:
        cls = waiting.pop(0)
        found.append(cls)
        waiting.extend(cls.__subclasses__())
    return tuple(found)
