"""Until when moderation suspended a mailbox: for what opens a thread or enters one. In a thread its row says it."""

from typing import Final

from messaging.domain.ids import MailboxId
from messaging.ports import Transaction

_FOR_EVER: Final = 2**53 - 1


async def suspended_until(tx: Transaction, mailbox: MailboxId) -> int:
    """ms; 0: it may write. What ends has ended with its time, also where nobody noted that yet."""
    return max((row.ends_at or _FOR_EVER for row in await tx.measures.in_force_against(mailbox)), default=0)
