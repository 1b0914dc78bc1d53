"""The admission rule: what a side may write into a thread now; the one place that decides it (PROTOCOL.md section 4.3).

Asked under the thread's lock for whatever a person puts into a log or into escrow: a message, a notice, an invitation,
an acceptance, a card. In this order: sanction, kind, renewal, epoch. Sending needs no consent. A rotation is not asked:
a sanction stops what people say, not the renewal of their keys.
"""

from typing import Final

from messaging.domain.errors import (
    Frozen,
    Malformed,
    PliError,
    ResetPending,
    RotationNeeded,
    StaleEpoch,
    Suspended,
)
from messaging.domain.relation import Safety
from messaging.domain.vocabulary import INITIATOR, RECIPIENT, MessageKind
from messaging.ports import ThreadRow

SENDABLE: Final = frozenset(kind.value for kind in MessageKind) - {MessageKind.CARD.value}
"""Cards travel through escrow only."""

EXPOSED: Final = 0b10000
"""The bit of `renew` for an epoch whose key a third party holds that left."""

_STOPPED: Final = frozenset((Safety.FROZEN, Safety.BLOCKED))


def refusal(
    row: ThreadRow,
    party: int,
    record_hash: bytes,
    now: int,
    *,
    epoch: int | None = None,
    kind: str | None = None,
    leaves: bool = False,
) -> PliError | None:
    """Why this side may not write this, or None. `row`: locked; `record_hash`: of the epoch record it was made under.

    `epoch`, `kind`: of a message's header; `leaves`: ends the stay of a third party, which no sanction holds up.
    """
    return (
        (None if leaves else sanction(row, party, now))
        or _kind(kind)
        or renewal_owed(row, party)
        or _epoch(row, record_hash, epoch)
    )


def check(row: ThreadRow, party: int, record_hash: bytes, now: int, *, leaves: bool = False) -> None:
    """Raises: what `refusal` gives."""
    refused = refusal(row, party, record_hash, now, leaves=leaves)
    if refused is not None:
        raise refused


def sanction(row: ThreadRow, party: int, now: int) -> PliError | None:
    """What moderation decided of this thread, or of the mailbox of this side."""
    if row.safety in _STOPPED:
        return Frozen("moderation froze this conversation")
    if now < row.barred[party]:
        return Suspended("moderation suspended this mailbox")
    return None


def renewal_owed(row: ThreadRow, party: int) -> PliError | None:
    """Why this side may write nothing before a rotation: somebody who left knows its pseudonym's keys, or the key of
    the epoch. Where its mailbox began anew, it cannot even rotate before the platform's word stands in the log.
    """
    owed = row.renew >> party & 0b101 if party in (INITIATOR, RECIPIENT) else 0
    if owed & 0b100:
        return ResetPending("this mailbox began anew, and the platform did not say so here yet")
    if owed or row.renew & EXPOSED:
        return RotationNeeded("somebody who left has these keys; rotate the thread, then seal again")
    return None


def _kind(kind: str | None) -> PliError | None:
    return None if kind is None or kind in SENDABLE else Malformed("a message of this kind cannot be sent")


def _epoch(row: ThreadRow, record_hash: bytes, epoch: int | None) -> PliError | None:
    if record_hash == row.record_hash and epoch in (None, row.epoch):
        return None
    return StaleEpoch("the thread's keys were renewed; read the newest epoch, then seal or sign again")
