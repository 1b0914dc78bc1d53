"""Identifiers: 16 random bytes each, one type each, so that one cannot be passed for another.

On the wire inside JSON they are base64 (RFC 4648 section 4); in URL paths and logs they are lower-case hex.
They are random, never sequential or time-ordered: an id that a peer sees must tell nothing (SPEC.md section 1).
"""

from typing import NewType

ID_BYTES = 16

AccountId = NewType("AccountId", bytes)
MailboxId = NewType("MailboxId", bytes)
SeatId = NewType("SeatId", bytes)
ThreadId = NewType("ThreadId", bytes)
TargetId = NewType("TargetId", bytes)
"""The opaque handle of a listing, of a territory's page or of a project: what a first contact aims at."""
CardId = NewType("CardId", bytes)
MessageId = NewType("MessageId", bytes)
EntryId = NewType("EntryId", bytes)
"""One entry of a desk log."""
KeyId = NewType("KeyId", bytes)
"""One scoped key of the platform's back end."""
ResetId = NewType("ResetId", bytes)
"""One beginning anew of one mailbox."""
CaseId = NewType("CaseId", bytes)
ReportId = NewType("ReportId", bytes)
"""One report, as its author drew it; also one notice from outside."""
DecisionId = NewType("DecisionId", bytes)
UnmaskingId = NewType("UnmaskingId", bytes)
SubscriptionId = NewType("SubscriptionId", bytes)
"""One browser that takes pushes."""
