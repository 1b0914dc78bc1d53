"""What every use case is given besides its transaction: time, randomness, keys. Values, not services."""

from collections.abc import Callable
from dataclasses import dataclass

from messaging.e2ee.entropy import Entropy
from messaging.e2ee.stamp import Stamper
from messaging.e2ee.verified_log import PlatformKey
from messaging.moderation.audit import Auditor
from messaging.ports import Clock


@dataclass(frozen=True, slots=True)
class Context:
    clock: Clock
    entropy: Entropy
    stamper: Stamper
    service_id: bytes
    """16 bytes; part of every thread's first head."""
    reporting_key: bytes
    """32 bytes; `territory_ref` and `project_ref` are HMACs under it."""
    auditor: Auditor
    """Signs the moderators' audit log."""
    anonymity_min: int = 5
    """How many parties a presentation must fit to be shown."""
    stream_epoch: Callable[[], int] = lambda: 1
    """The store's at this moment."""
    platform: PlatformKey | None = None
    """Whose word a reset takes; None: no mailbox can be reset."""
    backup_days: int = 30
    """After how many days the last backup that holds what was deleted today has expired."""
    push_key: bytes = b""
    """The public VAPID key, 65 bytes, that browsers subscribe with."""
    sends_mails: bool = False
    push_loopback: bool = False
    """Whether browsers of this machine may subscribe: in tests."""
